"""/incident resolved: the impact is over."""

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.news import Change, Event, News
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Kind
from incident_bot.errors import Conflict
from incident_bot.render import forms
from incident_bot.render.news import duration
from incident_bot.render.text import person, when
from incident_bot.store import incidents, timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import changes


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.RESOLVE, incident, call.user_id)
    if not incident.is_open:
        raise Conflict(_already(tx, incident))
    if call.is_button:
        return Reply(form=forms.resolve(incident))
    after = incident.moved_to(Status.RESOLVED, tx.now)
    took = duration(tx.now - incident.declared_at)
    news = News(
        actor_user_id=call.user_id,
        changes=(Change(event=Event.RESOLVED, before=incident.status, after=after.status),),
        text=call.field("message") or call.rest,
        lasted=took,
    )
    changes.save(tx, incident, after, news, Action.RESOLVE, call.settings)
    return Reply(text=f"{after.ref} is resolved after {took}. Everyone who was told is being told.")


def _already(tx: Tx, incident: Incident) -> str:
    entry = timeline.last(tx, incident.id, Kind.RESOLVED)
    by = f" by {person(entry.actor_user_id)}, {when(entry.at)}" if entry else ""
    return f"{incident.ref} is already resolved{by}. `/incident reopen` and a reason reopens it."


COMMAND = Command(
    usage="resolved [summary]",
    summary="mark the incident resolved; everyone ever told hears it",
    run=run,
    aliases=("resolve",),
    instead="/incident resolved what fixed it",
)
