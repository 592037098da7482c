"""The registry of articles: what can be cited, and how it is named."""

from datetime import UTC, datetime

import pytest

from rulebook import citations
from rulebook.articles import (
    KINDS,
    ArticleError,
    UnknownRule,
    all_articles,
    all_rules,
    article,
    article_number,
    is_known,
    label,
    matches,
    read_articles,
)

PIECE = """
chapter: Time limits
articles: {A1: First}
rules:
  A1-1: {title: Some short title, kind: hard, summary: What it says.}
"""


def test_the_rulebook_holds_every_rule_and_every_violation():
    rules = all_rules()

    assert len(rules) == 375 + 24
    assert sum(rule.id.startswith("V-") for rule in rules.values()) == 24


def test_every_rule_says_what_it_is():
    for rule in all_rules().values():
        assert rule.kind in KINDS
        assert 3 <= len(rule.title.split()) <= 8, rule.id
        assert rule.summary.endswith("."), rule.id
        assert rule.title != rule.summary
        assert is_known(rule.id.split("-")[0]), f"{rule.id} lies in no article"


def test_no_two_rules_say_the_same():
    summaries = [rule.summary for rule in all_rules().values()]

    assert len(set(summaries)) == len(summaries)


def test_a_whole_article_can_be_cited_but_is_no_rule():
    assert article("A40").kind == "article"
    assert not article("A40").is_rule
    assert "A40" in all_articles()
    assert "A40" not in all_rules()


def test_an_earlier_wording_is_read_where_the_moment_is_earlier():
    piece = PIECE.replace("What it says.", "{2010-01-01: What it said., 2027-03-01: What it says.}")
    rule = read_articles({"piece": piece})["A1-1"]

    assert rule.text_at(datetime(2027, 2, 28, 15, 59, tzinfo=UTC)) == "What it said."
    assert rule.text_at(datetime(2027, 2, 28, 16, 0, tzinfo=UTC)) == "What it says."  # midnight of platform time
    assert rule.text_at(datetime(1999, 1, 1, tzinfo=UTC)) == "What it said."


@pytest.mark.parametrize("summary", ["{}", "{soon: A text.}", "[A text.]", "7"])
def test_a_summary_is_a_text_or_texts_by_date(summary):
    with pytest.raises(ArticleError, match=r"piece\.yaml: the summary of A1-1 is a text, or texts by the date"):
        read_articles({"piece": PIECE.replace("What it says.", summary)})


def test_rules_are_found_whatever_their_case():
    assert article("a40-2") is article("A40-2")


def test_rules_come_in_the_order_of_the_rulebook():
    ids = list(all_rules())

    assert ids.index("A9-1") < ids.index("A10-1") < ids.index("A70-2") < ids.index("A70-10") < ids.index("PLUS-1")


def test_an_unknown_rule_names_the_nearest_known_ones():
    with pytest.raises(UnknownRule, match="A40-2"):
        article("A40-22")


@pytest.mark.parametrize(
    ("found", "asked", "answer"),
    [
        ("A39-1", "A39", True),
        ("A39", "A39", True),
        ("A39-1", "A3", False),
        ("A39-1", "A39-1", True),
        ("A39-12", "A39-1", False),
        ("A39", "A39-1", False),
        ("a39-1", "A39", True),
        ("plus-7", "PLUS", True),
        ("OPS22-3-4", "OPS22-3", True),
        ("A38E-1", "A38", False),
    ],
)
def test_an_asked_article_takes_in_its_own_rules_and_no_others(found, asked, answer):
    assert matches(found, asked) is answer


@pytest.mark.parametrize(
    ("rule_id", "number", "name"),
    [
        ("A40-2", "40", "Article 40"),
        ("A40", "40", "Article 40"),
        ("A38E-1", "38", "Article 38 (Europe)"),
        ("A38O-1", "38", "Article 38 (online rate)"),
        ("PLUS-7", "7", "Plus rule 7"),
        ("OPS22-3-4", "3.4", "Change of 2022, 3.4"),
        ("GROW-6", "6", "Growth plan rule 6"),
        ("PRE-3", "3", "Pre-sales rule 3"),
        ("AS-5", "5", "After-sales rule 5"),
        ("FB-10", "10", "Feedback rule 10"),
        ("V-22", "22", "Violation rule 22"),
        ("PLUS", "", "The Plus programme"),
    ],
)
def test_a_rule_is_named_as_a_reader_would_look_it_up(rule_id, number, name):
    assert article_number(rule_id) == number
    assert label(rule_id) == name


def test_every_article_has_a_name():
    for rule_id in all_articles():
        assert label(rule_id)


def test_an_id_written_twice_is_refused():
    with pytest.raises(ArticleError, match="A1-1 is there already"):
        read_articles({"one": PIECE, "two": PIECE.replace("A1: First", "A2: Second")})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: hard", "kind: stern", "kind 'stern'"),
        (", summary: What it says.", "", "needs title, kind and summary"),
        ("A1-1:", "A-one:", "not the id of a rule"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_file_and_id(old, new, message):
    with pytest.raises(ArticleError, match=message):
        read_articles({"one": PIECE.replace(old, new)})


def test_a_citation_covers_its_rule(monkeypatch):
    monkeypatch.setattr(citations, "_places", citations.defaultdict(set))

    citations.cite("A40-2", "somewhere.act")

    left = {rule.id for rule in citations.uncovered()}
    assert citations.citations() == {"A40-2": ("somewhere.act",)}
    assert "A40-2" not in left
    assert len(left) == len(all_rules()) - 1


def test_citing_a_whole_article_covers_none_of_its_rules(monkeypatch):
    monkeypatch.setattr(citations, "_places", citations.defaultdict(set))

    citations.cite("A40", "somewhere.refusal")

    assert len(citations.uncovered()) == len(all_rules())


def test_an_unknown_rule_cannot_be_cited():
    with pytest.raises(UnknownRule):
        citations.cite("A400-1", "somewhere.act")
