"""The canary: the way of every delivery, no message of anybody's, and then the heartbeat."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from incident_bot.clients.heartbeat import Heartbeat
from incident_bot.clients.slack import Slack
from incident_bot.deliveries import KNOWN, canary
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import Delay, Queue
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.dispatcher import Dispatcher
from incident_bot.jobs.periodic_tasks import send_canary
from incident_bot.settings import Secret
from incident_bot.store import canaries, deliveries, gauges, heartbeats, holds, leases
from incident_bot.store.canaries import Arrival
from incident_bot.store.database import Database, Tx
from incident_bot.worker import make_database, make_dispatcher
from slack_sandbox import Sandbox
from tests.builders import drafted, job, recorded, settings
from tests.clients.vendor import Answer, Vendor, closes, says, vendor
from tests.processes import wait_until

KEY: Final = "c4n4ry"
OK: Final = says("200 OK", b"OK")


@dataclass(slots=True)
class Site:
    """A worker that is started when a test says so, a workspace, and who awaits the heartbeat."""

    slack: Sandbox
    database: Database
    outside: Vendor
    dispatcher: Dispatcher
    stack: ExitStack

    def start_worker(self) -> None:
        self.dispatcher.start()
        self.stack.callback(self.dispatcher.stop)

    def send(self) -> None:
        """As when a minute has passed."""
        send_canary(self.database)
        self.dispatcher.wake()

    def send_one(self) -> None:
        """Send one, and wait until it is over, however it ends."""
        attempts = len(self.slack.calls_to("api.test"))
        self.send()
        assert wait_until(lambda: len(self.slack.calls_to("api.test")) == attempts + 1)
        assert wait_until(lambda: self.pending() == 0)
        assert wait_until(lambda: not self.dispatcher._under_way)

    def pending(self) -> int:
        return self.database.run(canaries.count_pending)

    def rows(self) -> list[str]:
        return self.database.run(lambda tx: tx.scalars("select kind from deliveries"))

    def arrival(self) -> Arrival:
        found = self.database.run(canaries.last_arrival)
        assert found
        return found

    @property
    def beats(self) -> int:
        return len(self.outside.requests)


Sites = Callable[..., Site]


@pytest.fixture
def sites(database_url: str, redis_url: str) -> Iterator[Sites]:
    with ExitStack() as stack:

        def make(*answers: Answer) -> Site:
            outside = stack.enter_context(vendor(*answers or (OK,)))
            slack = stack.enter_context(Sandbox())
            config = settings(
                database_url=database_url,
                redis_url=redis_url,
                slack_api_url=slack.api_url,
                heartbeat_url=f"{outside.origin}/{KEY}?status=up&msg=",
            )
            database = stack.enter_context(make_database(config))
            dispatcher = make_dispatcher(config, database, Queue.NOTIFICATIONS)
            return Site(slack, database, outside, dispatcher, stack)

        yield make


def test_the_heartbeat_is_called_once_slack_has_answered_and_that_is_recorded(sites: Sites) -> None:
    site = sites()
    site.start_worker()
    for number in (1, 2):
        site.send_one()
        assert wait_until(lambda count=number: site.beats == count)  # type: ignore[misc]
    line = f"GET /{KEY}?status=up&msg= HTTP/1.1\r\n".encode()
    assert [each.startswith(line) for each in site.outside.requests] == [True, True]
    assert [each.ok for each in site.slack.calls_to("api.test")] == [True, True]
    assert datetime.now(UTC) - site.arrival().at < timedelta(minutes=1)


def test_a_canary_goes_by_the_keys_and_the_outbox_of_requests_and_leaves_no_delivery(
    sites: Sites,
) -> None:
    site = sites()
    site.send()
    assert site.rows() == ["canary"]
    keys = "select key from inbox"
    assert [key[:7] for key in site.database.run(lambda tx: tx.scalars(keys))] == ["canary:"]
    site.start_worker()
    assert wait_until(lambda: site.beats == 1)
    assert site.rows() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "code": "fatal_error"},
        {"kind": "error", "code": "invalid_auth"},
        {"kind": "error", "code": "unknown_method"},
        {"kind": "status", "status": 503},
        {"kind": "reset"},
        {"kind": "garbage"},
        {"kind": "accept_then_500"},
    ],
    ids=lambda fault: " ".join(str(each) for each in fault.values()),
)
def test_without_slacks_word_nobody_is_called_and_nothing_is_left_or_told(
    sites: Sites, fault: dict[str, object]
) -> None:
    site = sites()
    site.start_worker()
    site.slack.faults.add(method="api.test", **fault)  # type: ignore[arg-type]
    site.send_one()
    assert site.rows() == []
    assert site.beats == 0
    assert site.database.run(canaries.last_arrival) is None
    counted = "select value from counters"
    assert site.database.run(lambda tx: tx.scalars(counted)) == [], "no dead letter"
    site.database.run(lambda tx: tx.run("delete from rate_limit_holds"))
    site.send_one()
    assert wait_until(lambda: site.beats == 1), "it goes on with the next one"


@pytest.mark.parametrize("hold", ["api.test", "slack"])
def test_while_slack_asked_to_wait_it_is_not_called_and_neither_is_the_heartbeat(
    sites: Sites, hold: str
) -> None:
    site = sites()
    site.start_worker()
    site.database.run(lambda tx: holds.hold(tx, hold, seconds=600))
    for _ in range(3):
        site.send()
        assert wait_until(lambda: site.pending() == 0)
    assert (site.slack.calls_to("api.test"), site.beats) == ([], 0)
    site.database.run(lambda tx: holds.clear(tx, hold))
    site.send_one()
    assert wait_until(lambda: site.beats == 1)


def test_a_rate_limit_on_the_canary_holds_back_the_next_one_and_no_message(sites: Sites) -> None:
    site = sites()
    site.start_worker()
    site.slack.faults.add("rate_limited", "api.test", retry_after=600)
    site.send_one()
    assert site.database.run(holds.active).keys() == {"api.test"}
    site.send()
    assert wait_until(lambda: site.pending() == 0)
    assert len(site.slack.calls_to("api.test")) == 1
    site.database.run(
        lambda tx: deliveries.add(tx, recorded(tx), [drafted("announcement", "C0P1")])
    )
    site.dispatcher.wake()
    assert wait_until(lambda: len(site.slack.channel("C0P1").messages) == 1)


def test_without_a_worker_one_waits_which_counts_as_no_message(sites: Sites) -> None:
    site = sites()
    for _ in range(3):
        site.send()
    assert site.rows() == ["canary"]
    late = "update deliveries set run_at = run_at - interval '1 hour'"
    site.database.run(lambda tx: tx.run(late))
    site.database.run(lambda tx: heartbeats.beat(tx, Queue.NOTIFICATIONS))
    assert site.database.run(lambda tx: leases.delay(tx, Queue.NOTIFICATIONS)) is None
    assert site.database.run(gauges.backlogs) == []
    site.database.run(
        lambda tx: deliveries.add(tx, recorded(tx), [drafted("announcement", "C0P1")])
    )
    (backlog,) = site.database.run(gauges.backlogs)
    assert backlog.pending == 1
    assert backlog.oldest_seconds < 60
    site.database.run(lambda tx: tx.run(late))
    assert site.database.run(lambda tx: leases.delay(tx, Queue.NOTIFICATIONS)) is Delay.BEHIND


def test_people_go_before_it(sites: Sites) -> None:
    site = sites()
    site.send()
    site.database.run(
        lambda tx: deliveries.add(tx, recorded(tx), [drafted("announcement", "C0P1")])
    )
    first = site.database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=1))
    assert [each.kind for each in first] == ["announcement"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (says("404 Not Found", KEY.encode()), "refused HTTP 404"),
        (says("301 Moved Permanently", b"", f"Location: /{KEY}"), "refused HTTP 301"),
        (says("503 Service Unavailable"), "vendor_fault HTTP 503"),
        (closes, "connection ProtocolError"),
    ],
    ids=["a wrong key", "a redirect", "a service that is away", "no answer"],
)
def test_a_heartbeat_that_is_not_taken_is_told_without_its_address_and_tried_by_the_next_canary(
    sites: Sites, answer: Answer, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = sites(answer, OK)
    site.start_worker()
    site.send_one()
    (line,) = [each for each in caplog.records if each.message == "heartbeat not taken"]
    assert f"{vars(line)['reason']} {vars(line)['detail']}" == told
    assert site.arrival(), "the canary itself arrived"
    site.send_one()
    assert wait_until(lambda: site.beats == 2)
    assert [each.message for each in caplog.records].count("heartbeat not taken") == 1
    assert KEY not in caplog.text


def test_who_lost_the_lease_calls_no_heartbeat_and_the_next_one_does(sites: Sites) -> None:
    """A worker that was frozen finds that another has taken the canary over."""
    site = sites()
    site.send()
    late, in_time = (
        site.database.run(
            lambda tx: leases.claim(
                tx, KNOWN, Queue.NOTIFICATIONS, limit=1, lease=timedelta(seconds=-1)
            )
        )[0]
        for _ in range(2)
    )
    vendors = Vendors(
        slack=Slack(Secret("xoxb-sandbox"), site.slack.api_url),
        heartbeat=Heartbeat(Secret(site.outside.origin)),
    )
    assert deliver(site.database, vendors, late) is None
    assert (site.beats, site.rows()) == (0, ["canary"])
    assert deliver(site.database, vendors, in_time) is None
    assert (site.beats, site.rows()) == (1, [])


def test_no_heartbeat_is_called_before_the_canary_is_recorded(sites: Sites) -> None:
    site = sites()
    site.start_worker()
    site.send_one()
    assert wait_until(lambda: site.beats == 1)
    with site.database.transaction() as tx:
        tx.run("select from checkpoints where name = 'canary arrived' for update")
        site.send()
        waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        assert wait_until(lambda: site.database.run(lambda tx: tx.scalars(waits)) == [1])
        assert (len(site.slack.calls_to("api.test")), site.beats) == (2, 1)
    assert wait_until(lambda: site.beats == 2)


def test_it_knows_how_far_slacks_clock_is_from_the_databases(sites: Sites) -> None:
    site = sites()
    site.start_worker()
    for ahead in (-3600, 90, 0):
        site.slack.workspace.clock = lambda ahead=ahead: time.time() + ahead  # type: ignore[misc]
        site.send_one()
        found = site.arrival().slack_ahead_seconds
        assert found is not None
        assert abs(found - ahead) < 5


def test_a_slow_database_is_no_wrong_clock(sites: Sites) -> None:
    site = sites()
    site.send()
    (claimed,) = site.database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=1))

    def run_late(work: Callable[[Tx], Any]) -> Any:
        time.sleep(6)
        return site.database.run(work)

    slack = Slack(Secret("xoxb-sandbox"), site.slack.api_url)
    outcome = canary.send(replace(job(claimed, site.database, slack), run=run_late))
    assert outcome.record
    site.database.run(outcome.record)
    found = site.arrival().slack_ahead_seconds
    assert found is not None
    assert abs(found) < 4


@pytest.mark.parametrize(
    "said", ["", "Date: ", "Date: soon", "Date: Thu, 01 Jan 2026 00:00:00 -0000"]
)
def test_a_slack_that_tells_no_time_is_alive_all_the_same(said: str) -> None:
    answer = says("200 OK", b'{"ok": true}', *filter(None, [said]))
    with vendor(answer) as there:
        assert Slack(Secret("xoxb-sandbox"), f"{there.origin}/api/").clock() is None
