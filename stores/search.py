"""Searching listings: words to a match, a match to a score, a page of it; and why a listing stands where it stands.

The score is computed for every match in one statement over `SearchEntry`, with the weights in force at the search's moment; the same
formula in Python (`stores.ranking.score`) explains it. Nothing here depends on whose listing it is or on who asks (A31-1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection

from rulebook.citations import formula
from rulebook.money import Money, convert, digits
from rulebook.rules import Rules
from stores.models import SearchEntry, SearchWord, ServiceScore, Store
from stores.ranking import (
    WHOLE,
    plus_boost,
)
from stores.states import LISTINGS_REMOVED, NOT_IN_PLUS, SEARCH_DEMOTED, Cheating, DepositStatus, StoreState

LONGEST = 200
"""Characters of a search; who needs more describes one thing."""
MOST_WORDS = 10
"""Different words that are looked for; what comes after is left out."""
FINE = 1_000_000_000
"""Scores are compared as whole billionths, so that the same listing has the same place in every statement."""
COUNTED_TO = 10_000
"""Hits are counted by category up to so many: beyond it the numbers say "at least"."""
FEW = 50_000
"""Hits that are fetched and counted in one go, judging by the rarest word."""
SORTS = ("relevance", "price", "newest", "sales")

Params = list[Any]
Sql = tuple[str, Params]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. country: where it must be delivered to; least, most: bounds of the price, compared at the dated rate."""

    text: str = ""
    category: str | None = None
    country: str = ""
    least: Money | None = None
    most: Money | None = None
    plus: bool = False
    sort: str = "relevance"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the search and the lexemes that stand for it: by its English stem, and as written. listings: how many held
    it, as written, when words were last learnt; it decides how hits are fetched, never which."""

    said: str
    ways: tuple[tuple[str, ...], ...]
    listings: int = field(default=0, compare=False)

    def query(self, places: str = "") -> str:
        """As a tsquery, in these places of the listing (``A`` title, ``B`` category, ``C`` attributes) or anywhere."""
        mark = f":{places}" if places else ""
        return " | ".join("(" + " & ".join(f"{_quoted(lexeme)}{mark}" for lexeme in way) + ")" for way in self.ways)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Hit:
    listing_id: UUID
    key: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page. more: whether another follows. categories: hits by category, on the first page: all of them, or of the first
    `COUNTED_TO`. corrected: the search as it was read after nothing was found for what was typed."""

    hits: list[Hit]
    more: bool = False
    categories: tuple[tuple[str, int], ...] = ()
    words: tuple[Word, ...] = ()
    corrected: str = ""


# ------------------------------------------------------------------ words

_READ = """
SELECT word, tsvector_to_array(to_tsvector('pg_catalog.english', word)), tsvector_to_array(to_tsvector('pg_catalog.simple', word)),
    coalesce((SELECT k.listings FROM stores_searchword k WHERE k.word = words.word), 0)
FROM (SELECT word, min(place) AS place FROM regexp_split_to_table(stores_words(%s), ' ') WITH ORDINALITY AS said (word, place)
    WHERE word <> '' GROUP BY word ORDER BY min(place) LIMIT %s) AS words ORDER BY place
"""


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a search, each once; small words such as "the" count only where there are no others. One statement."""
    text = text.replace("\x00", " ")[:LONGEST]
    if not text.strip():
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_READ, [text, MOST_WORDS])
        rows = cursor.fetchall()
    telling = [row for row in rows if row[1]] or rows
    found = []
    for said, stems, plain, listings in telling:
        ways = tuple(dict.fromkeys(tuple(way) for way in (stems, plain) if way))
        if ways:
            found.append(Word(said, ways, listings))
    return tuple(found)


def corrected(words: Sequence[Word]) -> str:
    """The search with every unknown word replaced by the known one most like it; nothing when there is none. One statement."""
    table = SearchWord._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT asked.word, EXISTS (SELECT 1 FROM {table} k WHERE k.word = asked.word), (SELECT k.word FROM {table} k"
            " WHERE k.word %% asked.word ORDER BY similarity(k.word, asked.word) DESC, k.listings DESC, k.word LIMIT 1)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS asked (word, place) ORDER BY place",
            [[word.said for word in words]],
        )
        rows = cursor.fetchall()
    better = [said if known else like or said for said, known, like in rows]
    return " ".join(better) if better != [word.said for word in words] else ""


# ------------------------------------------------------------------ the parts of the statement

FROM = f"""{SearchEntry._meta.db_table} e JOIN {Store._meta.db_table} s ON s.id = e.store_id
    LEFT JOIN {ServiceScore._meta.db_table} v ON v.store_id = e.store_id"""
_PLUS = f"""(s.plus AND NOT s.restrictions ? '{NOT_IN_PLUS}' AND (e.plus_late_at IS NULL OR e.plus_late_at <= s.plus_since))"""


def _match(words: Sequence[Word]) -> Sql:
    """Every word, wherever it stands."""
    return "e.words @@ %s::tsquery", [" & ".join(f"({word.query()})" for word in words)]


@formula("A31-2")
def relevance(words: Sequence[Word], rules: Rules) -> Sql:
    """1 where the search is the category's name, or where nothing in particular is looked for; else the mean, over the words, of
    how well the place fits that each is found in (`search.places`): title, category, brand and attributes."""
    if not words:
        return "1::float8", []
    places, one = rules.search.places, []
    params: Params = ["-".join(word.said for word in words)]
    for word in words:
        one.append(
            "CASE WHEN e.words @@ %s::tsquery THEN %s::float8 WHEN e.words @@ %s::tsquery THEN %s::float8 ELSE %s::float8 END"
        )
        params += [word.query("A"), float(places["title"]), word.query("B"), float(places["category"])]
        params.append(float(places["attributes"]))
    return f"CASE WHEN e.category = %s THEN 1::float8 ELSE ({' + '.join(one)}) / {len(words)} END", params


def _cheating(rules: Rules) -> Sql:
    multipliers = rules.search.cheating_multiplier
    cases = " ".join("WHEN %s THEN %s::float8" for _degree in multipliers)
    params = [part for degree, left in multipliers.items() for part in (degree, float(left))]
    demoted = float(multipliers[Cheating.STORE_DEMOTED])
    return (
        f"LEAST(CASE e.cheating {cases} ELSE 1 END, CASE WHEN s.restrictions ? '{SEARCH_DEMOTED}' THEN %s::float8 ELSE 1 END)",
        [*params, demoted],
    )


def score_sql(words: Sequence[Word], rules: Rules) -> Sql:
    """The formula of `stores.ranking`, for every match."""
    weights, (relevant, params), (left, degrees) = rules.search.weights, relevance(words, rules), _cheating(rules)
    sql = (
        f"round({FINE}::float8 * {left} * (CASE WHEN {_PLUS} THEN %s::float8 ELSE 1 END)"
        f" * (%s::float8 * e.description / {WHOLE} + %s::float8 * ({relevant})"
        f" + %s::float8 * e.conversion / {WHOLE} + %s::float8 * coalesce(v.value, {WHOLE // 2}) / {WHOLE}))::bigint"
    )
    first, second, third, fourth = (
        float(weights[name]) for name in ("description", "relevance", "conversion", "service")
    )
    return sql, [*degrees, plus_boost(True, rules), first, second, *params, third, fourth]


def _key(wanted: Wanted, words: Sequence[Word], rules: Rules) -> Sql:
    """What is sorted by, the greatest first."""
    if wanted.sort == "price":
        rates = rules.exchange.usd
        currencies = [row[0] for row in rates.rows if row[0] != "*"]
        cases = " ".join("WHEN %s THEN %s::float8" for _currency in currencies)
        params: Params = []
        for currency in currencies:
            params += [currency, 1e6 / (10 ** digits(currency) * float(rates[currency]))]
        return f"-round(e.price_minor * (CASE e.currency {cases} ELSE 1 END))::bigint", params
    if wanted.sort == "newest":
        return "coalesce((extract(epoch FROM e.published_at) * 1000000)::bigint, 0)", []
    if wanted.sort == "sales":
        return "e.units_sold", []
    return score_sql(words, rules)


def _shown(rules: Rules) -> Sql:
    """What anybody finds: goods online and in stock, of stores that take orders, not blocked for cheating."""
    multipliers = rules.search.cheating_multiplier
    out = [degree for degree, left in multipliers.items() if not left]
    sql = (
        "e.offered AND s.state = %s AND NOT (s.deposit_status = %s AND s.deposit_required_minor > 0)"
        f" AND NOT s.restrictions ? '{LISTINGS_REMOVED}' AND e.cheating <> ALL (%s)"
    )
    if Cheating.STORE_DEMOTED in out:
        sql += f" AND NOT s.restrictions ? '{SEARCH_DEMOTED}'"
    return sql, [StoreState.OPEN.value, DepositStatus.EXHAUSTED.value, out]


def _filtered(wanted: Wanted, rules: Rules) -> Sql:
    """Delivered there and not blocked there (A37-3, A38E-3), in the bounds of the price, with the badge."""
    parts: list[str] = []
    params: Params = []
    if wanted.country:
        parts.append(
            "e.countries && %s::text[] AND NOT e.blocked && %s::text[] AND NOT s.blocked_countries ?| %s::text[]"
        )
        params += [[wanted.country, "*"], [wanted.country], [wanted.country]]
    if wanted.plus:
        parts.append(_PLUS)
    if wanted.least is not None or wanted.most is not None:
        sql, bounds = _priced(wanted, rules)
        parts.append(sql)
        params += bounds
    return "".join(f" AND {part}" for part in parts), params


def _priced(wanted: Wanted, rules: Rules) -> Sql:
    """In every currency the same bounds, at the dated rate."""
    rates, parts = rules.exchange.usd, list[str]()
    params: Params = []
    for currency in (row[0] for row in rates.rows if row[0] != "*"):
        parts.append("(e.currency = %s AND e.price_minor BETWEEN %s AND %s)")
        least = convert(wanted.least, currency, rates).minor if wanted.least is not None else 0
        most = convert(wanted.most, currency, rates).minor if wanted.most is not None else 2**63 - 1
        params += [currency, least, min(most, 2**63 - 1)]
    return f"({' OR '.join(parts)})", params


def _matches(wanted: Wanted, words: Sequence[Word], rules: Rules) -> Sql:
    """FROM and WHERE of all that is found."""
    sql, params = f" FROM {FROM}", list[Any]()
    for joint, (part, more) in (
        (" WHERE ", _shown(rules)),
        ("", _filtered(wanted, rules)),
        (" AND ", _match(words) if words else ("true", [])),
        (" AND ", ("e.category = %s", [wanted.category]) if wanted.category else ("true", [])),
    ):
        sql, params = sql + joint + part, [*params, *more]
    return sql, params


# ------------------------------------------------------------------ finding


def find(wanted: Wanted, rules: Rules, *, limit: int = 25, after: Hit | None = None, correct: bool = True) -> Found:
    """A page, the best first; after: the last hit of the page before. Two statements, or three; when nothing is found, five."""
    words = words_of(wanted.text)
    if wanted.text.strip() and not words:
        return Found([])
    found = _page(wanted, words, rules, limit, after)
    if found.hits or after is not None or not words or not correct:
        return found
    better = corrected(words)
    if not better:
        return found
    again = find(replace(wanted, text=better), rules, limit=limit, correct=False)
    return replace(again, corrected=better) if again.hits else found


def _page(wanted: Wanted, words: tuple[Word, ...], rules: Rules, limit: int, after: Hit | None) -> Found:
    (key, params), (matches, more) = _key(wanted, words, rules), _matches(wanted, words, rules)
    matched: Sql = f"SELECT e.listing_id, e.category, {key} AS key{matches}", [*params, *more]
    if after is None and words and min(word.listings for word in words) <= FEW:
        return _together(matched, words, rules, limit)
    sql, params = f"SELECT listing_id, key FROM ({matched[0]}) AS found", matched[1]
    if after is not None:
        sql, params = sql + " WHERE (key, listing_id) < (%s, %s)", [*params, after.key, after.listing_id]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY key DESC, listing_id DESC LIMIT %s", [*params, limit + 1])
        hits = [Hit(identity, key) for identity, key in cursor.fetchall()]
    counts = _categories(wanted, words, rules) if after is None and hits else ()
    return Found(hits[:limit], len(hits) > limit, counts, words)


def _together(matched: Sql, words: tuple[Word, ...], rules: Rules, limit: int) -> Found:
    """The first page and the categories in one pass over the hits: for few of them the quicker way, because they are found once.
    Of many the two are asked for apart: workers share the scoring then, and the counting ends early."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({matched[0]})"
            " (SELECT 0 AS part, listing_id, NULL AS category, key FROM found ORDER BY key DESC, listing_id DESC LIMIT %s)"
            " UNION ALL (SELECT 1, NULL, category, count(*) FROM found GROUP BY category ORDER BY count(*) DESC, category LIMIT %s)"
            " ORDER BY part, key DESC, listing_id DESC, category",
            [*matched[1], limit + 1, rules.search.facets],
        )
        rows = cursor.fetchall()
    hits = [Hit(identity, key) for part, identity, _category, key in rows if part == 0]
    counts = tuple((category, count) for part, _identity, category, count in rows if part == 1)
    return Found(hits[:limit], len(hits) > limit, counts, words)


def _categories(wanted: Wanted, words: Sequence[Word], rules: Rules) -> tuple[tuple[str, int], ...]:
    """The commonest categories among the hits; nobody counts further than `COUNTED_TO`."""
    matches, params = _matches(wanted, words, rules)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT category, count(*) FROM (SELECT e.category{matches} LIMIT %s) AS found GROUP BY category"
            " ORDER BY count(*) DESC, category LIMIT %s",
            [*params, COUNTED_TO, rules.search.facets],
        )
        return tuple(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing stands among all that is found."""

    hit: Hit
    place: int
    of: int


def places_of(store_id: UUID, wanted: Wanted, words: Sequence[Word], rules: Rules, *, limit: int) -> list[Place]:
    """The store's own hits with their places among everybody's, the best first. One statement."""
    key, params = _key(wanted, words, rules)
    matches, more = _matches(wanted, words, rules)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT listing_id, key, place, total FROM (SELECT listing_id, store_id, key,"
            " row_number() OVER (ORDER BY key DESC, listing_id DESC) AS place, count(*) OVER () AS total"
            f" FROM (SELECT e.listing_id, e.store_id, {key} AS key{matches}) AS found) AS ranked"
            " WHERE store_id = %s ORDER BY place LIMIT %s",
            [*params, *more, store_id, limit],
        )
        return [Place(Hit(identity, key), place, total) for identity, key, place, total in cursor.fetchall()]


def hold_words(store_id: UUID, words: Sequence[Word], *, limit: int) -> list[UUID]:
    """Listings of the store that hold the words, whether anybody finds them or not."""
    sql, params = _match(words) if words else ("true", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT listing_id FROM {SearchEntry._meta.db_table} e WHERE store_id = %s AND {sql} ORDER BY listing_id DESC LIMIT %s",
            [store_id, *params, limit],
        )
        return [row[0] for row in cursor.fetchall()]
