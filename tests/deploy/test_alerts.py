"""Each alert fires for its real fault on the real programs, and no longer once that is gone.

Faults that do not disturb each other are caused together, since each takes its time to show.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from threading import Event
from typing import Final

import psycopg
import pytest
import requests
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.deploy.prometheus import hurried
from tests.deploy.test_monitoring import alerts, rules
from tests.deploy.watched import (
    Alert,
    Stack,
    canaries_every_few_seconds,
    crowd,
    standing_still,
    watched,
)
from tests.tcp_proxy import State

WATCHDOG: Final = "IncidentBotWatchdog"
PROGRAMS: Final = ("web", "worker", "socket")
"""People come by `web`; the socket's connection to Slack is real, and nobody comes by it."""

TRIED: Final[set[str]] = set()


def of(alert: str) -> pytest.MarkDecorator:
    """Mark a test as the one that causes this alert's fault."""
    TRIED.add(alert)
    return pytest.mark.parametrize("alert", [alert], indirect=True)


@pytest.fixture
def alert(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Alert]:
    found = Alert(stack, request.param)
    yield found
    assert found.has_fired
    assert found.is_over or found.name == WATCHDOG


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Programs of which all is well, so that the watchdog alone fires."""
    with ExitStack() as until_the_end:
        stack = until_the_end.enter_context(watched(tmp_path_factory))
        for name in PROGRAMS:
            stack.start(name)
        stack.bot.wait_until_ready()
        stack.declare("P1 checkout It begins")
        stack.bot.settle(60)
        until_the_end.enter_context(canaries_every_few_seconds(stack))
        stack.prometheus.start()
        until_the_end.callback(stack.prometheus.stop)
        scraped = 'count(up{job=~"incident-bot.*"} == 1)'
        stack.wait(lambda: stack.value(scraped) == len(PROGRAMS), "not all are scraped")
        stack.wait(lambda: stack.prometheus.firing() == {WATCHDOG}, "not all is well")
        yield stack


def test_each_alert_has_its_test_here() -> None:
    assert {each["alert"] for each in alerts()} == TRIED


def test_only_times_are_shorter_than_in_the_rules() -> None:
    text = "for: 5m\n x[1h] offset 10m > 60 and y > 20 > 14.4 * 0.001 > 300 < 60 ratio30m le='30.0'"
    assert hurried(text) == (
        "for: 10s\n x[120s] offset 20s > 6 and y > 20 > 14.4 * 0.001 > 30 < 6 ratio30m le='30.0'"
    )
    assert len(rules()) > len(alerts()) > 15


@of(WATCHDOG)
def test_the_watchdog_fires_while_all_is_well(stack: Stack, alert: Alert) -> None:
    assert stack.prometheus.firing() == {WATCHDOG}
    alert.has_fired = True


@pytest.fixture(scope="module")
def caused(stack: Stack) -> float:
    """Cause what disturbs nothing else; each test removes its own. Returns when that was."""
    begun, slack = time.time(), stack.bot.slack
    # An announcement whose arrival is in doubt for a minute, since Slack lets nobody look for it.
    slack.faults.add("accept_then_500", "chat.postMessage", "C0P1")
    for seconds in (62, 1):
        slack.faults.add("rate_limited", "conversations.history", "C0P1", retry_after=seconds)
    stack.declare("P1 checkout Was it posted?")
    # Nobody reads of this one in the channel that was archived, and customers do not either.
    slack.channel("C0P2").archived = True
    slack.faults.add("status", "statuspage.*", times=None, status=503)
    stack.declare("P2 payments Customers wait")
    slack.faults.add("error", "api.test", times=None, code="fatal_error")
    # One after the other, since attempts are to fail for as long as the rule says.
    stack.sql(
        "insert into deliveries (queue, kind, destination, payload, urgency, run_at, created_at,"
        " give_up_at) select 'notifications', 'reply', 'nobody ' || number, '{}', 1,"
        " now() + number * interval '4 seconds', now(), now() + interval '1 day'"
        " from generate_series(0, 5) as number"
    )
    return begun


@of("IncidentBotStrangersAsk")
def test_requests_that_slack_did_not_sign(stack: Stack, alert: Alert, caused: float) -> None:
    url = f"http://127.0.0.1:{stack.web_port}/slack/commands"
    ended = Event()

    def ask() -> None:
        stranger = requests.Session()
        stranger.trust_env = False
        while not ended.wait(0.05):
            refused = stranger.post(url, data={"command": "/incident"}, timeout=10)
            assert refused.status_code == HTTPStatus.UNAUTHORIZED

    with ThreadPoolExecutor() as pool:
        asking = pool.submit(ask)
        try:
            alert.fires(since=caused)
        finally:
            ended.set()
        asking.result()
    alert.clears()


@of("IncidentBotStrangeJobs")
def test_a_job_of_somebody_else_in_redis(stack: Stack, alert: Alert, caused: float) -> None:
    with Redis.from_url(stack.bot.redis_url) as redis:
        jobs = Queue("notifications", connection=redis, serializer=JSONSerializer)
        jobs.enqueue("os.system", "true")
    alert.fires(since=caused)
    alert.clears()


@of("IncidentBotBug")
def test_a_delivery_that_nobody_can_read(stack: Stack, alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    stack.sql(
        "update deliveries set state = 'superseded', settled_at = now(), lease_until = null"
        " where destination like 'nobody %'"
    )
    alert.clears()


@of("IncidentBotDeliveriesFail")
def test_attempts_that_fail_again_and_again(alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    alert.clears()


@of("IncidentBotMessagesGivenUp")
def test_a_channel_that_somebody_archived(stack: Stack, alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    stack.bot.slack.channel("C0P2").archived = False
    stack.bot.run("outbox", "retry", "all")
    alert.clears()


@of("IncidentBotCanaryStale")
def test_a_slack_that_answers_no_canary(stack: Stack, alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    _remove_faults(stack, "api.test")
    alert.clears()


@of("IncidentBotClockSkew")
def test_a_machine_whose_clock_is_not_slacks(stack: Stack, alert: Alert, caused: float) -> None:
    """Bot and database share a machine, so that Slack alone can tell."""
    begun = time.time()
    stack.bot.slack.workspace.clock = lambda: time.time() + 90
    alert.fires(since=begun)
    skewed = stack.prometheus.query("abs(incidentbot_clock_skew_seconds) > 6")
    assert {each["metric"]["against"] for each in skewed} == {"slack"}
    stack.bot.slack.workspace.clock = time.time
    alert.clears()


@of("IncidentBotStatuspageLag")
def test_a_status_page_that_takes_nothing(stack: Stack, alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    _remove_faults(stack, "statuspage.*")
    alert.clears()


def _remove_faults(stack: Stack, method: str) -> None:
    orders = stack.bot.slack.faults.orders
    orders[:] = [each for each in orders if each.method != method]


@pytest.fixture(scope="module")
def crowded(stack: Stack, caused: float) -> float:
    """A table that somebody locks while many people ask; returns when that was."""
    begun = time.time()
    waited_for = (
        "IncidentBotRequestsFail",
        "IncidentBotRequestsBurn",
        "IncidentBotNotRecorded",
        "IncidentBotDatabaseBusy",
    )
    with psycopg.connect(stack.database_url) as somebody, crowd(stack):
        somebody.execute("lock table inbox in access exclusive mode")
        stack.wait_for_alerts(*waited_for, since=begun)
    return begun


@pytest.fixture(scope="module")
def stood_still(stack: Stack, crowded: float) -> float:
    """A machine that stood still while many people asked; returns when it began to."""
    begun = time.time()
    with crowd(stack), standing_still(stack):
        stack.wait_for_alerts("IncidentBotAnswersSlow", "IncidentBotAnswersBurn", since=begun)
    return begun


@of("IncidentBotAnswersSlow")
def test_a_machine_that_stands_still_again_and_again(alert: Alert, stood_still: float) -> None:
    """As one does that swaps; whatever else is slow, the bot gives up before Slack does."""
    alert.fires(since=stood_still)
    alert.clears()


@of("IncidentBotAnswersBurn")
def test_many_answers_that_were_late(alert: Alert, stood_still: float) -> None:
    alert.fires(since=stood_still)
    alert.clears()


@of("IncidentBotRequestsFail")
def test_events_that_find_no_connection(alert: Alert, crowded: float) -> None:
    alert.fires(since=crowded)
    alert.clears()


@of("IncidentBotRequestsBurn")
def test_many_events_that_find_no_connection(alert: Alert, crowded: float) -> None:
    alert.fires(since=crowded)
    alert.clears()


@of("IncidentBotNotRecorded")
def test_people_who_read_that_nothing_was_recorded(alert: Alert, crowded: float) -> None:
    alert.fires(since=crowded)
    alert.clears()


@of("IncidentBotDatabaseBusy")
def test_more_requests_than_connections(alert: Alert, crowded: float) -> None:
    alert.fires(since=crowded)
    alert.clears()


@of("IncidentBotDatabaseDown")
def test_a_database_that_cannot_be_reached(stack: Stack, alert: Alert, caused: float) -> None:
    begun = time.time()
    stack.way_to_database.set(State.DOWN)
    alert.fires(since=begun)
    stack.way_to_database.set(State.UP)
    alert.clears()


@pytest.fixture(scope="module")
def killed(stack: Stack, caused: float) -> float:
    """A worker that was killed while something waits; it is there again. Returns when that was."""
    # A new worker counts from 0, and Prometheus sees no increase to what another had counted.
    stack.wait_for_alerts("IncidentBotObjectiveBurns", since=caused)
    begun = time.time()
    stack.kill("worker")
    stack.declare("P3 checkout Nobody delivers")
    stack.wait_for_alerts("IncidentBotWorkerGone", "IncidentBotMessagesLate", since=begun)
    stack.start("worker")
    return begun


@of("IncidentBotWorkerGone")
def test_a_worker_that_was_killed(alert: Alert, killed: float) -> None:
    alert.fires(since=killed)
    alert.clears()


@of("IncidentBotMessagesLate")
def test_a_message_that_nobody_sends(alert: Alert, killed: float) -> None:
    alert.fires(since=killed)
    alert.clears()


@of("IncidentBotHeldBack")
def test_a_slack_that_asks_to_wait_for_long(alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    alert.clears()


@of("IncidentBotPossibleDuplicates")
def test_a_message_that_was_posted_without_a_look(alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    alert.clears()


@of("IncidentBotObjectiveBurns")
def test_people_who_were_told_late(alert: Alert, caused: float) -> None:
    alert.fires(since=caused)
    alert.clears()


@of("IncidentBotTokenRefused")
def test_a_token_that_slack_refuses(stack: Stack, alert: Alert) -> None:
    begun = time.time()
    stack.bot.slack.revoke()
    stack.declare("P3 checkout Slack knows us no more")
    alert.fires(since=begun)
    stack.bot.slack.workspace.token_error = None
    alert.clears()


@pytest.fixture(scope="module")
def unserved(stack: Stack) -> float:
    """Socket and web, killed in turn while the worker lives; both are there again. Returns when."""
    begun, fired = time.time(), stack.prometheus.has_fired
    stack.kill("socket")
    stack.wait_for_alerts("IncidentBotSocketGone", since=begun)
    assert not fired("IncidentBotUnreachable", since=begun), "web is there"
    stack.kill("web")
    stack.wait_for_alerts("IncidentBotUnreachable", "IncidentBotTargetDown", since=begun)
    assert not fired("IncidentBotDown", since=begun), "the worker is there"
    for name in ("web", "socket"):
        stack.start(name)
    return begun


@of("IncidentBotUnreachable")
def test_a_web_process_that_was_killed(alert: Alert, unserved: float) -> None:
    alert.fires(since=unserved)
    alert.clears()


@of("IncidentBotSocketGone")
def test_a_socket_that_was_killed(alert: Alert, unserved: float) -> None:
    alert.fires(since=unserved)
    alert.clears()


@of("IncidentBotTargetDown")
def test_programs_that_do_not_answer_prometheus(alert: Alert, unserved: float) -> None:
    alert.fires(since=unserved)
    alert.clears()


@of("IncidentBotDown")
def test_a_machine_that_is_gone(stack: Stack, alert: Alert) -> None:
    begun = time.time()
    for name in PROGRAMS:
        stack.kill(name)
    alert.fires(since=begun)
    for name in PROGRAMS:
        stack.start(name)
    alert.clears()
    stack.wait(lambda: stack.prometheus.firing() == {WATCHDOG}, "not all is well in the end")
