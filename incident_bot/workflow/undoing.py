"""Undo a change that was a slip: how the incident stands, and what has been said of it."""

from collections.abc import Sequence

from incident_bot.deliveries import (
    incident_update,
    payloads,
    public_removal,
    publish_question,
    retraction,
)
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.updates import UNDO_WITHIN, Change, Event, IncidentUpdate
from incident_bot.errors import Conflict, Mention, NotAllowed, Offer, Remedy, Typed
from incident_bot.settings import Settings
from incident_bot.store import audit, deliveries, incidents, statuspage, undoable
from incident_bot.store.database import Tx
from incident_bot.store.undoable import SaidDelivery, UndoableChange
from incident_bot.workflow import components, notifications, publication, reminders


def undo(
    tx: Tx, incident: Incident, user_id: str, settings: Settings, *, version: str = ""
) -> Incident:
    """Undo this person's last change of an incident, and return it as it stands then.

    `version` is that of the incident after the change that is meant. What was not sent yet is
    withdrawn, what was is changed in place; both steps stay on the timeline. Raises Conflict when
    something else changed since or it was too long ago, and NotAllowed for anybody else.
    """
    change = _undoable(tx, incident, user_id, version)
    before = change.before(incident)
    if incident.duplicate_of is not None:
        incidents.take_duplicates_back(tx, incident)
    saved, withdrawals = reminders.save_state(tx, incident, before, settings)
    _record(tx, saved, user_id, *_difference(incident, saved))
    _take_back(tx, incident, saved, change, user_id, withdrawals)
    if incident.duplicate_of is not None:
        original = incidents.held(tx, incident.duplicate_of)
        _retract(tx, original, change, user_id)
    components.reconcile_for(tx, saved, settings)
    publication.undone(tx, saved, change.changed_at, user_id)
    return saved


def unpublish(tx: Tx, incident: Incident, user_id: str) -> None:
    """Undo that this person published an incident; raises Conflict and NotAllowed as `undo`."""
    publication = statuspage.publication(tx, incident.id)
    if publication is None:
        raise Conflict(f"{incident.ref} is not public.")
    if user_id != publication.published_by_user_id:
        raise NotAllowed(
            "Only whoever published it can undo that: that was ",
            Mention(publication.published_by_user_id),
            ".",
        )
    if tx.now - publication.published_at > UNDO_WITHIN:
        raise Conflict(
            "That was more than a minute ago, so customers have read it. Tell them more: ",
            Typed(f"update {incident.ref}"),
            ".",
            offers=[Offer(Remedy.UPDATE, incident.id)],
        )
    if statuspage.withdraw_publication(tx, incident.id):
        statuspage.unpublish(tx, incident.id)
        publish_question.bring_up_to_date(tx, incident)
    else:
        deliveries.add(tx, incident, [public_removal.KIND.draft(NOTHING)])
    _record(tx, incident, user_id, "published", "not published")


def _record(tx: Tx, incident: Incident, user_id: str, went: str, came: str) -> None:
    audit.add_change(
        tx,
        Action.UNDO,
        actor=user_id,
        incident=incident,
        entries=[NewEntry(kind=Kind.UNDONE, before=went, after=came)],
        detail=f"{went} {came}",
    )


def _undoable(tx: Tx, incident: Incident, user_id: str, version: str) -> UndoableChange:
    """Return the change that is meant; raises Conflict and NotAllowed, saying what to do."""
    change = undoable.last(tx, incident)
    if change is None or (version and version != str(change.version)):
        raise Conflict(
            f"There is nothing to undo in {incident.ref}, or something else has changed since: "
            f"it is {incident.severity}, {incident.state}. See ",
            Typed(f"timeline {incident.ref}"),
            ".",
        )
    if user_id != change.actor_user_id:
        raise NotAllowed(
            "Only whoever made a change can undo it: that was ",
            Mention(change.actor_user_id),
            ". See ",
            Typed(f"timeline {incident.ref}"),
            ".",
        )
    if tx.now - change.changed_at > UNDO_WITHIN:
        raise _too_late(incident, change.before(incident))
    return change


def _too_late(incident: Incident, before: Incident) -> Conflict:
    """Say what to type instead."""
    why = "That was more than a minute ago, so people have read it. "
    offers: Sequence[Offer] = ()
    if before.is_open and not incident.is_open:
        offers = [Offer(Remedy.REOPEN, incident.id)]
        line = f"reopen {incident.ref} it is not over"
    elif before.severity is not incident.severity:
        line = f"severity {incident.ref} {before.severity}"
    else:
        offers = [Offer(Remedy.TAKE_COMMAND, incident.id)]
        line = f"claim {incident.ref}"
    return Conflict(why, "Say that it is different: ", Typed(line), ".", offers=offers)


def _difference(after: Incident, before: Incident) -> tuple[str, str]:
    """Return what had become of the incident, and what it is again."""
    if after.state != before.state:
        return after.state, before.state
    if after.severity is not before.severity:
        return after.severity, before.severity
    return after.commander_user_id, before.commander_user_id


def _take_back(
    tx: Tx,
    after: Incident,
    saved: Incident,
    change: UndoableChange,
    user_id: str,
    withdrawals: Sequence[Draft],
) -> None:
    """Take back what was said of the change, and bring all that is kept current up to date.

    An edit tells nobody that they are not in command any more, so that is said by itself.
    """
    was_said = _retract(tx, saved, change, user_id)
    drafts = [*notifications.reconciled(deliveries.told(tx, saved)), *withdrawals]
    if was_said and saved.commander_user_id != after.commander_user_id:
        claim = Change(
            event=Event.CLAIM, before=after.commander_user_id, after=saved.commander_user_id
        )
        update = IncidentUpdate(actor_user_id=user_id, changes=(claim,))
        drafts.append(incident_update.KIND.draft(incident_update.Payload(update=update)))
    deliveries.add(tx, saved, drafts)


def _retract(tx: Tx, incident: Incident, change: UndoableChange, user_id: str) -> bool:
    """Withdraw or change what was said of it; False when nobody can have read any of it."""
    undoable.withdraw(tx, incident.id, change.changed_at)
    said = undoable.mark_said(tx, incident.id, change.changed_at, user_id)
    drafts = [
        retraction.KIND.draft(
            retraction.Payload(delivery_id=each.id, update=_told(each), undone_by=user_id),
            to=each.destination,
        )
        for each in said
    ]
    deliveries.add(tx, incident, drafts)
    return bool(said)


def _told(said: SaidDelivery) -> IncidentUpdate:
    """Return the update that a message told of: each of their kinds keeps it under this name."""
    return payloads.from_json(IncidentUpdate, said.payload["update"])
