"""Makes all checks at once, each bounded in time and whatever becomes of the others."""

import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from incident_bot.doctor import (
    configuration,
    database,
    deliveries,
    destinations,
    network,
    people,
    redis,
    requests,
    slack_app,
    statuspage,
    surroundings,
)
from incident_bot.doctor.installation import Installation
from incident_bot.domain.findings import Finding, unknown, wrong
from incident_bot.errors import ConfigError, DeliveryError, Unavailable
from incident_bot.settings import Settings
from incident_bot.store.database import Database

Check = Callable[[Installation], list[Finding]]

CHECKS: Final[Mapping[str, Check]] = {
    "settings": configuration.look,
    "database": database.look,
    "Redis": redis.look,
    "worker": deliveries.look_at_worker,
    "deliveries": deliveries.look_at_outbox,
    "network": network.look,
    "Slack app": slack_app.look_at_token,
    "requests of Slack": requests.look,
    "Socket Mode": slack_app.look_at_socket,
    "channels": destinations.look,
    "people": people.look,
    "Statuspage": statuspage.look,
    "public address": surroundings.look_at_address,
    "disks": surroundings.look_at_disks,
}
SECONDS: Final = 15.0
"""The longest that an examination takes; what has not ended by then was not looked at."""


def examine(
    config: Settings, environ: Mapping[str, str], *, without: Collection[str] = ()
) -> list[Finding]:
    """Make every check but those `without`; returns what they found, in the order of CHECKS."""
    installation = Installation(config=config, environ=environ)
    runs = [_Run(name, check) for name, check in CHECKS.items() if name not in without]
    until = time.monotonic() + SECONDS
    for run in runs:
        run.start(installation)
    return [finding for run in runs for finding in run.findings(until)]


class _Run:
    """A check in a thread of its own, which is left behind when it takes too long."""

    def __init__(self, name: str, check: Check) -> None:
        self._name, self._check = name, check
        self._found: list[Finding] | None = None
        self._thread: threading.Thread | None = None

    def start(self, installation: Installation) -> None:
        run = threading.Thread(
            target=self._run, args=[installation], name=f"doctor {self._name}", daemon=True
        )
        self._thread = run
        run.start()

    def findings(self, until: float) -> list[Finding]:
        """Wait for what it finds, until that moment of the monotonic clock."""
        assert self._thread is not None, "it was started"
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._found is not None:
            return self._found
        is_late = self._thread.is_alive()
        why = f"No answer came within {SECONDS:.0f} s." if is_late else "The check itself broke."
        return [unknown(self._name, why)]

    def _run(self, installation: Installation) -> None:
        try:
            self._found = self._check(installation)
        except ConfigError as error:
            self._found = [wrong(self._name, str(error))]
        except DeliveryError as error:
            self._found = [unknown(self._name, f"There was no usable answer ({error}).")]
        except Unavailable:
            self._found = [unknown(self._name, "The database does not answer.")]
        except Database.faults as error:
            why = f"The database refuses the question ({type(error).__name__}): mend it first."
            self._found = [unknown(self._name, why)]
        except ssl.SSLError:
            why = "The certificates to trust cannot be read: see what is wrong with them first."
            self._found = [unknown(self._name, why)]
        except OSError as error:
            self._found = [unknown(self._name, f"The system refused it ({error.strerror}).")]
