"""Who is told what: the rules, as deliveries to be written."""

from collections.abc import Iterable
from dataclasses import dataclass

from incident_bot.domain.deliveries import (
    INCIDENT_CHANNEL,
    INVITES,
    RECEIPT,
    TOPIC,
    Draft,
    Kind,
)
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.domain.news import Event, News
from incident_bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Channels and people outside the incident's channel."""

    channels: tuple[str, ...]
    people: tuple[str, ...]


def audience(severity: Severity, settings: Settings) -> Audience:
    """Who must hear of an incident of this severity."""
    if severity is Severity.P1:
        return Audience(channels=settings.p1_channels, people=settings.p1_users)
    if severity is Severity.P2:
        return Audience(channels=settings.p2_channels, people=())
    return Audience(channels=(), people=())


def responders(incident: Incident, settings: Settings) -> tuple[str, ...]:
    """Who is invited: the commander, the declarer and the service's owners, each once."""
    owners = settings.service_owners.get(incident.service, ())
    return _once([incident.commander_user_id, incident.declarer_user_id, *owners])


def on_declare(incident: Incident, settings: Settings) -> list[Draft]:
    """Everything a new incident sets in motion."""
    told = audience(incident.severity, settings)
    drafts = [
        Draft(kind=Kind.CHANNEL, destination=INCIDENT_CHANNEL),
        Draft(kind=Kind.CARD, destination=INCIDENT_CHANNEL, waits=True),
        Draft(kind=Kind.PIN, destination=INCIDENT_CHANNEL, waits=True),
        _invite(responders(incident, settings)),
        Draft(kind=Kind.TOPIC, destination=TOPIC, waits=True),
        *(_announcement(channel_id) for channel_id in told.channels),
        *(_direct_message(user_id, {"event": "declared"}) for user_id in told.people),
    ]
    if incident.declarer_user_id not in told.people:
        drafts.append(_direct_message(incident.declarer_user_id, {"event": RECEIPT}))
    return drafts


def on_news(incident: Incident, news: News, told: Audience, settings: Settings) -> list[Draft]:
    """Everything a change sets in motion; `told` is who was told about the incident before."""
    drafts = [
        Draft(kind=Kind.CARD, destination=INCIDENT_CHANNEL, waits=True),
        Draft(kind=Kind.NEWS, destination=INCIDENT_CHANNEL, payload=news.as_payload(), waits=True),
    ]
    if news.is_seen_outside:
        drafts.append(Draft(kind=Kind.TOPIC, destination=TOPIC, waits=True))
        drafts += [_announcement(channel_id) for channel_id in told.channels]
    if news.events & {Event.HANDOVER, Event.CLAIM}:
        drafts.append(_invite((incident.commander_user_id,)))
    if news.is_heard_outside:
        drafts += _told_outside(incident, news, told, settings)
    return drafts


def _told_outside(
    incident: Incident, news: News, told: Audience, settings: Settings
) -> list[Draft]:
    must_hear = Audience(channels=(), people=())
    if news.events & {Event.RAISED, Event.REOPENED}:
        must_hear = audience(incident.severity, settings)
    payload = news.as_payload()
    throttled = not _is_never_throttled(incident, news)
    return [
        *(
            Draft(kind=Kind.THREAD, destination=channel_id, payload=payload, waits=True)
            for channel_id in told.channels
        ),
        *(_announcement(each) for each in must_hear.channels if each not in told.channels),
        *(
            _direct_message(user_id, payload, throttled=throttled)
            for user_id in _once([*told.people, *must_hear.people])
        ),
    ]


def _is_never_throttled(incident: Incident, news: News) -> bool:
    raised_to_p1 = Event.RAISED in news.events and incident.severity is Severity.P1
    return raised_to_p1 or Event.RESOLVED in news.events


def _invite(user_ids: tuple[str, ...]) -> Draft:
    return Draft(kind=Kind.INVITE, destination=INVITES, payload={"user_ids": user_ids}, waits=True)


def _announcement(channel_id: str) -> Draft:
    return Draft(kind=Kind.ANNOUNCEMENT, destination=channel_id, waits=True)


def _direct_message(user_id: str, payload: dict[str, object], *, throttled: bool = False) -> Draft:
    return Draft(
        kind=Kind.DIRECT_MESSAGE,
        destination=user_id,
        payload=payload,
        waits=True,
        throttled=throttled,
    )


def _once(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
