"""Looks whether a Redis answers, and which version it is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from redis import Redis
from redis.exceptions import (
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from incident_bot.errors import UserError
from incident_bot.settings import Secret

_SECONDS: Final = 3.0
_OLDEST: Final = {"Redis": (6, 2), "Valkey": (7, 2)}
_PROBE: Final = "rq:incident-bot:doctor"
_REFUSALS: Final[dict[type[RedisError], str]] = {
    NoPermissionError: "the role may not write keys that begin with rq:",
    ReadOnlyError: "it is a read-only replica",
    OutOfMemoryError: "its memory is full",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server by its own account: `Valkey` or `Redis`, and a version, empty when unknown."""

    kind: str
    version: str

    eviction: str = ""
    """The policy by which it drops keys when its memory is full; empty when it does not say."""

    is_bounded: bool = False
    """It has a limit of its memory, so that the policy counts."""

    is_durable: bool = False
    """It writes its keys to disk, and has them after a restart."""

    refusal: str = ""
    """The reason why it takes no writes; empty when it takes them."""

    def __str__(self) -> str:
        return f"{self.kind} {self.version}".strip()

    @property
    def is_too_old(self) -> bool:
        found = tuple(int(each) for each in re.findall(r"\d+", self.version)[:2])
        return bool(found) and found < _OLDEST[self.kind]


def server(url: Secret) -> Server:
    """Ask the server what it is; raises UserError when it does not serve us.

    The words of an error are not shown: they may quote the address, and with it the password.
    """
    with _connected(url) as redis:
        return _described(redis.info("server"))


def state(url: Secret) -> Server:
    """Ask the server how it is set up too, and whether it takes a write; raises UserError."""
    with _connected(url) as redis:
        said = _told(redis)
        return replace(
            _described(said),
            eviction=str(said.get("maxmemory_policy", "")),
            is_bounded=bool(said.get("maxmemory")),
            is_durable=bool(said.get("aof_enabled")) or _saves(redis),
            refusal=_refusal(redis),
        )


@contextmanager
def _connected(url: Secret) -> Iterator[Redis]:
    try:
        with Redis.from_url(
            url.reveal(), retry=None, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS
        ) as redis:
            yield redis
    except (RedisError, OSError) as error:
        raise UserError(
            f"Redis cannot be reached ({type(error).__name__}): start it, or correct REDIS_URL."
        ) from None


def _described(found: object) -> Server:
    said = found if isinstance(found, dict) else {}
    if valkey := said.get("valkey_version"):
        return Server(kind="Valkey", version=str(valkey))
    return Server(kind="Redis", version=str(said.get("redis_version", "")))


def _told(redis: Redis) -> dict[str, Any]:
    """Return what it says of itself, which a role may be kept from asking."""
    try:
        found = redis.info("everything")
    except NoPermissionError:
        redis.ping()
        return {}
    return found if isinstance(found, dict) else {}


def _saves(redis: Redis) -> bool:
    """Say whether it saves itself now and then; managed servers keep that to themselves."""
    try:
        found = redis.config_get("save")
    except RedisError:
        return False
    return bool(isinstance(found, dict) and found.get("save"))


def _refusal(redis: Redis) -> str:
    """Write a key of the kind that RQ writes, and say why that is refused."""
    try:
        redis.set(_PROBE, "1", ex=10)
        redis.delete(_PROBE)
    except (NoPermissionError, ReadOnlyError, OutOfMemoryError, ResponseError) as error:
        return _REFUSALS.get(type(error), str(error).partition(" ")[0])
    return ""
