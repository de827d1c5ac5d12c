"""Logs what is wrong with the installation, for whoever reads the log of a worker that starts."""

import logging
from collections.abc import Mapping
from typing import Final

from incident_bot.doctor.examination import examine
from incident_bot.domain.findings import Level, summary
from incident_bot.settings import Settings

log = logging.getLogger(__name__)

_OF_OTHERS: Final = ("worker", "requests of Slack", "public address")
"""A worker that starts may be the first to run, and says nothing of those that have yet to."""


def log_findings(config: Settings, environ: Mapping[str, str]) -> None:
    """Look at the installation, and log what is wrong and what may not be meant."""
    found = examine(config, environ, without=_OF_OTHERS)
    for each in found:
        if each.level is Level.WRONG:
            log.error(
                "doctor found a fault", extra={"about": each.about, "why": each.without_names}
            )
        elif each.level is Level.WARNING:
            log.warning("doctor warns", extra={"about": each.about, "why": each.without_names})
    log.info("doctor looked", extra={"found": summary(found)})
