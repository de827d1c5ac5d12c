"""/incident postmortem: the record as a Markdown file in the channel."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.reminders import ReminderKind
from incident_bot.domain.timeline import Kind
from incident_bot.errors import Conflict, InvalidInput, Offer, Remedy, Typed
from incident_bot.render import ending_forms
from incident_bot.render.reminders import WAIVE
from incident_bot.store import timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import documents, reminders
from incident_bot.workflow.confirmation import require_first_post


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    _require_resolved(incident)
    require_first_post(
        tx, incident, call.user_id, Action.POSTMORTEM, call.settings, call.confirmation
    )
    last = timeline.last_id(tx, incident.id)
    reminders.settle(tx, incident, ReminderKind.POSTMORTEM)
    where = documents.share(tx, incident, "postmortem", last, call.user_id)
    return Reply(
        text=f"The postmortem of {incident.ref} is being {where}.",
        audit="",
        outcome="postmortem posted",
    )


def ask_why_not(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form that asks why no postmortem is needed."""
    _require_resolved(call.incident)
    return Reply(form=ending_forms.waive(call.incident))


def waived(tx: Tx, call: IncidentCall) -> Reply:
    """Note why no postmortem is needed, and remind nobody of it any more."""
    incident, why = call.incident, call.request.field("message")
    _require_resolved(incident)
    if not why:
        raise InvalidInput("Say why, for whoever looks for it later.", field="message")
    text = f"No postmortem: {why}"
    timeline.add(tx, incident.id, Kind.NOTE, actor=call.user_id, text=text)
    reminders.settle(tx, incident, ReminderKind.POSTMORTEM)
    return Reply(
        text=f"Noted. Nobody is reminded of the postmortem of {incident.ref} any more.",
        audit="waived",
        outcome="postmortem waived",
    )


def _require_resolved(incident: Incident) -> None:
    if incident.is_open:
        raise Conflict(
            f"{incident.ref} is {incident.status}. A postmortem is written once it is resolved: ",
            Typed(f"resolved {incident.ref} what fixed it"),
            ".",
            offers=[Offer(Remedy.RESOLVE, incident.id)],
        )


COMMAND = Command(
    usage="postmortem",
    summary="get the postmortem of a resolved incident as a Markdown file",
    action=Action.POSTMORTEM,
    in_incident=True,
    typed=typed,
    submitted={WAIVE: waived},
    pressed={"": Press(handler=typed), WAIVE: Press(handler=ask_why_not)},
    instead="/incident postmortem",
    examples=("postmortem", "postmortem INC-42"),
)
