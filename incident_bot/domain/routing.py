"""The rules for who must hear of an incident, by its severity and its service."""

from collections.abc import Iterable
from dataclasses import dataclass

from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Channels and people outside the incident's channel.

    `written_to` have a direct message about it, also those who hear nothing more by themselves.
    """

    channels: tuple[str, ...]
    people: tuple[str, ...]
    written_to: tuple[str, ...] = ()


def audience(severity: Severity, settings: Settings) -> Audience:
    """Return who must hear of an incident of this severity."""
    if severity is Severity.P1:
        return Audience(channels=settings.p1_channels, people=settings.p1_users)
    if severity is Severity.P2:
        return Audience(channels=settings.p2_channels, people=())
    return Audience(channels=(), people=())


def responders(incident: Incident | DeclareRequest, settings: Settings) -> tuple[str, ...]:
    """Return who is invited: the commander, the declarer and the service's owners, each once."""
    owners = settings.service_owners.get(incident.service, ())
    return _once([incident.commander_user_id, incident.declarer_user_id, *owners])


def in_charge(incident: Incident) -> tuple[str, ...]:
    """Return who hears what cannot be said in the incident's channel."""
    return _once([incident.commander_user_id, incident.declarer_user_id])


def _once(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
