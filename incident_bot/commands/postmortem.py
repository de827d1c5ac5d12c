"""/incident postmortem: the record as a Markdown file in the channel."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.errors import Conflict, Offer, Remedy, Typed
from incident_bot.store import timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import documents
from incident_bot.workflow.confirmation import require_first_post


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    if incident.is_open:
        raise Conflict(
            f"{incident.ref} is {incident.status}. A postmortem is written once it is resolved: ",
            Typed(f"resolved {incident.ref} what fixed it"),
            ".",
            offers=[Offer(Remedy.RESOLVE, incident.id)],
        )
    require_first_post(
        tx, incident, call.user_id, Action.POSTMORTEM, call.settings, call.confirmation
    )
    (newest,) = timeline.newest(tx, incident.id, before_id=None, limit=1)
    where = documents.share(tx, incident, "postmortem", newest.id, call.user_id)
    return Reply(
        text=f"The postmortem of {incident.ref} is being {where}.",
        audit="",
        outcome="postmortem posted",
    )


COMMAND = Command(
    usage="postmortem",
    summary="get the postmortem of a resolved incident as a Markdown file",
    action=Action.POSTMORTEM,
    in_incident=True,
    typed=typed,
    pressed={"": Press(handler=typed)},
    examples=("postmortem", "postmortem INC-42"),
)
