"""The one table of permissions: anything that is not in it is refused."""

from enum import StrEnum
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.errors import Mention, NotAllowed, Typed


class Role(StrEnum):
    """The part that somebody has in an incident."""

    COMMANDER = "commander"
    ANYONE = "anyone else"


class Action(StrEnum):
    """Everything that can be done."""

    DECLARE = "declare"
    LIST = "list"
    HELP = "help"
    UPDATE = "update"
    STATUS = "status"
    SEVERITY = "severity"
    RESOLVE = "resolved"
    REOPEN = "reopen"
    HANDOVER = "commander"
    CLAIM = "claim"
    NOTE = "note"
    TIMELINE = "timeline"
    POSTMORTEM = "postmortem"
    DELIVERY = "delivery"
    RETRY = "retry a delivery"
    PUBLISH = "publish"
    SETTLE_DRIFT = "put back or leave a component"
    STATUSPAGE = "statuspage"


_EVERYBODY: Final = frozenset(Role)
_COMMANDER: Final = frozenset({Role.COMMANDER})

ALLOWED: Final[dict[Action, frozenset[Role]]] = {
    Action.DECLARE: _EVERYBODY,
    Action.LIST: _EVERYBODY,
    Action.HELP: _EVERYBODY,
    Action.CLAIM: _EVERYBODY,
    Action.NOTE: _EVERYBODY,
    Action.TIMELINE: _EVERYBODY,
    Action.DELIVERY: _EVERYBODY,
    Action.STATUSPAGE: _EVERYBODY,
    Action.UPDATE: _COMMANDER,
    Action.STATUS: _COMMANDER,
    Action.SEVERITY: _COMMANDER,
    Action.RESOLVE: _COMMANDER,
    Action.REOPEN: _COMMANDER,
    Action.HANDOVER: _COMMANDER,
    Action.POSTMORTEM: _COMMANDER,
    Action.RETRY: _COMMANDER,
    Action.PUBLISH: _COMMANDER,
    Action.SETTLE_DRIFT: _COMMANDER,
}


def role_of(user_id: str, incident: Incident | None) -> Role:
    """Return what somebody is to an incident; outside of one nobody is its commander."""
    is_commander = incident is not None and user_id == incident.commander_user_id
    return Role.COMMANDER if is_commander else Role.ANYONE


def is_allowed(action: Action, role: Role) -> bool:
    return role in ALLOWED.get(action, frozenset())


def require(action: Action, incident: Incident | None, user_id: str) -> None:
    """Raise NotAllowed, naming who can and how to take over, unless the table allows it."""
    if is_allowed(action, role_of(user_id, incident)):
        return
    if incident is None:
        raise NotAllowed(f"Only the commander of an incident can do that (`{action}`).")
    raise NotAllowed(
        f"Only the commander of {incident.ref} can do that (`{action}`): that is ",
        Mention(incident.commander_user_id),
        ". Ask them, or type ",
        Typed("claim"),
        " in the incident's channel to take command.",
    )


def table() -> str:
    """Return the table as Markdown, a line for each action."""
    head = "| action | " + " | ".join(Role) + " |"
    rule = "|---" * (len(Role) + 1) + "|"
    lines = [
        f"| {action} | "
        + " | ".join("yes" if is_allowed(action, role) else "no" for role in Role)
        + " |"
        for action in Action
    ]
    return "\n".join([head, rule, *lines])
