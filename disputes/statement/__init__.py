"""The statement of reasons: what was claimed, what was found, which rules decided, and what can be done about it.

Made from journal, rulings and rulebook whenever it is read, and always the same: nothing in it depends on the moment of
reading. Both sides get the same, but for accounts that are the seller's own. Whoever decided is named by role.

    found = statement_of(dispute, reader="seller")
    found.as_json(), text_of(found), `disputes/_statement.html`
"""

from disputes.statement.making import is_decided, statement_of
from disputes.statement.shape import Decision, Statement
from disputes.statement.writing import text_of

__all__ = ["Decision", "Statement", "is_decided", "statement_of", "text_of"]
