"""/incident status: say how it stands; a leading status word moves the status."""

import re
from datetime import timedelta
from typing import Final

from incident_bot.commands import Command, IncidentCall, Reply
from incident_bot.domain import durations, promises, updates
from incident_bot.domain.incidents import Status
from incident_bot.domain.permissions import Action
from incident_bot.domain.text import leading_word, machine_word, visible, without_separator
from incident_bot.domain.updates import UpdateRequest
from incident_bot.errors import InvalidInput, Typed
from incident_bot.render.updates import promised
from incident_bot.store.database import Tx
from incident_bot.workflow import changes

_SETTABLE: Final = frozenset({Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING})


def typed(tx: Tx, call: IncidentCall) -> Reply:
    status, message, length = parse(call.rest)
    wanted = UpdateRequest(
        actor_user_id=call.user_id,
        message=message,
        status=status,
        next_update_at=tx.now + promises.checked(length) if length is not None else None,
    )
    after, update = updates.apply(call.incident, wanted, tx.now, call.settings.update_every)
    changes.save(tx, call.incident, after, update, Action.STATUS, call.settings, call.confirmation)
    still = "still " if after.status is call.incident.status else ""
    return Reply(
        text=f"Posted. {after.ref} is {still}{after.status}.{promised(after)}",
        outcome=f"status {after.status}",
    )


def parse(rest: str) -> tuple[Status | None, str, timedelta | None]:
    """Return the status that is meant, the message, and after which time the next update comes.

    `in 45m:` promises that, before or behind the status; alone it moves only the promise. Raises
    InvalidInput as `parse_status`.
    """
    length, rest = durations.leading_promise(rest)
    if length is not None and not rest:
        return None, "", length
    status, message = parse_status(rest)
    if length is None and status is not None:
        length, message = durations.leading_promise(message)
    return status, message, length


def parse_status(rest: str) -> tuple[Status | None, str]:
    """Return the status that is meant, if the line begins with one, and the message.

    `identified: the cache` and `identified the cache` give what stands after the word, which the
    message would only repeat; `Identified root cause in LB` is a sentence and is kept whole.
    Raises InvalidInput when there is nothing, for `resolved`, which is a command of its own, and
    for `declared`.
    """
    if not rest:
        raise InvalidInput(
            "Say how it stands, for example ",
            Typed("status identified: the cache is full"),
            ".",
        )
    word, after = leading_word(rest)
    message = _after_colon(after)
    if word in ("resolve", "resolved") and message is not None:
        line = f"resolved {message or 'what fixed it'}"
        raise InvalidInput("To resolve it type ", Typed(line), ".")
    if word == Status.DECLARED and message is not None:
        line = f"status investigating: {message or 'what you know'}"
        raise InvalidInput(
            "No incident goes back to declared. Say how it stands: ", Typed(line), "."
        )
    if word not in _SETTABLE:
        return None, rest
    if message is None:
        message = _after_keyword(rest.removesuffix(after), after)
    return Status(word), rest if message is None else message


def _after_colon(after: str) -> str | None:
    """Return what stands behind a colon, or nothing where only punctuation follows."""
    found = re.match(r"\W?\s*[:\uff1a]\s*(.*)", after, re.DOTALL)
    if found:
        return visible(found[1])
    return None if machine_word(after) else ""


def _after_keyword(typed: str, after: str) -> str | None:
    """Return what follows a status word in lower case, unless it is a part of a longer word."""
    found = re.match(r"[,.!]?\s+(.*)", after, re.DOTALL)
    if not found or not typed.strip().islower():
        return None
    return visible(without_separator(found[1]))


COMMAND = Command(
    usage="status [investigating|identified|monitoring] [in 45m][:] message",
    summary="post an update; begin with a status word to change the status too",
    action=Action.STATUS,
    in_incident=True,
    typed=typed,
    examples=(
        "status identified: the cache is full",
        "status still looking at the database",
        "status in 45m: the vendor is on it",
        "status INC-42 the vendor has answered",
    ),
)
