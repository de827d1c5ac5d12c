"""/incident update: message, status and severity together."""

from datetime import datetime, timedelta

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions, updates
from incident_bot.domain.incidents import Status, parse_severity
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Update
from incident_bot.render import forms
from incident_bot.store import changes, incidents
from incident_bot.store.database import Tx


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.UPDATE, incident, call.user_id)
    incident.require_open()
    if call.form is None:
        return Reply(form=forms.update(incident, message=call.rest))
    after, news = updates.apply(incident, _wish(call, tx.now), tx.now)
    changes.save(tx, incident, after, news, Action.UPDATE, call.settings)
    return Reply(text=f"Posted. {after.ref} is {after.status}.")


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
