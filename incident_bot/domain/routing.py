"""Who is told what: the rules, as deliveries to be written."""

from collections.abc import Iterable

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, INVITES, TOPIC, Draft, Kind
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.settings import Settings


def channels_told(severity: Severity, settings: Settings) -> tuple[str, ...]:
    """Channels that hear of an incident of this severity, besides its own."""
    told = {Severity.P1: settings.p1_channels, Severity.P2: settings.p2_channels}
    return told.get(severity, ())


def people_told(severity: Severity, settings: Settings) -> tuple[str, ...]:
    """People who get a direct message about an incident of this severity."""
    return settings.p1_users if severity is Severity.P1 else ()


def responders(incident: Incident, settings: Settings) -> tuple[str, ...]:
    """Who is invited: the commander, the declarer and the service's owners, each once."""
    owners = settings.service_owners.get(incident.service, ())
    return _once([incident.commander_user_id, incident.declarer_user_id, *owners])


def on_declare(incident: Incident, settings: Settings) -> list[Draft]:
    """Everything a new incident sets in motion."""
    told = people_told(incident.severity, settings)
    everybody = _once([*told, incident.declarer_user_id])
    return [
        Draft(kind=Kind.CHANNEL, destination=INCIDENT_CHANNEL),
        Draft(kind=Kind.CARD, destination=INCIDENT_CHANNEL, waits=True),
        Draft(kind=Kind.PIN, destination=INCIDENT_CHANNEL, waits=True),
        Draft(
            kind=Kind.INVITE,
            destination=INVITES,
            payload={"user_ids": responders(incident, settings)},
            waits=True,
        ),
        Draft(kind=Kind.TOPIC, destination=TOPIC, waits=True),
        *(
            Draft(kind=Kind.ANNOUNCEMENT, destination=channel_id, waits=True)
            for channel_id in channels_told(incident.severity, settings)
        ),
        *(
            Draft(
                kind=Kind.DIRECT_MESSAGE,
                destination=user_id,
                payload={"event": "declared", "severity": incident.severity},
                waits=True,
            )
            for user_id in everybody
        ),
    ]


def _once(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
