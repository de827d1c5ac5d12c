"""The one table of permissions: anything that is not in it is refused."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import Person, Standing
from incident_bot.errors import InvalidInput, Mention, NotAllowed, Offer, Part, Remedy, Typed


class Role(StrEnum):
    """The part that somebody has in an incident, or with the bot."""

    COMMANDER = "commander"
    ADMIN = "admin"
    ANYONE = "anyone else"
    GUEST = "guest"


class Action(StrEnum):
    """Everything that can be done."""

    DECLARE = "declare"
    LIST = "list"
    HELP = "help"
    UPDATE = "update"
    STATUS = "status"
    SNOOZE = "snooze"
    SEVERITY = "severity"
    EDIT = "edit"
    RESOLVE = "resolved"
    CANCEL = "cancel"
    DUPLICATE = "duplicate"
    UNDO = "undo"
    REOPEN = "reopen"
    HANDOVER = "commander"
    CLAIM = "claim"
    JOIN = "join"
    NOTE = "note"
    CAPTURE = "put a message on the timeline"
    AMEND = "correct an entry of one's own"
    AMEND_ANY = "correct somebody else's entry"
    TIMELINE = "timeline"
    CATCHUP = "catchup"
    POSTMORTEM = "postmortem"
    DELIVERY = "delivery"
    RETRY = "retry a delivery"
    PUBLISH = "publish"
    SETTLE_DRIFT = "put back or leave a component"
    STATUSPAGE = "statuspage"
    DOCTOR = "doctor"


_EVERYBODY: Final = frozenset(Role)
_MEMBERS: Final = frozenset({Role.COMMANDER, Role.ADMIN, Role.ANYONE})
_COMMANDER: Final = frozenset({Role.COMMANDER})
_ADMIN: Final = frozenset({Role.ADMIN})
_MOST_NAMED: Final = 5

ALLOWED: Final[dict[Action, frozenset[Role]]] = {
    Action.DECLARE: _MEMBERS,
    Action.LIST: _EVERYBODY,
    Action.HELP: _EVERYBODY,
    Action.CLAIM: _MEMBERS,
    Action.JOIN: _MEMBERS,
    Action.REOPEN: _MEMBERS,
    Action.UNDO: _MEMBERS,
    Action.POSTMORTEM: _MEMBERS,
    Action.NOTE: _EVERYBODY,
    Action.CAPTURE: _EVERYBODY,
    Action.AMEND: _EVERYBODY,
    Action.AMEND_ANY: _COMMANDER,
    Action.TIMELINE: _EVERYBODY,
    Action.CATCHUP: _EVERYBODY,
    Action.DELIVERY: _EVERYBODY,
    Action.STATUSPAGE: _EVERYBODY,
    Action.UPDATE: _COMMANDER,
    Action.STATUS: _COMMANDER,
    Action.SNOOZE: _COMMANDER,
    Action.SEVERITY: _COMMANDER,
    Action.EDIT: _COMMANDER,
    Action.RESOLVE: _COMMANDER,
    Action.CANCEL: _COMMANDER,
    Action.DUPLICATE: _COMMANDER,
    Action.HANDOVER: _COMMANDER,
    Action.RETRY: _COMMANDER,
    Action.PUBLISH: _COMMANDER,
    Action.SETTLE_DRIFT: _COMMANDER,
    Action.DOCTOR: _ADMIN,
}


def role_of(
    user_id: str,
    incident: Incident | None,
    standing: Standing = Standing.MEMBER,
    admins: Sequence[str] = (),
) -> Role:
    """Return what somebody is to an incident; outside of one nobody is its commander.

    Guests and people of other organisations are guests, whatever else they are. Slack vouches for
    whoever asks, so somebody whom the directory does not know yet is a member.
    """
    if standing in (Standing.GUEST, Standing.OUTSIDER):
        return Role.GUEST
    if incident is not None and user_id == incident.commander_user_id:
        return Role.COMMANDER
    return Role.ADMIN if user_id in admins else Role.ANYONE


def is_allowed(action: Action, role: Role) -> bool:
    return role in ALLOWED.get(action, frozenset())


def require(
    action: Action,
    incident: Incident | None,
    user_id: str,
    standing: Standing = Standing.MEMBER,
    *,
    other: Incident | None = None,
    admins: Sequence[str] = (),
) -> None:
    """Raise NotAllowed, naming who can and how to take over, unless the table allows it.

    Of something that concerns an `other` incident too its commander is as good as this one's.
    """
    role = role_of(user_id, incident, standing, admins)
    if other is not None and role in (Role.ADMIN, Role.ANYONE):
        role = role_of(user_id, other, standing, admins)
    if is_allowed(action, role):
        return
    if role is Role.GUEST:
        raise NotAllowed(
            "Guests can read and add notes, and nothing else. Ask a member of this workspace."
        )
    if ALLOWED.get(action) == _ADMIN:
        raise _for_admins(admins)
    if incident is None:
        raise NotAllowed("Only the commander of an incident can do that.")
    raise NotAllowed(
        f"Only the commander of {incident.ref} can do that: that is ",
        Mention(incident.commander_user_id),
        ". Ask them, or take command: ",
        Typed(f"claim {incident.ref}"),
        ".",
        offers=[Offer(Remedy.TAKE_COMMAND, incident.id)],
    )


def _for_admins(admins: Sequence[str]) -> NotAllowed:
    """Say who operates the bot."""
    if not admins:
        return NotAllowed(
            "Only admins of the bot can do that, and there are none: whoever runs it names them in "
            "the setting ADMINS."
        )
    named: list[Part] = []
    for user_id in admins[:_MOST_NAMED]:
        named += [", " if named else "", Mention(user_id)]
    return NotAllowed("Only admins of the bot can do that: ", *named, ". Ask one of them.")


def require_able_to_command(user_id: str, person: Person | None, standing: Standing) -> None:
    """Raise InvalidInput, saying why, unless command may be handed to this person."""
    if person is None:
        raise InvalidInput(
            "The bot does not know ",
            Mention(user_id),
            " yet, so it cannot hand command to them. Pick somebody else.",
            field="commander",
        )
    if why := _why_not(person, standing):
        raise InvalidInput(
            f"{person.name} {why} and cannot take command. Pick somebody else.", field="commander"
        )


def _why_not(person: Person, standing: Standing) -> str:
    if person.is_bot:
        return "is an app"
    if person.is_deactivated:
        return "has a deactivated account"
    if is_allowed(Action.CLAIM, role_of(person.user_id, None, standing)):
        return ""
    return f"is {standing}"


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
