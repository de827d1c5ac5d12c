"""/incident update: message, status and severity together."""

from dataclasses import replace
from datetime import datetime, timedelta

from incident_bot.commands import Command, IncidentCall, Press, Reply, undoable
from incident_bot.domain import promises, updates
from incident_bot.domain.incidents import Incident, Status, parse_severity
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import UpdateRequest
from incident_bot.errors import InvalidInput, Malformed
from incident_bot.render import forms
from incident_bot.render.forms import AS_PROMISED, NEXT_UPDATE, NO_PROMISE
from incident_bot.render.updates import promised
from incident_bot.store import people, statuspage
from incident_bot.store.database import Tx
from incident_bot.workflow import changes, publication


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form, with what was typed as its message."""
    incident = call.incident
    incident.require_open()
    is_public = statuspage.publication(tx, incident.id) is not None
    every = call.settings.update_every
    kept = incident.next_update_at
    is_kept = kept is not None and kept == promises.renewed(incident, tx.now, every)
    return Reply(
        form=forms.update(
            incident,
            message=people.spelled_out(tx, call.rest),
            is_public=is_public,
            usual=every.get(incident.severity),
            kept=kept if is_kept else None,
        )
    )


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    incident.require_open()
    every = call.settings.update_every
    after, update = updates.apply(incident, _wanted(call, tx.now), tx.now, every)
    saved = changes.save(
        tx, incident, after, update, Action.UPDATE, call.settings, call.confirmation
    )
    if call.request.field("publish") == "yes":
        _publish(tx, saved, call)
    text = f"Posted. {saved.ref} is {saved.severity}, {saved.status}.{promised(saved)}"
    if update.is_undoable:
        return undoable(text, saved, outcome="updated")
    return Reply(text=text, outcome="updated")


def without_form(tx: Tx, call: IncidentCall) -> Reply:
    """Post what was typed, with what was chosen beside it."""
    form = {"message": call.rest, **call.request.form}
    return submitted(tx, replace(call, request=replace(call.request, form=form)))


def _publish(tx: Tx, incident: Incident, call: IncidentCall) -> None:
    message = call.request.field("message")
    if not message:
        raise InvalidInput("Write what customers should read.", field="message")
    publication.add_update(tx, incident, call.user_id, message)


def _wanted(call: IncidentCall, now: datetime) -> UpdateRequest:
    status, severity = _chosen(call, "status"), _chosen(call, "severity")
    next_update = _chosen(call, "next_update")
    return UpdateRequest(
        actor_user_id=call.user_id,
        message=call.request.field("message"),
        status=Status(status) if status in set(Status) else None,
        severity=parse_severity(severity) if severity else None,
        next_update_at=_next_update_at(next_update, call, now),
        promises_nothing=next_update == NO_PROMISE,
    )


def _next_update_at(minutes: str, call: IncidentCall, now: datetime) -> datetime | None:
    """Return the promised time; raises Malformed for minutes that the form does not offer."""
    if minutes in ("", NO_PROMISE):
        return None
    if minutes == AS_PROMISED:
        return call.incident.next_update_at
    usual = map(forms.minutes_of, call.settings.update_every.values())
    if minutes not in {*NEXT_UPDATE, *usual}:
        raise Malformed("next_update")
    return now + timedelta(minutes=int(minutes))


def _chosen(call: IncidentCall, name: str) -> str:
    """Return what was chosen; empty where the form was left as shown, to undo nothing newer."""
    chosen = call.request.field(name)
    return "" if chosen == call.request.metadata.get(name) else chosen


COMMAND = Command(
    usage="update",
    summary="change message, status and severity in one form",
    action=Action.UPDATE,
    in_incident=True,
    typed=open_form,
    submitted={"": submitted},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    without_form=without_form,
    instead="/incident status identified: what you know",
    examples=("update",),
)
