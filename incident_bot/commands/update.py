"""/incident update: message, status and severity together."""

from datetime import datetime, timedelta

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions, updates
from incident_bot.domain.incidents import Incident, Status, parse_severity
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Update
from incident_bot.errors import InvalidInput
from incident_bot.render import forms
from incident_bot.store import incidents, statuspage
from incident_bot.store.database import Tx
from incident_bot.workflow import changes, publication


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.UPDATE, incident, call.user_id)
    incident.require_open()
    if call.form is None:
        is_public = statuspage.publication(tx, incident.id) is not None
        return Reply(form=forms.update(incident, message=call.rest, is_public=is_public))
    after, news = updates.apply(incident, _wish(call, tx.now), tx.now)
    saved = changes.save(tx, incident, after, news, Action.UPDATE, call.settings)
    if call.field("publish") == "yes":
        _publish(tx, saved, call)
    return Reply(text=f"Posted. {after.ref} is {after.status}.")


def _publish(tx: Tx, incident: Incident, call: Invocation) -> None:
    if not call.field("message"):
        raise InvalidInput("Customers read this; write what is new.", field="message")
    publication.update(tx, incident, call.user_id, call.field("message"))


def _wish(call: Invocation, now: datetime) -> Update:
    status, severity = _chosen(call, "status"), _chosen(call, "severity")
    minutes = call.field("next_update")
    return Update(
        actor_user_id=call.user_id,
        message=call.field("message"),
        status=Status(status) if status in set(Status) else None,
        severity=parse_severity(severity) if severity else None,
        next_update_at=now + timedelta(minutes=int(minutes)) if minutes.isdecimal() else None,
    )


def _chosen(call: Invocation, name: str) -> str:
    """What was chosen; empty where the form was left as it was shown, to undo nothing newer."""
    chosen = call.field(name)
    return "" if chosen == call.metadata.get(name) else chosen


COMMAND = Command(
    usage="update",
    summary="a form for message, status and severity together",
    run=run,
    instead="/incident status identified: what you know",
)
