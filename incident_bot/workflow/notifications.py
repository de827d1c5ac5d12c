"""Rules for who is told what, as deliveries to be written."""

from collections.abc import Iterable

from incident_bot.deliveries import (
    announcement,
    card,
    channel,
    direct_message,
    incident_update,
    invite,
    pin,
    thread_reply,
    topic,
)
from incident_bot.deliveries.direct_message import About
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident
from incident_bot.domain.routing import Audience, audience, responders
from incident_bot.domain.updates import Event, IncidentUpdate
from incident_bot.settings import Settings
from incident_bot.store import deliveries
from incident_bot.store.database import Tx


def declared(tx: Tx, incident: Incident, settings: Settings) -> None:
    """Write everything that a new incident sets in motion."""
    deliveries.add(tx, incident, on_declare(incident, settings))


def changed(tx: Tx, incident: Incident, update: IncidentUpdate, settings: Settings) -> None:
    """Write everything that a change sets in motion, for all who were told or must now be."""
    drafts = on_update(incident, update, deliveries.told(tx, incident), settings)
    if Event.RAISED in update.events:
        deliveries.lift(tx, incident)
    deliveries.add(tx, incident, drafts)


def on_declare(incident: Incident, settings: Settings) -> list[Draft]:
    """Draft what a new incident sets in motion."""
    told = audience(incident.severity, settings)
    drafts = [
        channel.KIND.draft(NOTHING),
        card.KIND.draft(NOTHING),
        pin.KIND.draft(NOTHING),
        invite.KIND.draft(invite.Payload(user_ids=responders(incident, settings))),
        topic.KIND.draft(NOTHING),
        *(announcement.KIND.draft(NOTHING, to=channel_id) for channel_id in told.channels),
        *(_message(user_id, About.DECLARED) for user_id in told.people),
    ]
    if incident.declarer_user_id not in told.people:
        drafts.append(_message(incident.declarer_user_id, About.RECEIPT))
    return drafts


def on_update(
    incident: Incident, update: IncidentUpdate, told: Audience, settings: Settings
) -> list[Draft]:
    """Draft what a change sets in motion; `told` is who was told about the incident before."""
    drafts = [
        card.KIND.draft(NOTHING),
        incident_update.KIND.draft(incident_update.Payload(update=update)),
    ]
    if update.changes_announcement:
        drafts.append(topic.KIND.draft(NOTHING))
        drafts += [announcement.KIND.draft(NOTHING, to=each) for each in told.channels]
    if update.events & {Event.HANDOVER, Event.CLAIM}:
        drafts.append(invite.KIND.draft(invite.Payload(user_ids=(incident.commander_user_id,))))
    if update.notifies_stakeholders:
        drafts += _told_outside(incident, update, told, settings)
    return drafts


def _told_outside(
    incident: Incident, update: IncidentUpdate, told: Audience, settings: Settings
) -> list[Draft]:
    must_hear = Audience(channels=(), people=())
    if update.events & {Event.RAISED, Event.REOPENED}:
        must_hear = audience(incident.severity, settings)
    reply = thread_reply.Payload(update=update)
    throttled = not any(change.is_never_throttled for change in update.changes)
    return [
        *(thread_reply.KIND.draft(reply, to=channel_id) for channel_id in told.channels),
        *(
            announcement.KIND.draft(NOTHING, to=each)
            for each in must_hear.channels
            if each not in told.channels
        ),
        *(
            _message(user_id, About.UPDATE, update, throttled=throttled)
            for user_id in _once([*told.people, *must_hear.people])
        ),
    ]


def _message(
    user_id: str, event: About, update: IncidentUpdate | None = None, *, throttled: bool = False
) -> Draft:
    payload = direct_message.Payload(event=event, update=update)
    return direct_message.KIND.draft(payload, to=user_id, throttled=throttled)


def _once(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
