"""/metrics: what was counted, how things stand, and who may read it."""

import re
import time

import pytest
from werkzeug.test import Client, TestResponse

from incident_bot.app import create_app
from incident_bot.settings import Secret, Settings
from incident_bot.store import canaries, deliveries, heartbeats, holds
from incident_bot.store.database import Database, Tx
from tests.bot import Bot, running_bot
from tests.builders import drafted, settings
from tests.incident_channel import declared
from tests.scraped import scraped


def scrape(config: Settings) -> TestResponse:
    app = create_app(config)
    try:
        return Client(app).get("/metrics")
    finally:
        app.extensions["database"].close()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.2", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("", 200),
        ("10.0.0.7", 404),
        ("203.0.113.9", 404),
        ("2001:db8::1", 404),
        ("::ffff:10.0.0.7", 404),
    ],
)
def test_without_a_token_only_the_machine_itself_is_answered(address: str, status: int) -> None:
    """To anybody else there is no such page."""
    assert status_of(settings(), address) == status


def test_with_a_token_even_the_machine_itself_must_send_it() -> None:
    config = settings(metrics_token="t0ken")
    for address in ("127.0.0.1", "203.0.113.9"):
        assert status_of(config, address) == 401
        assert status_of(config, address, "Bearer t0ken") == 200


def status_of(config: Settings, address: str, authorization: str = "") -> int:
    app = create_app(config)
    headers = {"Authorization": authorization} if authorization else {}
    try:
        caller = {"REMOTE_ADDR": address}
        return Client(app).get("/metrics", environ_base=caller, headers=headers).status_code
    finally:
        app.extensions["database"].close()


def test_without_the_database_it_says_so_and_shows_what_was_counted() -> None:
    """A scrape that failed would say that the web process is down, and lose every other number."""
    answer = scrape(settings())
    shown = scraped(answer.get_data(as_text=True))
    assert (answer.status_code, shown["incidentbot_database_up"]) == (200, 0)
    assert shown["process_resident_memory_bytes"] > 1_000_000
    assert not [name for name in shown if name.startswith("incidentbot_outbox_pending")]
    assert [name for name in shown if 'program="web"' in name and "build_info" in name]


def test_a_database_without_our_tables_counts_as_away(empty_database_url: str) -> None:
    shown = scraped(scrape(settings(DATABASE_URL=empty_database_url)).get_data(as_text=True))
    assert shown["incidentbot_database_up"] == 0


def test_a_collector_that_knows_openmetrics_gets_it(database_url: str) -> None:
    app = create_app(settings(DATABASE_URL=database_url))
    try:
        wanted = {"Accept": "application/openmetrics-text;version=1.0.0"}
        answer = Client(app).get("/metrics", headers=wanted)
    finally:
        app.extensions["database"].close()
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.get_data(as_text=True).endswith("# EOF\n")


def test_a_scan_for_urls_and_strange_methods_makes_no_series_of_its_own() -> None:
    app = create_app(settings())
    client = Client(app)
    try:
        before = scraped(client.get("/metrics").get_data(as_text=True))
        for number in range(20):
            assert client.get(f"/.env{number}").status_code == 404
            assert client.open("/livez", method=f"BREW{number}").status_code == 405
        shown = scraped(client.get("/metrics").get_data(as_text=True))
    finally:
        app.extensions["database"].close()
    name = "incidentbot_http_requests_total"
    for series in ('code="404",method="GET"', 'code="405",method="other"'):
        key = f'{name}{{{series},route="unmatched"}}'
        assert shown[key] - before.get(key, 0) == 20
    assert "/.env" not in str(shown)
    assert "BREW" not in str(shown)


def test_each_family_has_a_help() -> None:
    text = scrape(settings()).get_data(as_text=True)
    helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
    assert helped == set(re.findall(r"^# TYPE (\S+) ", text, re.M))


def close(tx: Tx) -> None:
    holds.hold(tx, "chat.postMessage:C0P1", seconds=600)
    holds.hold(tx, "chat.postMessage:C0P2", seconds=30)
    holds.hold(tx, "statuspage", seconds=60)
    holds.hold(tx, "users.list", seconds=-60)


def settle(tx: Tx) -> None:
    holds.hold(tx, "statuspage settles 42 public-incident", seconds=60)
    for _ in range(9):
        holds.reserve_slot(tx, "statuspage", apart_seconds=60)


def closed(bot: Bot) -> dict[str, float]:
    """Seconds by method."""
    shown = scraped(scrape(bot.settings).get_data(as_text=True))
    name = 'incidentbot_upstream_gate_seconds{method="'
    return {
        series.removeprefix(name).rstrip('"}'): seconds
        for series, seconds in shown.items()
        if series.startswith(name)
    }


def test_it_tells_for_how_long_each_method_is_closed(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url) as bot:
        assert closed(bot) == {}
        bot.database.run(close)
        shown = closed(bot)
        assert shown.keys() == {"chat.postMessage", "statuspage"}
        assert 500 < shown["chat.postMessage"] <= 600
        assert 0 < shown["statuspage"] <= 60


def test_what_only_waits_for_its_turn_or_settles_is_not_closed(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url) as bot:
        bot.database.run(settle)
        assert closed(bot) == {}


def test_only_what_is_open_counts_as_open(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url) as bot:
        over, other = (declared(bot, f"P3 checkout Slow {number}") for number in range(2))
        over.type("resolved")
        other.type("status monitoring: Better")
        shown = scraped(scrape(bot.settings).get_data(as_text=True))
    found = {series: count for series, count in shown.items() if "incidents_open" in series}
    assert found == {'incidentbot_incidents_open{severity="P3",status="monitoring"}': 1}


def metrics_of(database_url: str) -> dict[str, float]:
    answer = scrape(settings(DATABASE_URL=database_url))
    return scraped(answer.get_data(as_text=True))


def test_it_tells_when_the_last_canary_arrived_and_how_far_the_clocks_are_apart(
    database_url: str,
) -> None:
    canary, skew = "incidentbot_canary_last_success_timestamp_seconds", "incidentbot_clock_skew"
    shown = metrics_of(database_url)
    assert canary not in shown
    assert [name for name in shown if skew in name] == [f'{skew}_seconds{{against="database"}}']
    with Database(Secret(database_url), pool_size=1) as database:
        database.run(lambda tx: canaries.mark_arrived(tx, slack_ahead_seconds=3600))
        shown = metrics_of(database_url)
        assert abs(shown[canary] - time.time()) < 600
        assert abs(shown[f'{skew}_seconds{{against="database"}}']) < 600
        assert abs(shown[f'{skew}_seconds{{against="slack"}}'] + 3600) < 600
        database.run(lambda tx: tx.run("update checkpoints set at = at - interval '11 minutes'"))
    assert f'{skew}_seconds{{against="slack"}}' not in metrics_of(database_url), "it is too old"


def test_a_socket_that_is_gone_is_missed_until_slack_sends_events_another_way(
    database_url: str,
) -> None:
    name = "incidentbot_socket_last_success_timestamp_seconds"
    assert name not in metrics_of(database_url), "there never was one"
    age = "update checkpoints set at = at - interval '90 seconds' where name = 'socket'"
    with Database(Secret(database_url), pool_size=1) as database:
        database.run(heartbeats.beat_socket)
        database.run(lambda tx: heartbeats.note_event(tx, "team_join"))
        shown = metrics_of(database_url)
        assert abs(shown[name] - time.time()) < 600
        database.run(lambda tx: tx.run("update checkpoints set at = at - interval '50 seconds'"))
        assert name in metrics_of(database_url), "the last event came by the socket"
        database.run(lambda tx: tx.run(age))
        assert name not in metrics_of(database_url)


def test_a_change_that_the_status_page_refuses_is_told_although_nothing_is_due(
    database_url: str,
) -> None:
    name = "incidentbot_statuspage_unsynced_age_seconds"
    assert metrics_of(database_url)[name] == 0
    with Database(Secret(database_url), pool_size=1) as database:
        with database.transaction() as tx:
            deliveries.add(tx, None, [drafted("component", "component:comp-api")])
            tx.run(
                "update deliveries set created_at = created_at - interval '1 hour',"
                " run_at = run_at + interval '1 hour'"
            )
        shown = metrics_of(database_url)
        assert 3600 <= shown[name] < 7200
        assert shown['incidentbot_outbox_oldest_pending_age_seconds{queue="statuspage"}'] == 0
        database.run(lambda tx: tx.run("update deliveries set state = 'sent', settled_at = run_at"))
    assert metrics_of(database_url)[name] == 0
