"""The database's own guards of the ledger, for RunSQL; they need `rulebook.sql.GUARDS` to have run.

The balance is checked for each INSERT or COPY, not for each row: all legs of a transaction come in one statement, and
where every statement adds legs that sum to zero, every transaction does. It costs one grouping of the new rows; a
deferred check for each row costs a look-up for each leg.
"""

from __future__ import annotations

from rulebook.sql import append_only, not_append_only

TABLES = ("finance_transaction", "finance_leg")

LEGS_BALANCE = """
CREATE OR REPLACE FUNCTION finance_legs_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT transaction_id, currency, sum(amount_minor) AS left_over INTO wrong FROM new_legs
        GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % does not balance: % minor units of % are left over',
            wrong.transaction_id, wrong.left_over, wrong.currency
            USING ERRCODE = 'check_violation', HINT = 'All legs of a transaction are inserted by one statement.';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS legs_balance ON finance_leg;
CREATE TRIGGER legs_balance AFTER INSERT ON finance_leg REFERENCING NEW TABLE AS new_legs
    FOR EACH STATEMENT EXECUTE FUNCTION finance_legs_balance();
"""
NO_LEGS_BALANCE = "DROP TRIGGER IF EXISTS legs_balance ON finance_leg; DROP FUNCTION IF EXISTS finance_legs_balance();"

GUARDS = "".join(append_only(table) for table in TABLES) + LEGS_BALANCE
NO_GUARDS = "".join(not_append_only(table) for table in TABLES) + NO_LEGS_BALANCE
