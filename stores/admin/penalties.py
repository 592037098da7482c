"""The page of a penalty: what was found and under which rule, the store's standing, confirming it, deciding its appeal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from rulebook.actors import Actor
from rulebook.admin.acting import notices_of
from rulebook.admin.base import page
from rulebook.admin.bulk import Way as Together
from rulebook.admin.cases import CASE_KINDS, CaseKind
from rulebook.admin.deciding import Deciding, Way, head
from rulebook.admin.finding import held
from rulebook.articles import article
from rulebook.docket import Docket
from rulebook.models import Case
from rulebook.pages import figures_of
from rulebook.rehearsal import Rehearsal
from rulebook.timeline import subject_timeline, why_it_stands
from stores import health
from stores.admin.standing import SANCTIONS, SEVERITIES, points_text
from stores.models import Penalty, Store
from stores.models.penalty import STANDING
from stores.states import PenaltyKind, PenaltyState

CONFIRM, DECIDE = "moderator.confirm_penalty", "moderator.decide_penalty_appeal"
LISTED = 20
LADDERS: dict[str, tuple[str, str]] = {"points": ("V-4", "ladder_trade"), "points_ip": ("V-3", "ladder_ip")}
"""Account of points to the rule of its steps."""

ACCOUNTS: dict[str, Any] = {
    "points": gettext_lazy("Points for trade"),
    "points_ip": gettext_lazy("Points for rights"),
    "points_quality": gettext_lazy("Points for quality"),
}


def own_parts(actor: Actor, penalties: Iterable[UUID]) -> set[UUID]:
    """Of these penalties, those that he proposed and another confirms, or confirmed and another looks at again (V-22)."""
    his = Q(state=PenaltyState.PROPOSED, proposed_by=actor.id) | Q(state=PenaltyState.APPEALED, confirmed_by=actor.id)
    return set(Penalty.objects.filter(his, id__in=list(penalties)).values_list("id", flat=True))


def _topic(case: Case) -> str:
    return str(SANCTIONS.get(case.topic, case.topic))


TOGETHER: dict[str, Together] = {
    "confirm": Together(
        action=CONFIRM,
        label=gettext_lazy("Confirm the penalties"),
        sentence=gettext_lazy("Each is in force at once; the seller reads the reasons and may appeal once."),
        danger=True,
    ),
    "uphold": Together(
        action=DECIDE,
        label=gettext_lazy("The penalties stand"),
        sentence=gettext_lazy("Every appeal fails, with the same reasons. One that succeeds is decided alone."),
        fixed={"uphold": True},
        danger=True,
    ),
}

CASE_KINDS["penalty"] = CaseKind(
    label=gettext_lazy("Penalties"),
    prefix=Penalty.PREFIX,
    page="penalty",
    title=lambda case: str(_("Penalty P{number}")).format(number=case.number),
    topic=_topic,
    conflicts=own_parts,
    may="penalize",
    topics=SANCTIONS,
    bulk=TOGETHER,
)


# ------------------------------------------------------------------ what other pages show of penalties


def points_of(store: Store) -> list[dict[str, Any]]:
    """The three accounts, each counted on its own (V-1)."""
    return [{"label": label, "points": getattr(store, name)} for name, label in ACCOUNTS.items()]


def listed(store: Store, *, without: UUID | None = None) -> list[dict[str, Any]]:
    """The store's penalties, newest first; one statement, none for a store that never had one."""
    if not store.penalties_count:
        return []
    rows = Penalty.objects.filter(store_id=store.id).order_by("-proposed_at", "-id")
    return [
        {
            "name": one.name,
            "sanction": SANCTIONS[one.kind_code],
            "article": one.article,
            "points": points_text(one.points) if one.points else "",
            "state": str(one.state),
            "tone": "risk" if one.state in (PenaltyState.IN_FORCE, PenaltyState.UPHELD) else "",
            "at": one.in_force_at or one.proposed_at,
            "url": reverse("admin:penalty", args=[one.public_id]),
        }
        for one in rows[: LISTED + 1]
        if one.id != without
    ]


# ------------------------------------------------------------------ the page


@require_GET
def penalty(request: HttpRequest, penalty_id: str) -> HttpResponse:
    """One penalty: what was found, where the store stands, and what is left to decide."""
    found, docket = held(request, Penalty, penalty_id)
    return _show(request, found, docket, _deciding(request, found, docket).context())


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, penalty_id: str, verb: str) -> HttpResponse:
    """Confirm it, or decide its appeal: form, preview, confirmation."""
    found, docket = held(request, Penalty, penalty_id)
    return _deciding(request, found, docket).answer(verb)


def _deciding(request: HttpRequest, found: Penalty, docket: Docket) -> Deciding:
    def show(context: dict[str, Any], status: int = 200) -> HttpResponse:
        return _show(request, found, docket, context, status)

    here = reverse("admin:penalty", args=[found.public_id])
    crumbs = [{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": _title(found), "url": here}]
    return Deciding(request, found, docket, here=here, ways=_ways(found, docket), show=show, crumbs=crumbs)


def _title(found: Penalty) -> str:
    return _("Penalty {name}").format(name=found.name)


def _ways(found: Penalty, docket: Docket) -> dict[str, Way]:
    before = {name: getattr(found.store, name) for name in ACCOUNTS}

    def more(rehearsal: Rehearsal) -> dict[str, Any]:
        return {"figures": _moved(before, rehearsal.target.store), "notices": notices_of(rehearsal)}

    sanction = SANCTIONS[found.kind_code]
    if found.state == PenaltyState.PROPOSED:
        return {
            CONFIRM: Way(
                title=_("Confirm: {sanction}, {points}?").format(sanction=sanction, points=points_text(found.points)),
                sentence=_(
                    "It is in force at once. The seller reads the reasons and may appeal once, within {days} days."
                ).format(days=docket.rules_for(found.store).penalty.appeal_days),
                confirm=_("Confirm the penalty"),
                done=_("The penalty is in force; the seller was told, with the reasons."),
                danger=found.kind_code == PenaltyKind.ACCOUNT_CLOSED,
                more=more,
            )
        }
    return {
        DECIDE: Way(
            title="", sentence="", confirm="", done=_("The appeal is decided."), ask=_asked, dress=_dress, more=more
        )
    }


def _asked(_rehearsal: Rehearsal, values: Mapping[str, Any]) -> tuple[str, str, str]:
    if values.get("uphold"):
        return (
            _("Let the penalty stand?"),
            _("What rested while you looked acts again. The seller reads your reasons and cannot appeal again."),
            _("The penalty stands"),
        )
    return (
        _("Lift the penalty?"),
        _("Its points and its sanction go at once, unless another penalty keeps them. The seller reads your reasons."),
        _("Lift the penalty"),
    )


def _dress(fields: dict[str, Any]) -> None:
    fields["uphold"] = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("true", _("The penalty stands")), ("false", _("The appeal succeeds: the penalty is lifted"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
        initial="true",
    )
    fields["reason"].widget.attrs["rows"] = 6


def _moved(before: Mapping[str, int], store: Store) -> list[dict[str, Any]]:
    """Points before and after, for the preview's table."""
    after = {name: getattr(store, name) for name in ACCOUNTS}
    return [
        {
            "title": ACCOUNTS[name],
            "before": before[name],
            "after": after[name],
            "turn": _("better") if after[name] < before[name] else _("worse"),
        }
        for name in ACCOUNTS
        if after[name] != before[name]
    ]


def _show(
    request: HttpRequest, found: Penalty, docket: Docket, decide: dict[str, Any], status: int = 200
) -> HttpResponse:
    store = found.store
    waits = found.state in (PenaltyState.PROPOSED, PenaltyState.APPEALED)
    context: dict[str, Any] = {
        "title": _title(found),
        "penalty": found,
        "sanction": SANCTIONS[found.kind_code],
        "severity": SEVERITIES.get(found.severity, ""),
        "points_text": points_text(found.points),
        "until": found.acts_until(docket) if found.state in STANDING else None,
        "store": store,
        "store_url": reverse("admin:store", args=[store.public_id]),
        "health_url": reverse("admin:health", args=[store.public_id]),
        "figures": _crossed(store, docket),
        "points": _standing(found, docket),
        "penalties": listed(store, without=found.id),
        "timeline": [_once(row) for row in subject_timeline(found.id)],
        "rules": _laws(found, docket),
        "is_open": waits,
        "settled": "" if waits else _("Nothing is left to decide."),
        "next_skip": found.public_id,
        "case": _head(request, found, docket),
        "crumbs": [{"label": _("Worklist"), "url": reverse("admin:worklist")}, {"label": _title(found)}],
        **decide,
    }
    return page(request, "stores/admin/penalty.html", context, status=status)


def _once(row: dict[str, Any]) -> dict[str, Any]:
    """Words that the sentence has already are not quoted below it."""
    return {**row, "quote": "" if (row.get("quote") or "") in row["text"] else row["quote"]}


def _head(request: HttpRequest, found: Penalty, docket: Docket) -> dict[str, Any]:
    own = head(request, found)
    row: Case | None = own["row"]
    waits = row is not None and row.open and row.due_at is not None
    proposed = found.state == PenaltyState.PROPOSED
    return {
        **own,
        "title": _title(found),
        "id": found.public_id,
        "line": [found.store.name, SANCTIONS[found.kind_code], points_text(found.points), found.article],
        "state": found.state,
        "state_tone": "turn" if waits else "risk" if found.state in STANDING else "",
        "why": why_it_stands(found.id),
        "deadline": {
            "name": _("Confirmation") if proposed else _("Decision"),
            "due_at": row.due_at if row is not None else None,
            "then": _("then it is late"),
            "rule": "V-22",
        }
        if waits
        else None,
    }


def _standing(found: Penalty, docket: Docket) -> list[dict[str, Any]]:
    """The accounts of points: as they stand, as a proposal would leave them, and the steps of the rulebook around that."""
    adds = found.points if found.state == PenaltyState.PROPOSED else 0
    rows = []
    for name, label in ACCOUNTS.items():
        now = getattr(found.store, name)
        then = now + adds if name == found.account else now
        rows.append(
            {"label": label, "points": now, "then": then if then != now else None, **_step(name, then, docket, found)}
        )
    return rows


def _step(account: str, points: int, docket: Docket, found: Penalty) -> dict[str, Any]:
    """The step that so many points have reached, and the next one."""
    if account not in LADDERS:
        return {"rule": "V-5", "reached": "", "next": ""}
    rule, name = LADDERS[account]
    ladder = sorted((int(at), rung) for at, rung in getattr(docket.rules_for(found.store).penalty, name).items())
    reached = [row for row in ladder if row[0] <= points]
    ahead = [row for row in ladder if row[0] > points]
    return {
        "rule": rule,
        "reached": _rung(*reached[-1]) if reached else "",
        "next": _rung(*ahead[0]) if ahead else "",
    }


def _rung(at: int, rung: Mapping[str, Any]) -> str:
    sanction = SANCTIONS[rung["kind"]]
    if "days" in rung:
        return _("from {points}: {sanction}, {days} days").format(points=at, sanction=sanction, days=rung["days"])
    return _("from {points}: {sanction}").format(points=at, sanction=sanction)


def _crossed(store: Store, docket: Docket) -> list[dict[str, Any]]:
    """The indicators of the store that stand beyond a limit; one statement."""
    rules = health.rules_of(store, docket.at)
    found = []
    for code, figure in health.figures_now(store, docket.at).items():
        stands = health.standing(code, figure.value, rules)
        if stands is not None and stands.tone in ("due", "risk"):
            found.append(
                {
                    "title": _(figure.indicator.title),
                    "value": f"{figure.value} %" if figure.indicator.unit == "percent" else str(figure.value),
                    "tone": stands.tone,
                    "word": stands.word,
                    "url": reverse("admin:indicator", args=[store.public_id, code]),
                }
            )
    return found


def _laws(found: Penalty, docket: Docket) -> list[dict[str, Any]]:
    """The rule that was broken first, then those of points, sanctions and appeals."""
    in_force = docket.rules_for(found.store)
    ladder = LADDERS.get(found.account, ("V-5", ""))[0]
    entries = [article(one) for one in dict.fromkeys((found.article, "V-6", ladder, "V-7", "V-8", "V-22"))]
    return [
        {
            "id": one.id,
            "title": _(one.title),
            "text": one.summary,
            "kind": "",
            "figures": figures_of(one.id, in_force),
        }
        for one in entries
    ]
