"""The installation as a check gets it: its settings, and the environment that they are from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.settings import Settings
from incident_bot.store.database import Database, Tx

T = TypeVar("T")

_SECONDS: Final = 5.0
"""The longest that one question takes, to a vendor or to the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Settings that are wrong have their defaults here, or are empty."""

    config: Settings
    environ: Mapping[str, str]

    def slack(self) -> SlackLookup:
        config = self.config
        return SlackLookup(config.slack_bot_token, config.slack_api_url, deadline_seconds=_SECONDS)

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run one transaction; raises Unavailable, or another of `Database.faults`."""
        with Database(self.config.database_url, pool_size=1, limit_seconds=_SECONDS) as database:
            return database.run(work)
