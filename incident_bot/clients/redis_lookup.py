"""Looks whether a Redis answers, and which version it is."""

import re
from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from incident_bot.errors import UserError
from incident_bot.settings import Secret

_SECONDS: Final = 3.0
_OLDEST: Final = {"Redis": (6, 2), "Valkey": (7, 2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server by its own account: `Valkey` or `Redis`, and a version, empty when unknown."""

    kind: str
    version: str

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
    try:
        with Redis.from_url(
            url.reveal(), retry=None, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS
        ) as redis:
            found = redis.info("server")
    except (RedisError, OSError) as error:
        raise UserError(
            f"Redis cannot be reached ({type(error).__name__}): start it, or correct REDIS_URL."
        ) from None
    said = found if isinstance(found, dict) else {}
    if valkey := said.get("valkey_version"):
        return Server(kind="Valkey", version=str(valkey))
    return Server(kind="Redis", version=str(said.get("redis_version", "")))
