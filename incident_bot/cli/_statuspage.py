"""Statuspage and the database as `incident-bot statuspage` uses them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from incident_bot import settings
from incident_bot.cli._database import opened
from incident_bot.clients.queue import Notifier
from incident_bot.clients.statuspage import HOLD, Statuspage
from incident_bot.domain.statuspage import Component
from incident_bot.errors import ConfigError, Conflict, DeliveryError, NotFound, Reason, UserError
from incident_bot.settings import Settings
from incident_bot.store import holds
from incident_bot.store.database import Database, Tx

T = TypeVar("T")


class Context:
    """Gives an action what it needs; no request to Statuspage happens inside a transaction."""

    def __init__(self, config: Settings, database: Database) -> None:
        self.config = config
        self._database = database
        self._client = Statuspage(
            config.statuspage_api_key, config.statuspage_page_id, config.statuspage_api_url
        )

    def statuspage(self) -> Statuspage:
        """Return Statuspage once it is our turn among the workers."""
        apart = self._client.apart_seconds
        wait = self._database.run(lambda tx: holds.reserve_slot(tx, HOLD, apart_seconds=apart))
        time.sleep(wait)
        return self._client

    def run(self, work: Callable[[Tx], T]) -> T:
        """One transaction; the workers are told of what it set in motion."""
        return self._database.run(work)

    def component(self, wanted: str) -> Component:
        """Find a component by its id, or its name if no other has it; raises NotFound, Conflict."""
        listed = self.statuspage().components()
        found = [each for each in listed if each.id == wanted]
        found = found or [each for each in listed if wanted in (each.name, each.title)]
        if not found:
            raise NotFound(
                f"Statuspage has no component “{wanted}”. "
                "`incident-bot statuspage components` lists all."
            )
        if len(found) > 1:
            raise ambiguous(wanted, [f"{each.id} ({each.title})" for each in found])
        return found[0]

    def titles(self) -> dict[str, str]:
        """Return each component's name with its group, by id; none while the page fails."""
        try:
            return {each.id: each.title for each in self.statuspage().components()}
        except DeliveryError:
            return {}


def ambiguous(wanted: str, candidates: Sequence[str]) -> Conflict:
    return Conflict(
        f"“{wanted}” may be any of {', '.join(candidates)}. Name the component by its id."
    )


@contextmanager
def opened_page() -> Iterator[Context]:
    """Give an action what it needs; raises ConfigError without a page, UserError for its faults."""
    config = settings.from_environment()
    if not config.statuspage_page_id:
        raise ConfigError("There is no status page: set STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID.")
    notifier = Notifier(config.redis_url)
    try:
        with opened(config.database_url, notify=notifier.notify) as database:
            yield Context(config, database)
    except DeliveryError as error:
        raise UserError(_sentence(error)) from None


def _sentence(error: DeliveryError) -> str:
    match error.reason:
        case Reason.NOT_AUTHORISED:
            return (
                f"Statuspage rejected the key ({error.detail}). Correct STATUSPAGE_API_KEY here "
                "and for the bot, restart it, then run `incident-bot statuspage sync`."
            )
        case Reason.NOT_FOUND:
            return f"Statuspage found nothing there ({error.detail}): is STATUSPAGE_PAGE_ID right?"
        case _:
            return f"Statuspage failed ({error.reason}, {error.detail})."
