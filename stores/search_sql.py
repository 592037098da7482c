"""How the database keeps the search's rows in step with listings and templates, for RunSQL; and the words of a text.

An insert is followed for all its rows at once, an update only when something changed that a search sees: an order that takes a
piece from the stock costs a comparison, not a row.
"""

from __future__ import annotations

_ENTER = """INSERT INTO stores_searchentry (listing_id, store_id, offered, category, price_minor, currency, countries, blocked, cheating,
        plus_late_at, published_at, units_sold, description, conversion, words)
    SELECT l.id, l.store_id, l.state = 'live' AND l.stock > 0, l.category, l.price_minor, l.currency,
        stores_countries(l.delivery, t.entries), stores_codes(l.blocked_countries), l.cheating, l.plus_late_at, l.published_at,
        l.units_sold, 5000, 5000, stores_search_words(l.title, l.category, l.brand, l.attributes)
    FROM {rows} l LEFT JOIN stores_deliverytemplate t ON t.id = l.template_id;
    INSERT INTO stores_searchdue (listing_id, at) SELECT id, now() FROM {rows};"""

_UP = r"""
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Words of a text in any script: case, width and whatever stands between words do not matter. Searches go through it as well.
CREATE FUNCTION stores_words(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(normalize(left($1, 4000), NFKC)), '[^[:alnum:]]+', ' ', 'g');

-- As written, and by their English stems.
CREATE FUNCTION stores_vector(text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_tsvector('pg_catalog.english', stores_words($1)) || to_tsvector('pg_catalog.simple', stores_words($1));

-- A: title, B: category, C: brand and values of attributes.
CREATE FUNCTION stores_search_words(title text, category text, brand text, attributes jsonb) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN setweight(stores_vector(title), 'A') || setweight(stores_vector(category), 'B')
        || setweight(stores_vector(brand || ' ' || CASE jsonb_typeof(attributes) WHEN 'object'
            THEN coalesce((SELECT string_agg(value, ' ') FROM jsonb_each_text(attributes)), '') ELSE '' END), 'C');

-- Of a list of promises the countries, of a list of codes the codes; of anything else none.
CREATE FUNCTION stores_list(jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE jsonb_typeof($1) WHEN 'array' THEN $1 ELSE '[]'::jsonb END;
CREATE FUNCTION stores_countries(delivery jsonb, entries jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(DISTINCT entry->>'country'), '{}') FROM jsonb_array_elements(
        CASE WHEN jsonb_array_length(stores_list(delivery)) > 0 THEN delivery ELSE stores_list(entries) END) AS entry
        WHERE entry->>'country' IS NOT NULL);
CREATE FUNCTION stores_codes(jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(code), '{}') FROM jsonb_array_elements_text(stores_list($1)) AS code);

CREATE FUNCTION stores_search_enter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    <<ENTER entered>>
    RETURN NULL;
END $$;
CREATE TRIGGER search_enters AFTER INSERT ON stores_listing REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION stores_search_enter();

CREATE FUNCTION stores_search_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stores_searchentry SET
        offered = NEW.state = 'live' AND NEW.stock > 0, category = NEW.category, price_minor = NEW.price_minor,
        currency = NEW.currency, cheating = NEW.cheating, plus_late_at = NEW.plus_late_at, published_at = NEW.published_at,
        countries = stores_countries(NEW.delivery, (SELECT entries FROM stores_deliverytemplate WHERE id = NEW.template_id)),
        blocked = stores_codes(NEW.blocked_countries),
        words = CASE WHEN (NEW.title, NEW.category, NEW.brand, NEW.attributes)
                IS DISTINCT FROM (OLD.title, OLD.category, OLD.brand, OLD.attributes)
            THEN stores_search_words(NEW.title, NEW.category, NEW.brand, NEW.attributes) ELSE words END
    WHERE listing_id = NEW.id;
    -- Writing the row that waits locks it: a run that is counting the listing's old facts leaves it for the next one.
    INSERT INTO stores_searchdue (listing_id, at) VALUES (NEW.id, now()) ON CONFLICT (listing_id) DO UPDATE SET at = excluded.at;
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows AFTER UPDATE OF state, stock, title, category, brand, attributes, price_minor, currency, description,
    pictures, delivery, template_id, blocked_countries, cheating, plus_late_at, published_at ON stores_listing
    FOR EACH ROW WHEN ((OLD.stock > 0) IS DISTINCT FROM (NEW.stock > 0)
        OR (OLD.state, OLD.title, OLD.category, OLD.brand, OLD.attributes, OLD.price_minor, OLD.currency, OLD.description,
            OLD.pictures, OLD.delivery, OLD.template_id, OLD.blocked_countries, OLD.cheating, OLD.plus_late_at, OLD.published_at)
        IS DISTINCT FROM (NEW.state, NEW.title, NEW.category, NEW.brand, NEW.attributes, NEW.price_minor, NEW.currency,
            NEW.description, NEW.pictures, NEW.delivery, NEW.template_id, NEW.blocked_countries, NEW.cheating, NEW.plus_late_at,
            NEW.published_at))
    EXECUTE FUNCTION stores_search_follow();

CREATE FUNCTION stores_search_follow_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stores_searchentry e SET countries = stores_countries('[]', NEW.entries)
        FROM stores_listing l WHERE l.template_id = NEW.id AND jsonb_array_length(stores_list(l.delivery)) = 0 AND e.listing_id = l.id;
    INSERT INTO stores_searchdue (listing_id, at) SELECT l.id, now() FROM stores_listing l WHERE l.template_id = NEW.id
        ORDER BY l.id ON CONFLICT (listing_id) DO UPDATE SET at = excluded.at;
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_template AFTER UPDATE OF entries ON stores_deliverytemplate
    FOR EACH ROW WHEN (OLD.entries IS DISTINCT FROM NEW.entries) EXECUTE FUNCTION stores_search_follow_template();

CREATE INDEX search_word_alike ON stores_searchword USING gin (word gin_trgm_ops);

-- What is there already.
<<ENTER stores_listing>>
"""

UP = _UP.replace("<<ENTER entered>>", _ENTER.format(rows="entered")).replace(
    "<<ENTER stores_listing>>", _ENTER.format(rows="stores_listing")
)

DOWN = """
DROP TRIGGER IF EXISTS search_enters ON stores_listing;
DROP TRIGGER IF EXISTS search_follows ON stores_listing;
DROP TRIGGER IF EXISTS search_follows_template ON stores_deliverytemplate;
DROP INDEX IF EXISTS search_word_alike;
DROP FUNCTION IF EXISTS stores_search_enter(), stores_search_follow(), stores_search_follow_template();
DROP FUNCTION IF EXISTS stores_search_words(text, text, text, jsonb), stores_vector(text), stores_words(text);
DROP FUNCTION IF EXISTS stores_countries(jsonb, jsonb), stores_codes(jsonb), stores_list(jsonb);
"""
