"""The database's own guards of the journal, for RunSQL: what it says once it says for good.

`append_only` serves other apps' tables too. The triggers fire once a statement, so that inserting costs nothing.
"""

from __future__ import annotations

APPEND_ONLY_FUNCTION = """
CREATE OR REPLACE FUNCTION piepowder_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Correct it by a further row.';
END $$;
"""
DROP_APPEND_ONLY_FUNCTION = "DROP FUNCTION IF EXISTS piepowder_append_only();"


def append_only(table: str) -> str:
    """UPDATE, DELETE and TRUNCATE of the table are refused, even where no row would be touched."""
    return f"""
DROP TRIGGER IF EXISTS append_only ON {table};
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION piepowder_append_only();
"""


def not_append_only(table: str) -> str:
    return f"DROP TRIGGER IF EXISTS append_only ON {table};"


TABLES = ("rulebook_journalentry", "rulebook_checkpoint", "rulebook_tally")

GUARDS = APPEND_ONLY_FUNCTION + "".join(append_only(table) for table in TABLES)
NO_GUARDS = "".join(not_append_only(table) for table in TABLES) + DROP_APPEND_ONLY_FUNCTION
