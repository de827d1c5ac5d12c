"""Templates: what the form of a declare is filled with."""

from dataclasses import dataclass

from incident_bot.domain.incidents import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of incident with what to write about it; an empty service leaves the choice open."""

    name: str
    title: str
    severity: Severity
    service: str
    description: str
    enabled: bool
