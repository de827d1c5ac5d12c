"""Reminders: kept with each change of an incident, and said when they are due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

from incident_bot.deliveries import announcement, card, nudge, reminder, reminder_reply
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain import promises
from incident_bot.domain import reminders as rules
from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.people import BOT, NOBODY
from incident_bot.domain.reminders import (
    LADDERS,
    LINE,
    Reminder,
    ReminderKind,
    Says,
    Standing,
)
from incident_bot.domain.routing import in_charge
from incident_bot.domain.timeline import Kind
from incident_bot.domain.working_hours import next_open
from incident_bot.settings import Settings
from incident_bot.settings.times import zone_called
from incident_bot.store import deliveries, incidents, people, reminders, timeline
from incident_bot.store.database import Tx

_AT_A_TIME: Final = 50


def on_declare(
    wanted: DeclareRequest, now: datetime, settings: Settings
) -> tuple[datetime | None, list[Standing]]:
    """Return by when the first update of a new incident is promised, and what reminders stand."""
    due_at = promises.usual(wanted.severity, now, settings.update_every)
    incident = replace(_declared(wanted, now), next_update_at=due_at)
    return due_at, rules.standing(incident, now, settings)


def _declared(wanted: DeclareRequest, now: datetime) -> Incident:
    """Return the incident as it is about to be written; the database gives it its number."""
    return Incident(
        id=0,
        uid=UUID(int=0),
        title=wanted.title,
        description=wanted.description,
        service=wanted.service,
        severity=wanted.severity,
        status=Status.DECLARED,
        declarer_user_id=wanted.declarer_user_id,
        commander_user_id=wanted.commander_user_id,
        channel_id=None,
        channel_name=None,
        declared_at=now,
        acknowledged_at=None,
        mitigated_at=None,
        resolved_at=None,
        next_update_at=None,
        version=1,
    )


def save_state(
    tx: Tx, before: Incident, after: Incident, settings: Settings
) -> tuple[Incident, list[Draft]]:
    """Save what a person has made of an incident, with the reminders that stand then.

    Also returns what changes the messages of those that it answers. Raises Conflict if somebody
    else changed the incident meanwhile.
    """
    standing = rules.standing(after, tx.now, settings)
    saved, said = incidents.save_state(tx, before, after, standing)
    return saved, withdrawals(said)


def withdrawals(said: Sequence[str]) -> list[Draft]:
    """Draft the change of the messages that a reminder has posted: it is answered."""
    return [
        (reminder.KIND if each.startswith(f"{LINE}:") else nudge.KIND).draft(NOTHING, to=each)
        for each in said
    ]


def settle(tx: Tx, incident: Incident, kind: ReminderKind) -> None:
    """Have nobody reminded of it any more, also not after another change."""
    _withdraw(tx, incident, reminders.settle(tx, incident.id, kind))


def begin_anew(tx: Tx, incident: Incident, kind: ReminderKind, settings: Settings) -> None:
    """Have a reminder count from now, if it stands, and its messages say that it is answered."""
    for each in rules.standing(incident, tx.now, settings):
        if each.kind is kind:
            _withdraw(tx, incident, reminders.begin(tx, incident.id, each))


def _withdraw(tx: Tx, incident: Incident, said: Sequence[str]) -> None:
    if said:
        deliveries.add(tx, incident, withdrawals(said))


def due(tx: Tx) -> list[int]:
    """Return incidents with a reminder that is due, those that have waited longest first."""
    return reminders.due(tx, limit=_AT_A_TIME)


def orphaned(tx: Tx) -> list[int]:
    """Return open incidents whose commander has left, and which nobody was reminded of yet."""
    return reminders.orphaned(tx)


def adopt(tx: Tx, incident_id: int, settings: Settings) -> None:
    """Have the channel of an incident whose commander has left be reminded to find another."""
    incident = incidents.held_unless_busy(tx, incident_id)
    if incident is not None:
        kind = ReminderKind.UNCLAIMED
        reminders.begin(tx, incident_id, rules.at_step(kind, 0, tx.now, incident, settings))


def say_due(tx: Tx, incident_id: int, settings: Settings) -> None:
    """Say what is due of an incident, each reminder's newest step.

    Whether there is still something to remind of is looked at anew. An incident that somebody is
    just changing has its turn later.
    """
    incident = incidents.held_unless_busy(tx, incident_id)
    if incident is not None:
        for each in reminders.due_of(tx, incident_id):
            _say(tx, incident, each, settings)


def _say(tx: Tx, incident: Incident, kept: Reminder, settings: Settings) -> None:
    since = _since(tx, incident, kept, settings)
    if since != kept.since_at:
        _replace(tx, incident, kept, since, settings)
        return
    step = rules.newest_due(kept.kind, kept.step, since, incident, tx.now, settings)
    if step is None:  # a setting or the severity has changed meanwhile
        next_one = rules.at_step(kept.kind, kept.step, since, incident, settings)
        reminders.put_off(tx, kept, next_one.due_at)
        return
    waits_until = _waits_until(tx, incident, kept.kind, step, settings)
    if waits_until > tx.now:
        reminders.put_off(tx, kept, waits_until)
        return
    _speak(tx, incident, replace(kept, step=step), settings)


def _since(tx: Tx, incident: Incident, kept: Reminder, settings: Settings) -> datetime | None:
    """Return since when its reason lasts by now; None when it is gone."""
    is_unclaimed = kept.kind is ReminderKind.UNCLAIMED
    if is_unclaimed and incident.is_open and people.is_deactivated(tx, incident.commander_user_id):
        return kept.since_at
    touched_at = reminders.touched_at(tx, incident.id)
    return LADDERS[kept.kind].since(incident, touched_at, settings)


def _replace(
    tx: Tx, incident: Incident, kept: Reminder, since: datetime | None, settings: Settings
) -> None:
    """End a reminder, or have it count from another moment; its messages say that it is over."""
    reminders.end(tx, kept)
    if since is not None:
        reminders.begin(tx, incident.id, rules.at_step(kept.kind, 0, since, incident, settings))
    _withdraw(tx, incident, kept.said)


def _waits_until(
    tx: Tx, incident: Incident, kind: ReminderKind, step: int, settings: Settings
) -> datetime:
    """Return when a step may be said: a person hears of what can wait in their own day."""
    ladder = LADDERS[kind]
    if not ladder.waits(incident):
        return tx.now
    zone: tzinfo | None = None
    if Says.COMMANDER in ladder.steps[step].says:
        zone = zone_called(people.time_zone(tx, incident.commander_user_id))
    return next_open(tx.now, settings.working_hours, zone or settings.time_zone)


def _speak(tx: Tx, incident: Incident, kept: Reminder, settings: Settings) -> None:
    """Write what a step says, and remember it with the time of the next."""
    says = LADDERS[kept.kind].steps[kept.step].says
    has_channel = Says.CHANNEL not in says or deliveries.has_channel(tx, incident)
    lines = [kept.line] if Says.CHANNEL in says and has_channel else []
    nudged = [*map(kept.nudge, _nudged(incident, says, settings, has_channel=has_channel))]
    mentions = _mentioned(incident, settings) if Says.OWNERS in says else kept.mentions
    after = rules.at_step(kept.kind, kept.step + 1, kept.since_at, incident, settings)
    reminders.save_said(
        tx,
        kept,
        step=after.step,
        due_at=after.due_at,
        said=tuple(dict.fromkeys([*kept.said, *nudged, *lines])),
        mentions=mentions,
    )
    if Says.TIMELINE in says and kept.line not in kept.said:
        text = f"The update promised by {kept.since_at:%H:%M} UTC is overdue"
        timeline.add(tx, incident.id, Kind.REMINDER, actor=BOT, text=text)
    drafts = [nudge.KIND.draft(NOTHING, to=each) for each in nudged]
    drafts += [reminder.KIND.draft(NOTHING, to=each) for each in lines]
    if set(lines) & set(kept.said) and mentions != kept.mentions:
        drafts.append(_reply(kept, to=kept.line))  # an edit notifies nobody
    deliveries.add(tx, incident, [*drafts, *_shown_elsewhere(tx, incident, kept, says)])


def _nudged(
    incident: Incident, says: frozenset[Says], settings: Settings, *, has_channel: bool
) -> list[str]:
    """Return who gets a direct message; where there is no channel, those in charge do for it."""
    found = [incident.commander_user_id] if Says.COMMANDER in says else []
    if not has_channel:
        found += in_charge(incident)
    is_told = settings.overdue_tells_executives and incident.severity is Severity.P1
    if Says.EXECUTIVES in says and is_told:
        found += settings.p1_users
    return [each for each in dict.fromkeys(found) if each not in NOBODY]


def _mentioned(incident: Incident, settings: Settings) -> tuple[str, ...]:
    owners = settings.service_owners.get(incident.service, ())
    return tuple(dict.fromkeys([incident.commander_user_id, *owners]))


def _shown_elsewhere(
    tx: Tx, incident: Incident, kept: Reminder, says: frozenset[Says]
) -> list[Draft]:
    drafts = [card.KIND.draft(NOTHING)] if Says.CARD in says else []
    if not says & {Says.ANNOUNCEMENTS, Says.THREADS}:
        return drafts
    channels = deliveries.told(tx, incident).channels
    if Says.ANNOUNCEMENTS in says:
        drafts += [announcement.KIND.draft(NOTHING, to=each) for each in channels]
    if Says.THREADS in says:
        drafts += [_reply(kept, to=each) for each in channels]
    return drafts


def _reply(kept: Reminder, *, to: str) -> Draft:
    payload = reminder_reply.Payload(kind=kept.kind, number=kept.number)
    return reminder_reply.KIND.draft(payload, to=to)
