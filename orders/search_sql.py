"""What orders are found by, for RunSQL: one narrow row an order, kept by triggers, so that no door can forget it.

The row's words are a tsvector of our own making. Words of the buyer's name and of the items' titles stand as they are,
without case and accents; scripts that put no spaces between words are cut into pieces of four characters, so that any
part is found. Codes are kept whole, without case, spaces and hyphens, behind a sign that no word begins with:

    #123      the store's number          =sf2041        the storefront's own number
    ~lp0012cn a waybill                   @customer1     the storefront's reference of the buyer
    ^018f…    a listing, in hex

What is typed goes through the same functions: `orders_search_exact` makes whole codes of it, `orders_search_loose` words,
of which the last may be a beginning (that of a plural, say), or a code's beginning. They are immutable, so the planner
computes them once, before it plans, and knows how frequent the words are.
"""

from __future__ import annotations

EXTENSION = "CREATE EXTENSION IF NOT EXISTS btree_gin;"
"""Ships with PostgreSQL and is trusted: who may create in the database may create it, no superuser is needed. It stays
when the rest is taken away: others may use it."""

UNSPACED = r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
"""Scripts without spaces (Thai, Lao, Khmer, Kana, Han), and Hangul, whose words grow endings."""

WORDS = rf"""
CREATE FUNCTION orders_search_fold(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF octet_length(given) = length(given) THEN RETURN lower(given); END IF;
    RETURN lower(normalize(regexp_replace(normalize(given, NFKD), '[\u0300-\u036f]', '', 'g'), NFKC));
END $$;
CREATE FUNCTION orders_search_split(given text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN array_remove(regexp_split_to_array(orders_search_fold(given), '[^[:alnum:]]+'), '');
END $$;
CREATE FUNCTION orders_search_terms(given text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text[] := orders_search_split(given);
BEGIN
    IF octet_length(given) = length(given) OR array_to_string(words, ' ') !~ '{UNSPACED}' THEN RETURN words; END IF;
    RETURN ARRAY(SELECT word FROM unnest(words) AS word WHERE word !~ '{UNSPACED}'
                 UNION SELECT substr(word, place, 4) FROM unnest(words) AS word, generate_series(1, length(word)) AS place
                 WHERE word ~ '{UNSPACED}');
END $$;
CREATE FUNCTION orders_search_code(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN nullif(left(regexp_replace(orders_search_fold(given), '[^[:alnum:]]+', '', 'g'), 120), '');
END $$;
CREATE FUNCTION orders_search_exact(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(format('''%s%s''', sign, code), '|')::tsquery
    FROM orders_search_code(typed) AS code,
        unnest(CASE WHEN typed ~ '^\s*#' THEN ARRAY['#'] WHEN typed ~ '\d' THEN ARRAY['#', '=', '~', '@']
                    ELSE ARRAY['=', '@'] END) AS sign
    WHERE code IS NOT NULL
$$;
CREATE FUNCTION orders_search_words(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(
        CASE
            WHEN word ~ '{UNSPACED}' AND length(word) > 4 THEN
                (SELECT string_agg(format('''%s''', substr(word, place, 4)), '&') FROM generate_series(1, length(word) - 3) AS place)
            WHEN word ~ '{UNSPACED}' OR (nth = last AND length(word) >= 3) THEN format('''%s'':*', word)
            ELSE format('''%s''', word)
        END, '&')::tsquery
    FROM (SELECT word, nth, max(nth) OVER () AS last
          FROM unnest((orders_search_split(typed))[1:8]) WITH ORDINALITY AS split (word, nth)) AS words
$$;
CREATE FUNCTION orders_search_begun(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT format('''=%1$s'':*|''~%1$s'':*', code)::tsquery
    FROM orders_search_code(typed) AS code WHERE length(code) >= 4
$$;
CREATE FUNCTION orders_search_loose(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(words || codes, words, codes)
    FROM (SELECT orders_search_words(typed) AS words,
                 CASE WHEN typed ~ '\d' THEN orders_search_begun(typed) ELSE orders_search_exact(typed) END AS codes) AS both_ways
$$;
"""
"""How texts become words, and what is typed a query. Beginnings are dear: each reads the postings of all its words."""

TOLD = """
    SELECT o.id, o.store_id, o.placed_at, orders_search_terms(o.buyer_name || ' ' || l.titles) || l.listings
        || array_remove(ARRAY['#' || o.number, '=' || orders_search_code(o.external_id), '@' || orders_search_code(b.reference)], NULL)
        AS terms
    FROM orders_order o
    JOIN LATERAL (
        SELECT string_agg(title, ' ') AS titles, array_agg('^' || replace(listing_id::text, '-', '')) AS listings
        FROM orders_orderline WHERE order_id = o.id HAVING count(*) > 0) AS l ON true
    LEFT JOIN stores_buyer b ON b.id = o.buyer_id
"""
"""What an order, its lines and its buyer say; parcels add their waybills later."""

KEEPING = f"""
CREATE FUNCTION orders_search_keep(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO orders_ordersearch AS kept (id, store_id, placed_at, words)
    SELECT told.id, told.store_id, told.placed_at, array_to_tsvector(told.terms) FROM ({TOLD}) AS told WHERE told.id = ANY (ids)
    ON CONFLICT (id) DO UPDATE SET words = kept.words || excluded.words
$$;
CREATE FUNCTION orders_search_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_search_keep(ARRAY(SELECT id FROM added));
    RETURN NULL;
END $$;
CREATE FUNCTION orders_search_filled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_search_keep(ARRAY(SELECT DISTINCT order_id FROM added));
    RETURN NULL;
END $$;
CREATE FUNCTION orders_search_shipped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_ordersearch AS kept SET words = kept.words || array_to_tsvector(codes)
    FROM (SELECT order_id, array_agg('~' || orders_search_code(waybill)) AS codes FROM added
          WHERE orders_search_code(waybill) IS NOT NULL GROUP BY order_id) AS told
    WHERE kept.id = told.order_id;
    RETURN NULL;
END $$;
CREATE FUNCTION orders_search_readdressed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders_ordersearch SET words = words || array_to_tsvector(ARRAY['~' || orders_search_code(NEW.waybill)])
    WHERE id = NEW.order_id AND orders_search_code(NEW.waybill) IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER search_placed AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_search_placed();
CREATE TRIGGER search_filled AFTER INSERT ON orders_orderline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_search_filled();
CREATE TRIGGER search_shipped AFTER INSERT ON orders_shipment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_search_shipped();
CREATE TRIGGER search_readdressed AFTER UPDATE OF waybill ON orders_shipment
    FOR EACH ROW WHEN (OLD.waybill IS DISTINCT FROM NEW.waybill) EXECUTE FUNCTION orders_search_readdressed();
"""
"""Orders and lines may be written in either order; the second of the two finds both. A new waybill is added to the old."""

INDEXES = """
CREATE INDEX order_search_words ON orders_ordersearch USING gin (store_id, words) WITH (fastupdate = off);
CREATE INDEX order_search_of_store ON orders_ordersearch (store_id, placed_at DESC, id DESC);
CREATE INDEX order_search_newest ON orders_ordersearch (placed_at DESC, id DESC);
"""
"""Without a list of what is still to be sorted in: every search would read that list, and somebody's order would wait for
its emptying (an insert: 0.32 ms without, 0.40 ms with one, the hundredth slowest 0.5 and 2.4 ms)."""

FILL = """
SELECT orders_search_keep(ARRAY(SELECT id FROM orders_order));
UPDATE orders_ordersearch AS kept SET words = kept.words || array_to_tsvector(codes)
FROM (SELECT order_id, array_agg('~' || orders_search_code(waybill)) AS codes FROM orders_shipment
      WHERE orders_search_code(waybill) IS NOT NULL GROUP BY order_id) AS told
WHERE kept.id = told.order_id;
"""
"""The orders that are there already. It can run twice."""

UP = EXTENSION + WORDS + KEEPING + FILL + INDEXES

DOWN = """
DROP TRIGGER IF EXISTS search_placed ON orders_order;
DROP TRIGGER IF EXISTS search_filled ON orders_orderline;
DROP TRIGGER IF EXISTS search_shipped ON orders_shipment;
DROP TRIGGER IF EXISTS search_readdressed ON orders_shipment;
DROP INDEX IF EXISTS order_search_words, order_search_of_store, order_search_newest;
DROP FUNCTION IF EXISTS orders_search_placed(), orders_search_filled(), orders_search_shipped(), orders_search_readdressed(),
    orders_search_keep(uuid[]), orders_search_loose(text), orders_search_begun(text), orders_search_words(text), orders_search_exact(text),
    orders_search_terms(text), orders_search_code(text), orders_search_split(text), orders_search_fold(text);
"""
