"""Random changes of an incident notify the right people, each as often as the rules say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident_bot.deliveries import KINDS, KNOWN
from incident_bot.domain import routing
from incident_bot.domain.deliveries import THROTTLE, Delivery, Queue
from incident_bot.domain.incidents import Severity
from incident_bot.domain.updates import Event, IncidentUpdate
from incident_bot.store import deliveries, leases, outcomes
from incident_bot.store.database import Tx
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, quickly_declared

_TIMES: Final = ("run_at", "created_at", "settled_at", "give_up_at")


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Nothing is delivered but by this file; Ada declares, and is told of each P1 besides."""
    heard = {"P1_CHANNELS": "C0P1,C0ENG", "P2_CHANNELS": "C0P2,C0ENG", "P1_USERS": "U0DAN,U0ADA"}
    with running_bot(database_url, redis_url, **heard) as bot:
        bot.dispatcher.stop()
        yield bot


@dataclass(slots=True)
class Received:
    """A message that reached somebody: in which minute, and which change it was about."""

    minute: float
    to: str
    change: int
    notifies: bool
    update: IncidentUpdate | None


@dataclass(slots=True)
class History:
    """One incident; `required` lists by the rules alone who must hear of which change."""

    room: IncidentChannel
    severity: Severity
    minute: float = 0.0
    change: int = 0
    channels: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)
    written: dict[int, int] = field(default_factory=dict)
    required: list[tuple[int, str]] = field(default_factory=list)
    lowered: set[int] = field(default_factory=set)

    @property
    def bot(self) -> Bot:
        return self.room.bot

    def wait(self, minutes: float) -> None:
        """Let time pass, by moving every delivery into the past."""
        self.minute += minutes
        with self.bot.database.transaction() as tx:
            for column in _TIMES:
                tx.connection.execute(
                    f"update deliveries set {column} = {column} - %s".encode(),
                    [timedelta(minutes=minutes)],
                )
        self.deliver_due()

    def deliver_due(self) -> None:
        """Record everything that is due as sent, as a worker would."""
        while True:
            with self.bot.database.transaction() as tx:
                claimed = leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50)
                for delivery in claimed:
                    self._arrive(tx, delivery)
            if not claimed:
                return

    def _arrive(self, tx: Tx, delivery: Delivery) -> None:
        posted = deliveries.posted(tx, self.room.number, delivery.kind, delivery.destination)
        outcomes.sent(tx, delivery, channel_id=delivery.destination, ts=f"{delivery.id}")
        if delivery.incident_id != self.room.number:
            return
        change = self.written[delivery.id]
        update = getattr(KINDS[delivery.kind].restore(delivery.payload), "update", None)
        event, to = delivery.payload.get("event"), delivery.destination
        is_telling = event != "receipt" and (event != "command" or to in self.people)
        if delivery.kind == "direct_message" and is_telling:
            self._receive(delivery.destination, change, notifies=True, update=update)
        if delivery.kind == "announcement" and posted is None:
            self._receive(delivery.destination, change, notifies=True, update=None)
        if delivery.kind == "thread_reply":
            assert update
            self._receive(delivery.destination, change, notifies=update.is_broadcast, update=update)

    def _receive(
        self, to: str, change: int, *, notifies: bool, update: IncidentUpdate | None
    ) -> None:
        self.received.append(Received(self.minute, to, change, notifies, update))

    def note_written(self) -> None:
        """Remember which change each new delivery belongs to."""
        for number in self.bot.sql(
            f"select id from deliveries where incident_id = {self.room.number}"
        ):
            self.written.setdefault(int(number), self.change)

    def type(self, line: str) -> None:
        """Let the commander type it, and note who must hear of it by the rules."""
        before = self.room.incident
        self.change += 1
        words = line if line.startswith("commander") else f"{line} because {self.change}"
        answer = self.bot.slack.command(
            before.commander_user_id, self.room.channel.id, f"/incident {words}"
        )
        assert answer.error is None
        self.note_written()
        after = self.room.incident
        if after.version == before.version:
            return
        self._expect(before.severity, after.severity, ended=before.is_open != after.is_open)
        self.deliver_due()

    def _expect(self, before: Severity, after: Severity, *, ended: bool) -> None:
        if before is after and not ended:
            return
        told = self.channels | self.people
        if before.is_worse_than(after):
            self.lowered.add(self.change)
        else:
            is_resolution = ended and not self.room.incident.is_open
            if not is_resolution:
                wanted = routing.audience(after, self.bot.settings)
                self.channels |= set(wanted.channels)
                self.people |= set(wanted.people)
        self.required += [(self.change, to) for to in told | self.channels | self.people]


STEPS: Final = st.lists(
    st.one_of(
        st.sampled_from([f"severity {severity}" for severity in Severity]),
        st.sampled_from(["status identified:", "status monitoring:", "resolved", "reopen"]),
        st.sampled_from(["commander @ben", "commander @ada"]),
        st.sampled_from(["wait 1", "wait 3", "wait 6"]),
    ),
    max_size=12,
)


def run_history(bot: Bot, first: Severity, steps: list[str]) -> History:
    """Run a history from its declare to an hour after its last step."""
    room = quickly_declared(
        bot, f"{first} payments History {bot.sql('select count(*) from inbox')}"
    )
    history = History(room, first)
    history.note_written()
    wanted = routing.audience(first, bot.settings)
    history.channels, history.people = set(wanted.channels), set(wanted.people)
    history.deliver_due()
    for step in steps:
        minutes = re.fullmatch(r"wait (\d)", step)
        if minutes:
            history.wait(int(minutes[1]))
        else:
            history.type(step)
    history.wait(60)
    return history


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=st.sampled_from(Severity), steps=STEPS)
def test_everybody_hears_what_they_must_and_nothing_twice(
    bot: Bot, first: Severity, steps: list[str]
) -> None:
    history = run_history(bot, first, steps)
    assert bot.sql("select kind from deliveries where state = 'pending'") == []
    check_that_the_store_knows_who_was_told(history)
    check_that_nobody_is_notified_twice_of_a_change(history)
    check_that_a_lower_severity_is_not_broadcast(history)
    check_that_direct_messages_are_throttled(history)
    check_that_the_last_update_reaches_everybody(history)
    check_that_each_resolution_reaches_everybody(history)


def check_that_the_store_knows_who_was_told(history: History) -> None:
    with history.bot.database.transaction() as tx:
        told = deliveries.told(tx, history.room.incident)
    assert set(told.channels) == history.channels
    assert set(told.people) == history.people
    assert {each.to for each in history.received} == history.channels | history.people


def check_that_nobody_is_notified_twice_of_a_change(history: History) -> None:
    notifies = [(each.to, each.change) for each in history.received if each.notifies]
    assert len(notifies) == len(set(notifies))


def check_that_a_lower_severity_is_not_broadcast(history: History) -> None:
    for each in history.received:
        if each.change in history.lowered and each.to.startswith("C"):
            assert not each.notifies


def check_that_direct_messages_are_throttled(history: History) -> None:
    for person in history.people:
        mine = [each for each in history.received if each.to == person]
        for earlier, later in pairwise(mine):
            if later.minute - earlier.minute < THROTTLE.total_seconds() / 60:
                assert later.update
                assert is_never_throttled(later.update) or later.update.new_commander == person


def is_never_throttled(update: IncidentUpdate) -> bool:
    to_p1 = any(change.after == Severity.P1 for change in update.changes)
    is_end = bool(update.events & {Event.RESOLVED, Event.REOPENED})
    return is_end or (Event.RAISED in update.events and to_p1)


def check_that_the_last_update_reaches_everybody(history: History) -> None:
    if history.required:
        last = max(change for change, _ in history.required)
        wanted = {to for change, to in history.required if change == last}
        assert {each.to for each in history.received if each.change >= last} == wanted


def check_that_each_resolution_reaches_everybody(history: History) -> None:
    resolved = {
        each.change
        for each in history.received
        if each.update and Event.RESOLVED in each.update.events
    }
    for change in resolved:
        wanted = {to for number, to in history.required if number == change}
        assert {each.to for each in history.received if each.change == change} == wanted


# Examples worked out by hand, for one person


def received_by_dan(history: History) -> list[tuple[float, str]]:
    return [
        (each.minute, each.update.changes[0].event if each.update else "declared")
        for each in history.received
        if each.to == "U0DAN"
    ]


def test_a_message_put_off_gives_way_to_a_newer_one(bot: Bot) -> None:
    history = run_history(bot, Severity.P1, ["wait 1", "severity P2", "wait 1", "severity P3"])
    assert received_by_dan(history) == [(0, "declared"), (62, "lowered")]
    assert history.received[-1].change == 2


def test_a_message_put_off_is_sent_once_its_time_has_come(bot: Bot) -> None:
    history = run_history(bot, Severity.P1, ["wait 1", "severity P2", "wait 3", "wait 1", "wait 6"])
    assert received_by_dan(history) == [(0, "declared"), (5, "lowered")]


def test_a_resolution_and_a_rise_to_p1_wait_for_nothing(bot: Bot) -> None:
    steps = ["severity P2", "severity P1", "resolved", "reopen", "resolved"]
    history = run_history(bot, Severity.P1, steps)
    assert received_by_dan(history) == [
        (0, "declared"),
        (0, "raised"),
        (0, "resolved"),
        (0, "reopened"),
        (0, "resolved"),
    ]


def test_what_changes_before_anybody_was_told_reaches_them_all_the_same(bot: Bot) -> None:
    room = quickly_declared(bot, "P1 payments History")
    for line in ("severity P3", "resolved"):
        bot.slack.command("U0ADA", room.channel.id, f"/incident {line}")
    history = History(room, Severity.P1, written=dict.fromkeys(range(1, 100), 0))
    history.deliver_due()
    assert received_by_dan(history) == [(0, "declared"), (0, "resolved")]
    to_p1 = [
        each.update.changes[0].event
        for each in history.received
        if each.to == "C0P1" and each.update
    ]
    assert to_p1 == ["lowered", "resolved"]


def test_the_distance_counts_from_when_a_message_arrived(bot: Bot) -> None:
    room = quickly_declared(bot, "P1 payments History")
    history = History(room, Severity.P1, people={"U0DAN", "U0ADA"}, channels={"C0P1", "C0ENG"})
    history.note_written()
    history.wait(6)
    history.type("severity P2")
    assert received_by_dan(history) == [(6, "declared")]
    history.wait(4)
    history.wait(2)
    assert received_by_dan(history) == [(6, "declared"), (12, "lowered")]
