"""A wish to declare an incident, checked, however it was expressed."""

from collections.abc import Sequence
from dataclasses import dataclass

from incident_bot.domain.incidents import (
    MAX_DESCRIPTION,
    Severity,
    checked_title,
    parse_service,
    parse_severity,
)
from incident_bot.domain.text import sanitize


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRequest:
    """A checked wish to declare: its severity and service exist, and its title fits."""

    title: str
    severity: Severity
    service: str
    commander_user_id: str
    description: str

    @classmethod
    def parse(
        cls,
        *,
        title: str,
        severity: str,
        service: str,
        commander_user_id: str,
        description: str = "",
        services: Sequence[str],
    ) -> "DeclareRequest":
        """Read it from words of any origin; raises InvalidInput, naming the field."""
        return cls(
            severity=parse_severity(sanitize(severity)),
            service=parse_service(service, services),
            title=checked_title(sanitize(title)),
            commander_user_id=commander_user_id,
            description=sanitize(description).strip()[:MAX_DESCRIPTION],
        )
