"""A claim reads once for all that it takes, and never what must be fresh."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from incident_bot.clients.deadlines import clock
from incident_bot.clients.slack import Slack
from incident_bot.deliveries import KNOWN
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.reading import read_claimed, unless_stale
from incident_bot.settings import Secret
from incident_bot.store import deliveries, holds, incidents, leases, timeline
from incident_bot.store.database import Database, Tx
from slack_sandbox import Sandbox
from tests.bot import deliver_alone
from tests.builders import drafted, recorded
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.tcp_proxy import TcpProxy, proxy_to

_PEOPLE: Final = ("U0ADA", "U0BEN", "U0DAN")


@dataclass(slots=True)
class Worker:
    """A worker that claims and sends in steps, with a counted way to the database."""

    slack: Sandbox
    database: Database
    proxy: TcpProxy
    client: Slack

    def add(self, kind: str, *people: str) -> None:
        """About one incident, which is new and has its channel."""
        drafts = [drafted(kind, each) for each in people]

        def write(tx: Tx) -> None:
            number = recorded(tx).id
            incidents.save_channel(tx, number, channel_id=f"C0INC{number}", channel_name="inc")
            deliveries.add(tx, incidents.by_id(tx, number), drafts)

        self.database.run(write)

    def claim(self) -> list[Delivery]:
        claimed = self.database.run(
            lambda tx: read_claimed(tx, leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50))
        )
        return sorted(claimed, key=lambda each: each.id)

    def round_trips(self, *work: Any) -> int:
        before = self.proxy.round_trips
        for each in work:
            each()
        return self.proxy.round_trips - before


@pytest.fixture
def worker(database_url: str) -> Iterator[Worker]:
    with (
        Sandbox() as slack,
        proxy_to(database_url) as (proxy, url),
        Database(Secret(url), pool_size=1) as database,
    ):
        yield Worker(slack, database, proxy, Slack(Secret("xoxb-sandbox"), slack.api_url))


def test_what_a_claim_took_is_read_in_its_transaction_and_sent_without_the_database(
    worker: Worker,
) -> None:
    worker.add("direct_message", *_PEOPLE)
    claimed: list[Delivery] = []
    assert worker.round_trips(lambda: claimed.extend(worker.claim())) == 5, (
        "begin, claim, rate-limit holds, incidents, commit"
    )
    vendors = Vendors(slack=worker.client)
    for each in claimed:
        send = lambda each=each: deliver(worker.database, vendors, each)  # noqa: E731
        assert worker.round_trips(send) == 0
    assert [len(worker.slack.dm(each)) for each in _PEOPLE] == [1, 1, 1]


def test_edits_are_read_at_the_claim_with_the_messages_that_they_change(worker: Worker) -> None:
    worker.add("direct_message", *_PEOPLE)
    vendors = Vendors(slack=worker.client)
    for each in worker.claim():
        deliver_alone(worker.database, worker.client, None, each)
    edits = [drafted("direct_message_current", each) for each in _PEOPLE]
    worker.database.run(lambda tx: deliveries.add(tx, incidents.by_id(tx, 1), edits))
    claimed: list[Delivery] = []
    assert worker.round_trips(lambda: claimed.extend(worker.claim())) == 6, (
        "begin, claim, rate-limit holds, incidents, messages, commit"
    )
    assert len(claimed) == len(_PEOPLE)
    for each in claimed:
        send = lambda each=each: deliver(worker.database, vendors, each)  # noqa: E731
        assert worker.round_trips(send) == 0
    assert [call.method for call in worker.slack.calls].count("chat.update") == len(_PEOPLE)


_MANY_TOLD: Final = """
insert into deliveries (incident_id, queue, kind, destination, payload, urgency, waiting, run_at,
    created_at, give_up_at, state, settled_at, posted_channel_id, posted_ts)
select 1, 'notifications', kind, 'U' || n, '{}', 1, false, now(), now(), now(), state,
    case state when 'sent' then now() end, channel_id, case state when 'sent' then '1.' || n end
from generate_series(1, 2000) as n,
    (values ('direct_message', 'sent', 'D1'), ('direct_message_current', 'pending', null))
        as told (kind, state, channel_id)
"""
_READ: Final = """
select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'deliveries'
"""


def test_the_message_that_an_edit_changes_is_found_without_reading_the_others(
    worker: Worker,
) -> None:
    worker.add("announcement", "C0P1")
    worker.database.run(lambda tx: tx.run(_MANY_TOLD))
    worker.database.run(lambda tx: tx.run("analyze deliveries"))
    with worker.database.transaction() as tx:
        edits = tx.scalars(
            "select id from deliveries where kind = 'direct_message_current' order by id limit 80"
        )
        (before,) = tx.scalars(_READ)
        found = deliveries.acted_on(tx, dict.fromkeys(edits, "direct_message"))
        (after,) = tx.scalars(_READ)
    assert len(found) == len(edits) == 80
    assert after - before <= 3 * len(edits)


def test_what_is_kept_current_is_read_when_it_is_sent(worker: Worker) -> None:
    worker.add("announcement", "C0P1")
    (claimed,) = worker.claim()
    assert claimed.reading is None
    worker.database.run(
        lambda tx: tx.run("update incidents set title = 'Renamed meanwhile' where id = 1")
    )
    deliver_alone(worker.database, worker.client, None, claimed)
    (posted,) = worker.slack.channel("C0P1").messages
    assert "Renamed meanwhile" in posted.text


def test_a_rate_limit_that_holds_at_the_claim_is_kept(worker: Worker) -> None:
    worker.add("direct_message", "U0DAN")
    worker.database.run(lambda tx: holds.hold(tx, "chat.postMessage:U0DAN", seconds=60))
    (claimed,) = worker.claim()
    deliver_alone(worker.database, worker.client, None, claimed)
    assert worker.slack.calls == []


def test_what_waited_for_its_thread_is_read_anew(worker: Worker) -> None:
    """A rate limit may have been heard of since."""
    worker.add("direct_message", "U0DAN")
    (claimed,) = worker.claim()
    assert unless_stale(claimed, clock()).reading is not None
    assert unless_stale(claimed, clock() - 1.1).reading is None


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[InProcessBot]:
    """Its incident is a P1 that has been raised, and the test delivers what follows."""
    with in_process_bot(database_url, redis_url, dispatchers=0, P1_USERS="U0DAN,U0EVE") as bot:
        bot.type("declare P1 checkout Broken")
        bot.sql("update incidents set channel_id = 'C0INC1', channel_name = 'inc-1'")
        bot.slack.add_channel("C0INC1", "inc-1", members=["U0BOT", "U0ADA"])
        yield bot


def _claim(bot: InProcessBot, *kinds: str) -> list[Delivery]:
    bot.sql(f"delete from deliveries where state = 'pending' and kind not in {(*kinds, '')}")
    bot.sql("update deliveries set waiting = false, run_at = created_at")
    with bot.database.transaction() as tx:
        claimed = leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50)
        return sorted(read_claimed(tx, claimed), key=lambda each: each.id)


def _client(bot: InProcessBot) -> Slack:
    return Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)


def test_what_several_show_of_a_changed_incident_is_read_once(bot: InProcessBot) -> None:
    bot.type("status identified the cache is full", channel="C0INC1")
    claimed = _claim(bot, "direct_message")
    about, *others = [each.reading for each in claimed]
    assert others
    assert all(each is about for each in others)
    assert about is not None
    with bot.database.transaction() as tx:
        assert about.last_updates == timeline.last_updates(tx, 1) != []
        assert about.about == incidents.by_id(tx, 1)


def test_what_one_alone_shows_of_a_changed_incident_it_reads_for_itself(
    bot: InProcessBot,
) -> None:
    bot.type("status identified the cache is full", channel="C0INC1")
    bot.sql("delete from deliveries where destination <> 'U0DAN'")
    (claimed,) = _claim(bot, "direct_message")
    assert claimed.reading is None
    deliver_alone(bot.database, _client(bot), None, claimed)
    (message,) = bot.slack.dm("U0DAN")
    assert "the cache is full" in str(message.blocks)


def test_a_change_after_the_claim_is_told_by_what_follows(bot: InProcessBot) -> None:
    """The message shows how things stood when it was claimed, and is edited."""
    claimed = _claim(bot, "direct_message")
    assert all(each.reading for each in claimed)
    bot.type("status identified the cache is full", channel="C0INC1")
    for each in claimed:
        deliver_alone(bot.database, _client(bot), None, each)
    (message,) = bot.slack.dm("U0DAN")
    assert "the cache is full" not in str(message.blocks)
    claimed = _claim(bot, "direct_message_current")
    assert all(each.reading for each in claimed)
    bot.type("status monitoring it is full no more", channel="C0INC1")
    for each in claimed:
        deliver_alone(bot.database, _client(bot), None, each)
    (message,) = bot.slack.dm("U0DAN")
    assert "the cache is full" in str(message.blocks)
    assert "full no more" not in str(message.blocks)
    for each in _claim(bot, "direct_message_current"):
        deliver_alone(bot.database, _client(bot), None, each)
    (message,) = bot.slack.dm("U0DAN")
    assert "full no more" in str(message.blocks)
