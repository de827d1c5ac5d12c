"""/metrics: what is closed to us, and no number at all without the database."""

import re

import pytest
from werkzeug.test import Client, TestResponse

from incident_bot.app import create_app
from incident_bot.settings import Settings
from incident_bot.store import holds
from incident_bot.store.database import Tx
from tests.bot import Bot, running_bot
from tests.builders import settings
from tests.incident_channel import declared


def scrape(config: Settings) -> TestResponse:
    app = create_app(config)
    try:
        return Client(app).get("/metrics")
    finally:
        app.extensions["database"].close()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 503),
        ("127.0.0.2", 503),
        ("::1", 503),
        ("::ffff:127.0.0.1", 503),
        ("", 503),
        ("10.0.0.7", 404),
        ("203.0.113.9", 404),
        ("2001:db8::1", 404),
        ("::ffff:10.0.0.7", 404),
    ],
)
def test_without_a_token_only_the_machine_itself_is_answered(address: str, status: int) -> None:
    """The answer is that the database is away; to anybody else there is no such page."""
    assert status_of(settings(), address) == status


def test_with_a_token_even_the_machine_itself_must_send_it() -> None:
    config = settings(metrics_token="t0ken")
    for address in ("127.0.0.1", "203.0.113.9"):
        assert status_of(config, address) == 401
        assert status_of(config, address, "Bearer t0ken") == 503


def status_of(config: Settings, address: str, authorization: str = "") -> int:
    app = create_app(config)
    headers = {"Authorization": authorization} if authorization else {}
    try:
        caller = {"REMOTE_ADDR": address}
        return Client(app).get("/metrics", environ_base=caller, headers=headers).status_code
    finally:
        app.extensions["database"].close()


def test_without_the_database_the_scrape_fails() -> None:
    answer = scrape(settings())
    assert (answer.status_code, answer.data) == (503, b"")


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
    body = scrape(bot.settings).get_data(as_text=True)
    found = re.findall(r'^incidentbot_upstream_gate_seconds{method="(.*)"} (.*)$', body, re.M)
    return {method: float(seconds) for method, seconds in found}


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
        over, _ = (declared(bot, f"P3 checkout Slow {number}") for number in range(2))
        over.type("resolved")
        body = scrape(bot.settings).get_data(as_text=True)
    assert 'incidentbot_incidents_open{severity="P3"} 1\n' in body
