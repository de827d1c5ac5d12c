"""Save a change: the incident, its timeline, the audit trail and all who must hear, together."""

from dataclasses import replace

from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.updates import Event, IncidentUpdate
from incident_bot.settings import Settings
from incident_bot.store import audit, incidents, undoable
from incident_bot.store.database import Tx
from incident_bot.workflow import components, notifications, publication, reminders
from incident_bot.workflow.confirmation import Confirmation, require_calm

_KINDS = {  # nobody is appointed by a change
    Event.STATUS: Kind.STATUS,
    Event.UPDATE: Kind.UPDATE,
    Event.RAISED: Kind.SEVERITY,
    Event.LOWERED: Kind.SEVERITY,
    Event.RESOLVED: Kind.RESOLVED,
    Event.CANCELLED: Kind.CANCELLED,
    Event.DUPLICATE: Kind.DUPLICATE,
    Event.REOPENED: Kind.REOPENED,
    Event.HANDOVER: Kind.HANDOVER,
    Event.CLAIM: Kind.CLAIM,
}


def save(
    tx: Tx,
    before: Incident,
    after: Incident,
    update: IncidentUpdate,
    action: str,
    settings: Settings,
    confirmation: Confirmation,
) -> Incident:
    """Save what became of an incident and set everything in motion that follows.

    Raises Conflict if somebody else changed the incident meanwhile, and Unconfirmed if it would
    tell everybody the same once more at once.
    """
    require_calm(tx, before, update, settings, confirmation)
    update = replace(update, made_at=tx.now, on_command_line=tx.on_command_line)
    if before.duplicate_of is not None and after.duplicate_of is None:
        incidents.take_duplicates_back(tx, before)
    saved, withdrawals = reminders.save_state(tx, before, after, settings)
    if update.is_undoable:
        undoable.remember(tx, before, saved, update)
    audit.add_change(
        tx,
        action,
        actor=update.actor_user_id,
        incident=saved,
        entries=_entries(update),
        detail=", ".join(f"{c.event} {c.before} {c.after}".strip() for c in update.changes),
    )
    notifications.changed(tx, saved, update, settings, withdrawals)
    components.reconcile_for(tx, saved, settings)
    publication.sync(tx, saved, update, settings)
    return saved


def _words(update: IncidentUpdate) -> str:
    """Return what the timeline quotes: the person's words, or what they promised without any."""
    is_only_that = update.events == {Event.UPDATE}
    if update.text or update.next_update_at is None or not is_only_that:
        return update.text
    return f"Next update by {update.next_update_at:%H:%M} UTC"


def _entries(update: IncidentUpdate) -> list[NewEntry]:
    """Return an entry for each change, the first with the words."""
    words = [_words(update), *[""] * len(update.changes)]
    return [
        NewEntry(
            kind=_KINDS[change.event],
            text=text,
            before=change.before or None,
            after=change.after or None,
        )
        for change, text in zip(update.changes, words, strict=False)
    ]
