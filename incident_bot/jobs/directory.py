"""Keeping the directory of people level, by one worker at a time, so that no request asks Slack."""

import logging
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from incident_bot.clients.slack import Slack
from incident_bot.errors import DeliveryError, Unavailable
from incident_bot.store import people
from incident_bot.store.database import Database, Tx

log = logging.getLogger(__name__)

_EVERY: Final = timedelta(hours=6)
_PATIENCE: Final = timedelta(minutes=5)
_LOOK_SECONDS: Final = 60.0


class Directory:
    """Reads the workspace's people at start and every six hours; events bring what is newer."""

    def __init__(self, database: Database, slack: Slack) -> None:
        self._database = database
        self._slack = slack
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="directory", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.refresh()
            except (DeliveryError, Unavailable) as error:
                log.warning("directory not refreshed", extra={"problem": str(error)})
            self._stopping.wait(_LOOK_SECONDS)

    def refresh(self) -> None:
        """Read everybody, unless another worker did so lately; raises DeliveryError."""
        if not self._database.run(self._is_ours):
            return
        for page in self._slack.people():
            self._database.run(lambda tx, page=page: people.save(tx, page))  # type: ignore[misc]
        self._database.run(people.refreshed)
        log.info("directory refreshed")

    @staticmethod
    def _is_ours(tx: Tx) -> bool:
        return people.claim_refresh(tx, every=_EVERY, patience=_PATIENCE)
