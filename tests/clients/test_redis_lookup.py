"""Redis is asked what it is when the bot is set up."""

import re

import pytest

from incident_bot.clients import redis_lookup
from incident_bot.clients.redis_lookup import Server
from incident_bot.errors import UserError
from incident_bot.settings import Secret
from tests.clients.vendor import sends, vendor


def test_a_server_says_what_it_is(redis_url: str) -> None:
    found = redis_lookup.server(Secret(redis_url))
    assert re.fullmatch(r"(Valkey|Redis) \d+\.[\d.]+", str(found))
    assert not found.is_too_old


def test_a_wrong_password_and_a_wrong_port_are_told_apart_without_the_address(
    redis_url: str,
) -> None:
    for url, kind in (
        (re.sub("://:[^@]*@", "://:hush@", redis_url), "AuthenticationError"),
        ("redis://:hush@127.0.0.1:1/0", "ConnectionError"),
    ):
        with pytest.raises(UserError, match=kind) as refused:
            redis_lookup.server(Secret(url))
        assert "hush" not in str(refused.value)


def test_another_server_than_redis_is_a_sentence() -> None:
    with vendor(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as there:
        url = there.origin.replace("http:", "redis:")
        with pytest.raises(UserError, match="Redis cannot be reached"):
            redis_lookup.server(Secret(url))


@pytest.mark.parametrize(
    ("kind", "version", "is_too_old"),
    [
        ("Redis", "6.0.16", True),
        ("Redis", "6.2.0", False),
        ("Redis", "10.0", False),
        ("Valkey", "7.0.1", True),
        ("Valkey", "8.1.3", False),
        ("Redis", "", False),
    ],
)
def test_an_old_version_is_known(kind: str, version: str, is_too_old: bool) -> None:
    assert Server(kind=kind, version=version).is_too_old is is_too_old
