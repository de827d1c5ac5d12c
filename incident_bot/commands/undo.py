"""/incident undo: the last change was a slip."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.render.undoing import PUBLICATION
from incident_bot.store.database import Tx
from incident_bot.workflow import undoing


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return _undone(tx, call, version="")


def pressed(tx: Tx, call: IncidentCall) -> Reply:
    """Undo the change that the button stands for, and no later one."""
    return _undone(tx, call, version=call.rest)


def unpublished(tx: Tx, call: IncidentCall) -> Reply:
    """Take off the status page what was just published."""
    undoing.unpublish(tx, call.incident, call.user_id)
    text = f"Undone: {call.incident.ref} is taken off the status page."
    return Reply(text=text, replace=True, outcome="undone")


def _undone(tx: Tx, call: IncidentCall, *, version: str) -> Reply:
    saved = undoing.undo(tx, call.incident, call.user_id, call.settings, version=version)
    text = (
        f"Undone: {saved.ref} is {saved.severity}, {saved.state} again. "
        "What was said of it is changed where people read it."
    )
    return Reply(text=text, replace=True, outcome="undone")


COMMAND = Command(
    usage="undo",
    summary="undo your last change of severity, status or command, within a minute",
    action=Action.UNDO,
    in_incident=True,
    typed=typed,
    pressed={"": Press(handler=pressed), PUBLICATION: Press(handler=unpublished)},
    examples=("undo",),
)
