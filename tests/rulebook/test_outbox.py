"""What was told reaches people: once as a rule, at least once in any case, in order, in their language and zone."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from rulebook import mailing, outbox, vitals
from rulebook.clock import VirtualClock, now
from rulebook.ids import new_id
from rulebook.management.commands.watch_queue import Cluster
from rulebook.models import Deadline, Delivery, Heartbeat, Notice
from rulebook.tasks import QUEUE, SCHEDULES, beat, ensure_schedules
from rulebook.telling import notice_sentence, roles_told, tellings
from tests.fair import build_fair
from tests.others import held_by_another, locked_by_another

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return VirtualClock(START)


@pytest.fixture
def told(monkeypatch):
    """Notices go to a channel that writes down what came, and fails where `told.fail` says so."""

    class Told(list):
        fail = None
        to = ("ann",)

        def send(self, notice, target, key):
            if self.fail:
                self.fail(notice, target)
            self.append((notice.code, target))

    told = Told()
    outbox._read_all()
    monkeypatch.setattr(outbox, "_recipients", [lambda notices: [(n, "bell", who) for n in notices for who in told.to]])
    monkeypatch.setattr(outbox, "_channels", {"bell": told.send})
    return told


def notice(code="order_paid", subject=None, at=START, **fields):
    identity = subject or new_id()
    facts = fields.pop("facts", {})
    return Notice.objects.create(
        store_id=new_id(),
        root_kind="order",
        root_id=identity,
        subject_kind="order",
        subject_id=identity,
        audience_kind=fields.pop("audience_kind", "seller"),
        audience_id=None,
        code=code,
        rule="A34-1",
        facts=facts,
        effective_at=at,
        queued_at=at,
    )


def drained(clock):
    return outbox.drain(clock=clock, seconds=30)


def broken(*_):
    raise ConnectionError("the line is dead")


# ------------------------------------------------------------------ expanding


def test_a_notice_reaches_everybody_it_concerns_and_is_then_sent(clock, told):
    told.to = ("ann", "bob")
    row = notice()

    drained(clock)

    row.refresh_from_db()
    assert told == [("order_paid", "ann"), ("order_paid", "bob")]
    assert row.sent_at == START


def test_a_second_drain_tells_nothing_again(clock, told):
    notice()
    drained(clock)

    assert drained(clock) == outbox.Drained()
    assert len(told) == 1


def test_a_notice_for_nobody_is_done_at_once(clock, told):
    told.to = ()
    row = notice()

    drained(clock)

    row.refresh_from_db()
    assert row.sent_at == START
    assert not Delivery.objects.exists()


def test_one_address_named_twice_is_told_once(clock, told):
    told.to = ("ann", "ann")
    notice()

    drained(clock)

    assert len(told) == 1


@pytest.mark.parametrize(("age", "letters"), [(outbox.STALE - timedelta(seconds=1), 1), (outbox.STALE, 0)])
def test_history_that_was_read_in_is_not_sent_out(clock, told, age, letters):
    row = notice(at=START - age)

    drained(clock)

    row.refresh_from_db()
    assert (len(told), row.sent_at) == (letters, START)


def test_a_notice_whose_channel_still_waits_is_not_sent_yet(clock, told):
    told.fail = broken
    row = notice()

    drained(clock)

    row.refresh_from_db()
    assert row.sent_at is None


def test_a_notice_that_reached_one_and_not_yet_the_other_is_not_sent_yet(clock, told):
    told.to = ("dead", "alive")
    told.fail = lambda row, target: broken() if target == "dead" else None
    row = notice()

    drained(clock)

    row.refresh_from_db()
    assert told == [("order_paid", "alive")]
    assert row.sent_at is None


# ------------------------------------------------------------------ trying again


def test_ten_tries_in_75_hours_35_minutes_then_it_is_given_up(clock, told, monkeypatch):
    monkeypatch.setattr(outbox.random, "uniform", lambda least, most: 1.0)
    told.fail = broken
    row = notice()
    tries, delivery = [], None
    while delivery is None or delivery.state == "waiting":
        drained(clock)
        tries.append(clock.now() - START)
        delivery = Delivery.objects.get()
        clock.move_to(max(delivery.due_at, clock.now()))

    row.refresh_from_db()
    assert [int(after.total_seconds()) for after in tries] == [
        0,
        5,
        305,
        2105,
        9305,
        27305,
        63305,
        113705,
        185705,
        272105,
    ]
    assert (delivery.state, delivery.attempts, delivery.error) == ("dead", 10, "ConnectionError: the line is dead")
    assert row.sent_at is not None


def test_pauses_differ_a_little_so_that_not_all_come_back_at_once():
    pauses = {outbox.pause(3) for _ in range(20)}

    assert len(pauses) > 10
    assert all(timedelta(minutes=30) <= pause <= timedelta(minutes=33) for pause in pauses)


def test_a_second_before_its_pause_is_over_nothing_is_tried(clock, told):
    told.fail = broken
    notice()
    drained(clock)
    told.fail = None

    clock.move_to(Delivery.objects.get().due_at - timedelta(milliseconds=1))
    drained(clock)
    assert told == []

    clock.move_to(Delivery.objects.get().due_at)
    drained(clock)
    assert len(told) == 1


def test_an_address_that_says_never_again_is_given_up_at_once(clock, told):
    def gone(*_):
        raise outbox.GiveUp("410 Gone")

    told.fail = gone
    notice()

    assert drained(clock).dead == 1
    assert Delivery.objects.get().attempts == 1


def test_what_was_given_up_can_be_tried_again_by_hand(clock, told):
    told.fail = lambda *_: (_ for _ in ()).throw(outbox.GiveUp("gone"))
    notice()
    drained(clock)
    told.fail = None

    assert outbox.again(Delivery.objects.get(), clock.now())
    drained(clock)

    assert Delivery.objects.get().state == "done"
    assert not outbox.again(Delivery.objects.get(), clock.now())


def test_a_delivery_of_an_unknown_channel_waits_for_a_version_that_knows_it(clock, told, monkeypatch):
    notice()
    monkeypatch.setattr(outbox, "_channels", {})

    assert drained(clock).failed == 1


# ------------------------------------------------------------------ deaths


class Killed(BaseException):
    """The process ends in the middle of the work."""


def killed(*_):
    raise Killed


def test_a_death_counts_as_a_try_and_the_work_comes_back_after_the_lease(clock, told):
    told.fail = killed
    notice()
    with pytest.raises(Killed):
        drained(clock)
    told.fail = None

    clock.move_to(START + outbox.LEASE - timedelta(seconds=1))
    assert drained(clock).done == 0
    clock.move_to(START + outbox.LEASE)
    assert drained(clock).done == 1
    assert Delivery.objects.get().attempts == 2


def test_a_delivery_that_kills_whoever_takes_it_is_given_up_and_the_others_arrive(clock, told):
    def kill_on_poison(row, target):
        if row.code == "poison":
            raise Killed

    told.fail = kill_on_poison
    notice("poison")
    for _ in range(5):
        notice()
    deaths = 0
    for _ in range(40):
        try:
            drained(clock)
        except Killed:
            deaths += 1
        clock.move_to(clock.now() + timedelta(hours=25))

    assert deaths == outbox.TRIES
    assert len(told) == 5
    assert Delivery.objects.get(state="dead").error == "the process died while it was at work"


def test_who_outlived_his_lease_does_not_sign_for_the_one_who_took_over(clock, told):
    def slow(row, target):
        told.fail = None
        clock.move_to(clock.now() + outbox.LEASE)
        outbox.deliver_one(clock)  # another process takes over, and is done first
        Delivery.objects.update(error="signed by the other")

    told.fail = slow
    notice()

    outbox.expand(clock.now())
    outbox.deliver_one(clock)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.error) == ("done", 2, "signed by the other")


def test_who_outlived_his_lease_and_failed_does_not_spoil_what_arrived(clock, told):
    def slow(row, target):
        told.fail = None
        clock.move_to(clock.now() + outbox.LEASE)
        outbox.deliver_one(clock)
        raise outbox.GiveUp("too late")

    told.fail = slow
    notice()

    outbox.expand(clock.now())
    outbox.deliver_one(clock)

    assert Delivery.objects.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_what_another_process_has_in_its_hands_is_passed_by_without_waiting(clock, told):
    notice()
    outbox.expand(clock.now())

    with held_by_another(Delivery):
        assert outbox.deliver_one(clock) is None

    assert outbox.deliver_one(clock) == "done"


@pytest.mark.django_db(transaction=True)
def test_only_one_process_at_a_time_expands_notices(clock, told):
    notice()

    with locked_by_another(outbox.EXPANDING):
        assert outbox.expand(clock.now()) == 0

    assert outbox.expand(clock.now()) == 1


# ------------------------------------------------------------------ order


def test_letters_about_one_subject_keep_their_order_though_the_first_fails(clock, told):
    subject, other = new_id(), new_id()
    rows = [notice(code, subject) for code in ("first", "second")] + [notice("elsewhere", other)]

    def fail_first(row, target):
        if row.code == "first":
            raise ConnectionError

    told.fail = fail_first
    drained(clock)
    assert told == [("elsewhere", "ann")]

    told.fail = None
    clock.move_to(START + timedelta(minutes=1))
    drained(clock)
    assert [code for code, _ in told] == ["elsewhere", "first", "second"]
    assert len(rows) == 3


def test_a_dead_address_does_not_hold_up_another(clock, told):
    told.to = ("dead", "alive")
    subject = new_id()
    notice("first", subject)
    notice("second", subject)

    def fail_dead(row, target):
        if target == "dead":
            raise ConnectionError

    told.fail = fail_dead
    drained(clock)

    assert told == [("first", "alive"), ("second", "alive")]


def test_what_was_given_up_lets_the_next_one_through(clock, told):
    subject = new_id()
    notice("first", subject)
    notice("second", subject)

    def refuse_first(row, target):
        if row.code == "first":
            raise outbox.GiveUp

    told.fail = refuse_first
    drained(clock)

    assert told == [("second", "ann")]


def test_a_drain_ends_when_its_time_is_up(clock, told):
    notice()

    assert outbox.drain(clock=clock, seconds=0).done == 0


# ------------------------------------------------------------------ who, and what it says


@pytest.fixture
def fair():
    return build_fair()


def letters_to(address):
    return [message for message in mail.outbox if message.to == [address]]


def test_staff_are_written_to_by_their_role(fair):
    fair.paid()
    fair.disputed()

    outbox.drain(seconds=60)

    to = {role: len(letters_to(user.email)) for role, user in fair.staff.items()}
    assert to["owner"] == to["manager"] > to["support"] > 0
    assert to["fulfilment"] > 0
    assert to["read_only"] == 0
    assert letters_to(fair.stranger.email) == []


def test_a_buyer_with_an_address_is_written_to(fair):
    fair.buyer.email = "ada@example.org"
    fair.buyer.save()
    fair.shipped()

    outbox.drain(seconds=60)

    assert [message.subject.split(",")[0] for message in letters_to("ada@example.org")] == ["Your order is on its way"]


def test_a_letter_names_article_due_moment_with_zone_and_next_step(fair):
    dispute = fair.disputed("20.00 USD")
    outbox.drain(seconds=60)

    letter = next(message for message in letters_to(fair.staff["owner"].email) if "dispute" in message.subject)
    due = Deadline.objects.get(subject_id=dispute.id, name="seller_response").due_at
    platform = due + timedelta(hours=8)
    assert "claims 20.00 USD: not as described" in letter.subject
    assert f"{platform.day} {platform:%B %Y}, {platform:%H:%M}" in letter.body and "UTC+8" in letter.body
    assert "Under: Article 39" in letter.body
    assert "Next step: Accept the claim" in letter.body
    assert f"Concerns: {dispute.name}" in letter.body


def test_a_letter_is_in_the_readers_zone(fair):
    fair.staff["owner"].zone = "America/New_York"
    fair.staff["owner"].save()
    fair.disputed()
    outbox.drain(seconds=60)

    letter = next(message for message in letters_to(fair.staff["owner"].email) if "dispute" in message.subject)
    assert "UTC−" in letter.body


def test_an_unknown_zone_does_not_stop_the_letter():
    row = notice(facts={"paid": "12.00 USD", "due": "2026-03-09T06:00:00+00:00"})

    _subject, text = mailing.letter(row, mailing.Reader(zone="Nowhere/../../etc"))

    assert "9 March 2026, 14:00 UTC+8" in text


def test_a_code_nobody_described_still_makes_a_letter():
    subject, text = mailing.letter(notice("something_new"), mailing.Reader())

    assert subject.startswith("Something new (ord_")
    assert "Under: Article 34" in text


def test_words_of_a_party_add_no_header_and_no_second_line_to_the_subject():
    row = notice(
        "dispute_rejected", facts={"text": "No.\r\nBcc: all@example.org\n\n<b>{subject}</b>"}, audience_kind="buyer"
    )
    row.subject_kind = "dispute"

    subject, text = mailing.letter(row, mailing.Reader())

    assert "\n" not in subject and "\r" not in subject
    assert "<b>{subject}</b>" in text


def test_two_tries_of_one_letter_bear_one_message_id(fair):
    fair.paid()
    outbox.drain(seconds=60)
    delivery = Delivery.objects.first()

    mailing.send(Notice.objects.get(pk=delivery.notice_id), delivery.target, delivery.id)

    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert ids.count(f"<{delivery.id}@piepowder>") == 2


def test_every_notice_that_the_code_sends_is_described(fair):
    fair.completed()
    fair.disputed()
    fair.escalated()

    assert {row.code for row in Notice.objects.all()} <= set(tellings())


def test_every_description_can_be_filled():
    for code in tellings():
        assert "{" not in notice_sentence(notice(code))


def test_owner_and_manager_are_told_everything():
    assert {"owner", "manager"} <= roles_told("something_new")


# ------------------------------------------------------------------ the queue


def test_schedules_are_made_once_and_mended():
    from django_q.models import Schedule

    assert len(ensure_schedules()) == len(SCHEDULES)
    Schedule.objects.update(func="rulebook.tasks.nothing")
    assert ensure_schedules() == []
    assert {row.func for row in Schedule.objects.all()} == set(SCHEDULES.values())


def test_the_queue_is_alive_while_its_heartbeat_is_young():
    assert not vitals.queue_is_alive(now())
    beat()
    beaten = Heartbeat.objects.get(name=QUEUE).beat_at

    assert vitals.queue_is_alive(beaten + vitals.QUEUE_SILENT_AFTER - timedelta(seconds=1))
    assert not vitals.queue_is_alive(beaten + vitals.QUEUE_SILENT_AFTER)


def test_overdue_stuck_and_dead_are_counted(clock, told):
    fields = {
        "store_id": new_id(),
        "root_kind": "order",
        "root_id": new_id(),
        "subject_kind": "order",
        "rule": "A34-3",
        "set_at": START,
    }
    Deadline.objects.create(subject_id=new_id(), name="handling", due_at=START, **fields)
    Deadline.objects.create(subject_id=new_id(), name="handling", due_at=START, status="stuck", **fields)
    told.fail = lambda *_: (_ for _ in ()).throw(outbox.GiveUp("gone"))
    notice()
    drained(clock)

    found = vitals.deadline_facts(START + timedelta(seconds=299))
    assert found == {"ok": True, "oldest_overdue_seconds": 299, "stuck": 1}
    assert not vitals.deadline_facts(START + timedelta(seconds=300))["ok"]
    assert vitals.outbox_facts(START)["dead"] == 1


def test_the_probes_read_the_same_figures():
    from config import checks
    from config.health import Finding

    assert checks.deadlines() == Finding(ok=True, facts={"oldest_overdue_seconds": 0, "stuck": 0})
    assert checks.queue() == Finding(ok=True, facts={"alive": False, "last_beat_seconds": None})
    assert checks.outbox() == Finding(ok=True, facts={"waiting_seconds": 0, "dead": 0})
    assert checks.daily() == Finding(ok=True, facts={"undone": 0, "failing": []})


@pytest.mark.parametrize(
    ("since_start", "since_beat", "silent"),
    [(15, None, False), (46, None, True), (46, 15, False), (46, 46, True), (15, 3600, False)],
)
def test_a_queue_that_gives_no_answer_is_started_anew(since_start, since_beat, silent):
    """A beat from before the start counts only when the new cluster has had its time to answer, too."""
    cluster = Cluster(patience=45)
    cluster.started = time.monotonic() - since_start
    if since_beat is not None:
        Heartbeat.objects.create(name=QUEUE, beat_at=now() - timedelta(seconds=since_beat))

    assert cluster._is_silent() is silent
