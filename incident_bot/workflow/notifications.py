"""Rules for who is told what, as deliveries to be written."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from incident_bot.deliveries import (
    announcement,
    card,
    channel,
    direct_message,
    direct_message_current,
    incident_update,
    invite,
    pin,
    thread_reply,
    topic,
)
from incident_bot.deliveries.direct_message import About
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident
from incident_bot.domain.routing import Audience, audience, in_charge, responders
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.settings import Settings
from incident_bot.store import deliveries
from incident_bot.store.database import Tx


def changed(
    tx: Tx,
    incident: Incident,
    update: IncidentUpdate,
    settings: Settings,
    withdrawals: Sequence[Draft] = (),
) -> None:
    """Write everything that a change sets in motion, for all who were told or must now be.

    `withdrawals` change what reminders have said that the change answers.
    What cannot be said in the incident's channel, since there is none, those in charge read in a
    direct message; whoever made the change knows it.
    """
    has_channel = deliveries.has_channel(tx, incident)
    unreached = [] if has_channel else [*in_charge(incident)]
    drafts = on_update(
        incident,
        update,
        deliveries.told(tx, incident),
        settings,
        unreached=[each for each in unreached if each != update.actor_user_id],
    )
    if Event.RAISED in update.events:
        deliveries.lift(tx, incident)
    deliveries.add(tx, incident, [*drafts, *withdrawals])
    if not has_channel:
        deliveries.release_ready(tx)


def on_declare(wanted: DeclareRequest, settings: Settings) -> list[Draft]:
    """Draft what a new incident sets in motion."""
    told = audience(wanted.severity, settings)
    named = channel.Payload(
        pattern=settings.channel_name, service=wanted.service, title=wanted.title
    )
    drafts = [
        channel.KIND.draft(named),
        card.KIND.draft(NOTHING),
        pin.KIND.draft(NOTHING),
        invite.KIND.draft(invite.Payload(user_ids=responders(wanted, settings))),
        topic.KIND.draft(NOTHING),
        *(announcement.KIND.draft(NOTHING, to=channel_id) for channel_id in told.channels),
        *(_message(user_id, About.DECLARED) for user_id in told.people),
    ]
    if wanted.declarer_user_id not in told.people:
        drafts.append(_message(wanted.declarer_user_id, About.RECEIPT))
    if wanted.commander_user_id != wanted.declarer_user_id:
        drafts += _appointed(wanted, told)
    return drafts


def _appointed(wanted: DeclareRequest, told: Audience) -> list[Draft]:
    """Tell the commander whom the declarer chose, in the channel and by themselves."""
    change = Change(event=Event.APPOINTED, after=wanted.commander_user_id)
    update = IncidentUpdate(actor_user_id=wanted.declarer_user_id, changes=(change,))
    drafts = [incident_update.KIND.draft(incident_update.Payload(update=update))]
    if wanted.commander_user_id not in told.people:
        drafts.append(_message(wanted.commander_user_id, About.COMMAND, update))
    return drafts


def on_update(
    incident: Incident,
    update: IncidentUpdate,
    told: Audience,
    settings: Settings,
    *,
    unreached: Sequence[str] = (),
) -> list[Draft]:
    """Draft what a change sets in motion; `told` is who was told about the incident before.

    `unreached` are those for whom no message in the incident's channel does it.
    """
    drafts = [
        card.KIND.draft(NOTHING),
        incident_update.KIND.draft(incident_update.Payload(update=update)),
    ]
    if update.changes_topic:
        drafts.append(topic.KIND.draft(NOTHING))
    drafts += [announcement.KIND.draft(NOTHING, to=each) for each in told.channels]
    if not update.is_correction:
        reply = thread_reply.Payload(update=update)
        drafts += [thread_reply.KIND.draft(reply, to=each) for each in told.channels]
    if new := update.new_commander:
        drafts.append(invite.KIND.draft(invite.Payload(user_ids=(new,))))
        is_told_anyway = update.notifies_stakeholders and new in told.people
        if new != update.actor_user_id and not is_told_anyway:
            drafts.append(_message(new, About.COMMAND, update))
    if update.notifies_stakeholders:
        others = tuple(each for each in told.people if each not in unreached)
        drafts += _told_outside(incident, update, replace(told, people=others), settings)
    written_to = {draft.destination for draft in drafts}
    drafts += [_message(each, About.UPDATE, update) for each in unreached if each not in written_to]
    return [*drafts, *_edits(told, drafts)]


def _edits(told: Audience, drafts: Sequence[Draft]) -> list[Draft]:
    """Draft an edit of the newest direct message to each who gets no new one at once."""
    now = {
        draft.destination
        for draft in drafts
        if draft.kind == direct_message.KIND.name and not draft.throttled
    }
    return [
        direct_message_current.KIND.draft(NOTHING, to=each)
        for each in told.written_to
        if each not in now
    ]


def reconciled(told: Audience) -> list[Draft]:
    """Draft all that is kept current about an incident, for those who were told of it."""
    return [
        card.KIND.draft(NOTHING),
        topic.KIND.draft(NOTHING),
        *(announcement.KIND.draft(NOTHING, to=each) for each in told.channels),
        *(direct_message_current.KIND.draft(NOTHING, to=each) for each in told.written_to),
    ]


def _told_outside(
    incident: Incident, update: IncidentUpdate, told: Audience, settings: Settings
) -> list[Draft]:
    must_hear = Audience(channels=(), people=())
    if update.events & {Event.RAISED, Event.REOPENED}:
        must_hear = audience(incident.severity, settings)
    throttled = not any(change.is_never_throttled for change in update.changes)
    return [
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
