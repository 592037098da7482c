"""What /readyz asks of the machinery. Only overdue deadlines turn traffic away; the rest are figures for an alarm."""

from config.health import Finding, check
from rulebook import clock, vitals


@check("deadlines")
def deadlines() -> Finding:
    facts = vitals.deadline_facts(clock.now())
    return Finding(ok=facts.pop("ok"), facts=facts)


@check("queue")
def queue() -> Finding:
    return Finding(ok=True, facts=vitals.queue_facts(clock.now()))


@check("outbox")
def outbox() -> Finding:
    return Finding(ok=True, facts=vitals.outbox_facts(clock.now()))


@check("daily")
def daily() -> Finding:
    return Finding(ok=True, facts=vitals.daily_facts(clock.now()))
