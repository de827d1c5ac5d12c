"""One attempt at a delivery: what is recorded of it, and what a second attempt does not repeat."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.clients.transport import before_each_call
from incident_bot.deliveries import KNOWN
from incident_bot.deliveries.channel import Payload, candidate_names
from incident_bot.deliveries.direct_message import About
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Delivery, Draft, Queue
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.errors import Unavailable
from incident_bot.jobs.deliver import deliver
from incident_bot.settings import Secret
from incident_bot.store import deliveries, incidents, leases, outbox
from incident_bot.store.database import Database, Tx
from incident_bot.store.leases import LEASE
from slack_sandbox import Sandbox
from slack_sandbox.model import BOT_USER, Hook
from tests.bot import deliver_alone
from tests.builders import drafted, recorded

OVER: Final = timedelta(0)
ANNOUNCEMENT: Final = drafted("announcement", "C0P1")
CHANNEL: Final = drafted("channel", INCIDENT_CHANNEL)
MESSAGE: Final = drafted("direct_message", "U0DAN")


@dataclass(slots=True)
class Worker:
    """A worker one step at a time: something is added, claimed, attempted, looked at."""

    slack: Sandbox
    database: Database
    client: Slack

    def add(self, draft: Draft, *, about: int | None = 1) -> None:
        self.database.run(lambda tx: deliveries.add(tx, _incident(tx, about), [draft]))

    def claim(self, lease: timedelta = LEASE) -> Delivery:
        """The one that can be claimed, though it was put off."""
        (delivery,) = self.claim_all(lease)
        return delivery

    def claim_all(self, lease: timedelta = LEASE) -> list[Delivery]:
        self.database.run(lambda tx: tx.run("update deliveries set run_at = created_at"))
        claimed = self.database.run(
            lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9, lease=lease)
        )
        return sorted(claimed, key=lambda each: each.id)

    def attempt(self, delivery: Delivery) -> None:
        deliver_alone(self.database, self.client, None, delivery)

    def attempt_next(self) -> None:
        self.attempt(self.claim())

    def rows(self, columns: str) -> list[Any]:
        """These of each delivery, oldest first."""
        query = f"select {columns} from deliveries order by id"
        return self.database.run(lambda tx: tx.connection.execute(query.encode()).fetchall())

    def states(self) -> list[str]:
        return [" ".join(filter(None, row)) for row in self.rows("state, reason, detail")]

    def let_slack_take_more(self) -> None:
        self.database.run(lambda tx: tx.run("delete from rate_limit_holds"))
        self.database.run(lambda tx: tx.run("delete from paced_destinations"))

    def give_channel(self) -> str:
        """Let the incident have its channel; the bot is in it."""
        channel = self.slack.add_channel("C0INC1", "inc-1", members=[BOT_USER])
        self.database.run(
            lambda tx: incidents.save_channel(
                tx, 1, channel_id=channel.id, channel_name=channel.name
            )
        )
        return channel.id


def _incident(tx: Tx, number: int | None) -> Incident | None:
    return incidents.by_id(tx, number) if number else None


@pytest.fixture
def worker(database_url: str) -> Iterator[Worker]:
    """And a P1 without a channel."""
    with Sandbox() as slack, Database(Secret(database_url), pool_size=2) as database:
        database.run(lambda tx: recorded(tx, Severity.P1))
        yield Worker(slack, database, Slack(Secret("xoxb-sandbox"), slack.api_url))


# Failures


def test_each_failure_is_waited_for_twice_as_long_up_to_a_limit(worker: Worker) -> None:
    worker.slack.faults.add("status", "chat.postMessage", times=None)
    worker.add(MESSAGE)
    waits: list[float] = []
    left: list[float] = []
    for failures in (0, 1, 2, 3, 20):
        worker.database.run(
            lambda tx, so_many=failures: tx.run(  # type: ignore[misc]
                "update deliveries set failures = %s, urgency = 3", so_many
            )
        )
        delivery = worker.claim()
        worker.attempt(delivery)
        ((run_at, now),) = worker.rows("run_at, clock_timestamp()")
        waits.append((run_at - delivery.claimed_at).total_seconds())
        left.append((run_at - now).total_seconds())
    assert all(after > 1.5 * before for before, after in pairwise(waits[:4]))
    assert 2 <= waits[0] < 10
    assert left[0] <= 2.5
    assert 300 <= waits[-1] < 310


def test_what_answers_a_person_is_given_up_when_slack_takes_no_answer_any_more(
    worker: Worker,
) -> None:
    worker.slack.faults.add("status", "views.update", status=503, times=None)
    worker.add(drafted("view", "view:V1", view_id="V1", view={}), about=None)
    worker.attempt_next()
    assert worker.states() == ["pending vendor_fault HTTP 503"]
    worker.database.run(
        lambda tx: tx.run("update deliveries set created_at = created_at - interval '30 minutes'")
    )
    worker.attempt_next()
    assert worker.states() == ["dead vendor_fault HTTP 503"]


def test_a_retry_of_an_old_dead_letter_survives_a_passing_fault(worker: Worker) -> None:
    worker.add(MESSAGE)
    died = "update deliveries set state = 'dead', settled_at = %s, give_up_at = %s"
    worker.database.run(lambda tx: tx.run(died, tx.now, tx.now))
    worker.database.run(lambda tx: outbox.retry_dead(tx, 1))
    worker.slack.faults.add("rate_limited", "chat.postMessage", retry_after=0)
    worker.attempt_next()
    assert worker.states() == ["pending rate_limited HTTP 429"]
    worker.let_slack_take_more()
    worker.attempt_next()
    assert worker.states() == ["sent"]


def test_a_bug_of_ours_is_logged_retried_four_times_and_given_up(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.add(replace(drafted("view", "view:V1", view_id="V1", view={}), payload={}), about=None)
    for _ in range(4):
        worker.attempt_next()
        assert worker.states() == ["pending bug KeyError"]
        assert worker.rows("maybe_sent") == [(True,)], "it may have been sent before it broke"
    worker.attempt_next()
    assert worker.states() == ["dead bug KeyError"]
    broke = [each for each in caplog.records if each.message == "delivery broke"]
    assert len(broke) == 5
    assert all(each.exc_info for each in broke)


def test_without_the_database_nothing_is_sent_and_the_lease_runs_out(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.add(MESSAGE)
    delivery = worker.claim()
    before = worker.rows("*")
    away = Secret("postgresql://nobody@127.0.0.1:1/nowhere")
    with Database(away, pool_size=1, limit_seconds=0.5) as nowhere, pytest.raises(Unavailable):
        deliver(nowhere, Vendors(slack=worker.client), delivery)
    assert worker.rows("*") == before
    assert worker.slack.calls == []
    assert "delivery broke" not in caplog.messages


# A lost lease


def test_a_channel_made_after_the_lease_was_lost_is_left_to_the_next_to_find(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.add(CHANNEL)
    late, next_one = worker.claim(lease=OVER), worker.claim()
    worker.attempt(late)
    assert "lease lost" in caplog.messages
    assert worker.database.run(lambda tx: incidents.by_id(tx, 1)).channel_id is None
    assert worker.states() == ["pending"]
    worker.attempt(next_one)
    (made,) = worker.slack.calls_to("conversations.create")
    (channel_id,) = worker.database.run(lambda tx: tx.scalars("select channel_id from incidents"))
    assert channel_id == made.answer["channel"]["id"]


def test_a_worker_killed_before_its_record_leaves_a_message_that_is_found(worker: Worker) -> None:
    worker.add(MESSAGE)
    sent = deliver(worker.database, Vendors(slack=worker.client), worker.claim(lease=OVER))
    assert sent is not None, "it was to be recorded with others"
    assert worker.states() == ["pending"]
    worker.attempt_next()
    assert worker.states() == ["sent"]
    assert len(worker.slack.dm("U0DAN")) == 1


def test_a_failure_after_the_lease_was_lost_is_no_dead_letter(worker: Worker) -> None:
    """An announcement is only written once more, in case that the late one spoiled it."""
    worker.slack.channel("C0P1").archived = True
    worker.add(ANNOUNCEMENT)
    late, next_one = worker.claim(lease=OVER), worker.claim()
    worker.attempt(late)
    assert worker.states() == ["pending", "pending"]
    worker.attempt(next_one)
    assert [kind for (kind,) in worker.rows("kind")] == [
        "announcement",
        "announcement",
        "dead_letter",
    ]
    counted = "select value from counters where name = 'outbox_dead_letters_total'"
    assert worker.database.run(lambda tx: tx.scalars(counted)) == [1]


# Senders


def test_a_channel_that_comes_late_is_linked_in_what_was_announced_without_it(
    worker: Worker,
) -> None:
    worker.add(ANNOUNCEMENT)
    worker.attempt_next()
    (posted,) = worker.slack.channel("C0P1").messages
    assert "<#" not in str(posted.blocks)
    worker.add(CHANNEL)
    worker.slack.faults.add("rate_limited", "conversations.create", retry_after=0)
    worker.attempt_next()
    worker.let_slack_take_more()
    worker.attempt_next()
    worker.attempt_next()
    (made,) = (each for each in worker.slack.channels if each.name.startswith("inc-"))
    (posted,) = worker.slack.channel("C0P1").messages
    assert f"<#{made.id}>" in str(posted.blocks)


def test_what_an_older_version_drafted_gets_the_channel_that_it_would_have_made(
    worker: Worker,
) -> None:
    """Its first attempt may have made that channel before the new version took over."""
    declared = worker.database.run(lambda tx: incidents.by_id(tx, 1))
    worker.add(replace(CHANNEL, payload={}))
    worker.attempt_next()
    (made,) = worker.slack.calls_to("conversations.create")
    assert made.args["name"] == f"inc-{declared.declared_at:%Y%m%d}-checkout"


@pytest.mark.parametrize(
    "drafted_as",
    [
        {"pattern": "inc-{number}-{title}", "service": "checkout", "title": "It is slow"},
        {"name": "inc-1-it-is-slow"},  # by an older version
    ],
    ids=["now", "then"],
)
def test_the_name_was_chosen_at_the_declaration_whatever_becomes_of_the_title(
    worker: Worker, drafted_as: dict[str, str]
) -> None:
    """So that a second attempt finds what the first one made."""
    worker.add(drafted("channel", INCIDENT_CHANNEL, **drafted_as))
    worker.slack.faults.add("accept_then_500", "conversations.create")
    worker.attempt_next()
    worker.database.run(lambda tx: tx.run("update incidents set title = 'It is down'"))
    worker.attempt_next()
    assert [each.name for each in worker.slack.channels if each.name.startswith("inc-")] == [
        "inc-1-it-is-slow"
    ]
    assert worker.states()[0] == "sent"


def test_nobody_takes_the_channel_that_another_incident_made_without_hearing_so(
    worker: Worker,
) -> None:
    worker.database.run(recorded)
    for number in (1, 2):
        worker.add(drafted("channel", INCIDENT_CHANNEL, name="inc-x"), about=number)
    worker.slack.faults.add("accept_then_500", "conversations.create", times=2)
    first, second = worker.claim_all()
    worker.attempt(first)
    worker.attempt(second)
    for delivery in reversed(worker.claim_all()):
        worker.attempt(delivery)
    named = "select channel_name from incidents order by id"
    assert worker.database.run(lambda tx: tx.scalars(named)) == ["inc-x", "inc-x-2"]
    assert len([each for each in worker.slack.channels if each.name.startswith("inc-x")]) == 2


def test_after_five_names_that_are_taken_the_channel_is_given_up(worker: Worker) -> None:
    worker.slack.faults.add("error", "conversations.create", times=None, code="name_taken")
    worker.add(CHANNEL)
    worker.attempt_next()
    tried = [call.args["name"] for call in worker.slack.calls_to("conversations.create")]
    assert len(set(tried)) == len(tried) == 5
    assert worker.states()[0] == f"dead name_taken name_taken: {', '.join(tried)}"


def test_a_channel_that_slack_made_after_the_look_is_ours_all_the_same(worker: Worker) -> None:
    """The first attempt's request is taken only after the second attempt has looked."""
    worker.add(CHANNEL)
    worker.claim(timedelta())
    again = worker.claim()
    incident = worker.database.run(lambda tx: incidents.by_id(tx, 1))
    name = candidate_names(incident, Payload())[0]

    def slack_is_late() -> None:
        if worker.slack.calls_to("conversations.list") and not made():
            with before_each_call(lambda: None):
                worker.client.create_channel(name)

    def made() -> list[str]:
        return [each.name for each in worker.slack.channels if each.name.startswith("inc-")]

    with before_each_call(slack_is_late):
        worker.attempt(again)
    assert worker.states()[0] == "sent"
    assert made() == [name]
    assert worker.database.run(lambda tx: incidents.by_id(tx, 1)).channel_name == name


def test_once_there_is_a_channel_nobody_is_told_that_there_is_none(worker: Worker) -> None:
    worker.give_channel()
    payload = {"event": About.NO_CHANNEL, "detail": "name_taken", "reason": "name_taken"}
    worker.add(drafted("direct_message", "U0ADA", **payload))
    worker.attempt_next()
    (message,) = worker.slack.dm("U0ADA")
    assert "<#C0INC1>" in message.text
    assert "could not be created" not in str(message.blocks)


def test_without_a_card_there_is_nothing_to_pin(worker: Worker) -> None:
    worker.give_channel()
    worker.add(drafted("pin", INCIDENT_CHANNEL))
    worker.attempt_next()
    assert worker.states()[0] == "dead not_found there is no card to pin"
    assert worker.slack.calls == []


def test_a_file_that_may_have_arrived_is_looked_for_before_it_is_sent_again(
    worker: Worker,
) -> None:
    worker.give_channel()
    (last,) = worker.database.run(lambda tx: tx.scalars("select max(id) from timeline"))
    payload = {"document": "timeline", "last_entry_id": last}
    worker.add(drafted("file", INCIDENT_CHANNEL, **payload))
    late, next_one = worker.claim(lease=OVER), worker.claim()
    worker.attempt(late)
    assert len(worker.slack.files) == 1
    worker.attempt(next_one)
    assert worker.states() == ["sent"]
    assert len(worker.slack.files) == 1


def test_a_file_is_not_taken_for_another_that_was_asked_for_before(worker: Worker) -> None:
    worker.give_channel()
    (last,) = worker.database.run(lambda tx: tx.scalars("select max(id) from timeline"))
    for version in (1, 2):
        payload = {"document": "timeline", "last_entry_id": last, "version": version}
        worker.add(drafted("file", INCIDENT_CHANNEL, **payload))
    worker.attempt_next()
    worker.claim(lease=OVER)
    worker.attempt_next()
    assert worker.states() == ["sent", "sent"]
    assert len({file.name for file in worker.slack.files}) == 1
    assert len(worker.slack.files) == 2


def test_a_file_that_did_not_arrive_is_sent_again(worker: Worker) -> None:
    worker.give_channel()
    (last,) = worker.database.run(lambda tx: tx.scalars("select max(id) from timeline"))
    payload = {"document": "timeline", "last_entry_id": last}
    worker.add(drafted("file", INCIDENT_CHANNEL, **payload))
    worker.claim(lease=OVER)
    worker.attempt_next()
    assert len(worker.slack.files) == 1


def test_an_answer_that_may_have_been_heard_is_not_given_again(worker: Worker) -> None:
    space = worker.slack.workspace
    space.hooks["H1"] = Hook("H1", "U0ADA", "C0GENERAL", made_at=space.clock())
    url = f"{worker.slack.origin}/hooks/H1"
    shown = {"text": "Posted.", "blocks": (), "replace_original": False}
    worker.add(drafted("reply", "U0ADA", response_url=url, **shown), about=None)
    late, next_one = worker.claim(lease=OVER), worker.claim()
    worker.attempt(late)
    worker.attempt(next_one)
    assert worker.states() == ["sent"]
    assert [each.text for each in worker.slack.ephemerals("U0ADA")] == ["Posted."]
