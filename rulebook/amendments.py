"""What policy managers do: propose a parameter's new value, approve a colleague's, withdraw (A67-2)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_noop as _

from rulebook.actions import action
from rulebook.docket import Docket
from rulebook.ids import new_id, parse_id
from rulebook.inputs import Anything, Moment, Text
from rulebook.models import Amendment
from rulebook.parameters import coerce, parameter, split_key, to_json
from rulebook.refusals import Invalid
from rulebook.rules import SCOPES


@action(
    "moderator.propose_amendment",
    on=None,
    may="manage_policy",
    creates=Amendment,
    label=_("Propose an amendment"),
    inputs={
        "parameter": Text(
            label=_("Parameter"),
            longest=120,
            lines=1,
            help=_("Its key; a table's key in brackets: commission.rate[shoes]."),
        ),
        "value": Anything(label=_("New value"), help=_("In the parameter's unit: 7, 8.5, 50.00 USD, true.")),
        "from": Moment(label=_("In force from"), help=_("A date (00:00 platform time) or a moment with its offset.")),
        "scope": Anything(label=_("Only for"), default=None, help=_("One of category, country, store, as an object.")),
        "reason": Text(label=_("Why"), default=""),
    },
)
def propose_amendment(
    docket: Docket, *, parameter: str, value: Any, scope: Any, reason: str, **inputs: datetime
) -> Amendment:
    """Write down what a value shall be, and from when on. Another person approves it."""
    amendment = Amendment(
        id=new_id(),
        parameter=parameter,
        value=_checked(parameter, value),
        scope=_scope(scope),
        in_force_from=inputs["from"],
        reason=reason,
        proposed_by=docket.actor.id,
        proposed_at=docket.at,
    )
    docket.add(amendment)
    amendment.propose(docket)
    return amendment


def _checked(key: str, value: Any) -> Any:
    """The value as it is written, once it is known to fit the parameter."""
    try:
        name, table_key = split_key(key)
        coerce(parameter(name), value, table_key or None)
    except LookupError as error:
        raise Invalid({"parameter": [str(error)]}) from None
    except ValueError as error:
        raise Invalid({"value": [str(error)]}) from None
    return value if isinstance(value, str | int | bool | list | dict) or value is None else to_json(value)


def _scope(scope: Any) -> dict[str, str]:
    if scope in (None, "", {}):
        return {}
    if not isinstance(scope, dict) or not set(scope) <= set(SCOPES):
        raise Invalid({"scope": [_now("Name any of {scopes}.").format(scopes=", ".join(SCOPES))]})
    return {name: _narrowing(name, value) for name, value in scope.items()}


def _narrowing(name: str, value: Any) -> str:
    """The value as the rules compare it: a store by its UUID, a country by its two capitals. An empty one would bind everybody."""
    text = value.strip() if isinstance(value, str) else ""
    if name == "store" and text:
        try:
            return str(parse_id(text, "sto"))
        except ValueError as error:
            raise Invalid({"scope": [str(error)]}) from None
    if not text or (name == "country" and not re.fullmatch("[A-Za-z]{2}", text)):
        said = {
            "store": _now("Name the store by its id: sto_…."),
            "category": _now("Name the category by its code: home-garden."),
            "country": _now("Name the country by its two letters: US."),
        }
        raise Invalid({"scope": [said[name]]})
    return text.upper() if name == "country" else text


@action(
    "moderator.approve_amendment",
    on=Amendment,
    may="manage_policy",
    opens=Amendment.approve,
    label=_("Approve"),
    primary=True,
)
def approve_amendment(docket: Docket, amendment: Amendment) -> Amendment:
    """Agree to a colleague's amendment; it comes into force on its day."""
    amendment.approve(docket)
    return amendment


@action(
    "moderator.withdraw_amendment",
    on=Amendment,
    may="manage_policy",
    opens=Amendment.withdraw,
    label=_("Withdraw"),
    inputs={"reason": Text(label=_("Why"), default="")},
)
def withdraw_amendment(docket: Docket, amendment: Amendment, *, reason: str) -> Amendment:
    """Take it back before it is in force."""
    amendment.withdraw(docket)
    return amendment
