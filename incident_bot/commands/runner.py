"""Runs a command: finds the incident, checks the permission, calls the handler, audits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from incident_bot import log as logs
from incident_bot.commands import (
    Call,
    Command,
    Handler,
    IncidentCall,
    InteractionType,
    Reply,
    Request,
)
from incident_bot.domain import mentions, permissions
from incident_bot.domain.incidents import Incident, named_first
from incident_bot.domain.people import Standing
from incident_bot.errors import NotFound, Offer, Remedy, Typed, Unconfirmed, UserError
from incident_bot.render.capture_forms import WHICH
from incident_bot.render.ending_forms import ANOTHER
from incident_bot.settings import Settings
from incident_bot.store import audit, confirmations, incidents
from incident_bot.store.database import Tx
from incident_bot.workflow import commanders, confirmation
from incident_bot.workflow.confirmation import Confirmation

_MOST_REPEATED: Final = 200
"""The line to type instead repeats at most so many characters of what was typed."""


def run(
    tx: Tx, command: Command, request: Request, settings: Settings, standing: Standing
) -> Reply:
    """Do what was asked and write it to the audit trail; raises UserError when it cannot be done.

    `standing` is what the person is to our workspace. The permission is checked before anything of
    the command runs. The incident's row is held until the transaction ends.
    """
    handler = command.handler(request)
    if handler is None:
        return _unhandled(command, request)
    incident, rest = _found(tx, command, request)
    other = _other(tx, command, request.field(ANOTHER) or rest)
    asked = Confirmation(tx, request.confirmation_key, request.sending)
    if incident is not None:
        logs.incident.set(incident.ref)
        request = replace(request, rest=rest)
    standing = commanders.standing_here(standing, settings)
    permissions.require(
        command.needed(request),
        incident,
        request.user_id,
        standing,
        other=other,
        admins=settings.admins,
    )
    if incident is not None and request.form and request.shows_older(incident):
        confirmation.require_current(incident, asked)
    call = Call(
        request=request,
        settings=settings,
        standing=standing,
        role=permissions.role_of(request.user_id, incident, standing, settings.admins),
        confirmation=asked,
    )
    reply = _called(tx, handler, call, incident, other)
    if reply.audit is not None:
        audit.add(
            tx,
            command.needed(request),
            actor=request.user_id,
            incident_id=incident.id if incident else None,
            channel_id=request.channel_id,
            detail=reply.audit,
        )
    return reply


def audit_refusal(tx: Tx, command: Command, request: Request, error: UserError) -> None:
    """Write to the audit trail that this was not done, in a transaction after the one it ended."""
    if isinstance(error, Unconfirmed):
        confirmations.ask(tx, request.confirmation_key, request.sending)
    audit.add(
        tx,
        command.needed(request),
        actor=request.user_id,
        allowed=False,
        incident_id=_incident_id(tx, command, request),
        channel_id=request.channel_id,
        detail=type(error).__name__,
    )


def audit_bug(tx: Tx, command: Command, request: Request, bug: BaseException) -> None:
    """Write to the audit trail that a bug of ours ended this; what the bug may be in is not run."""
    audit.add(
        tx,
        command.action,
        actor=request.user_id,
        allowed=False,
        incident_id=incidents.with_channel(tx, request.channel_id),
        channel_id=request.channel_id,
        detail=f"bug {type(bug).__name__}",
    )


def _found(tx: Tx, command: Command, request: Request) -> tuple[Incident | None, str]:
    """Find the incident, where there has to be one, and what was said of it; raises NotFound."""
    if not command.in_incident:
        return None, ""
    if request.type is InteractionType.SHORTCUT:  # it may be chosen anywhere
        return incidents.in_channel(tx, request.channel_id), request.rest
    return _incident(tx, command, request)


def _incident(tx: Tx, command: Command, request: Request) -> tuple[Incident, str]:
    """Find the incident that is meant, and what was said of it; raises NotFound.

    The form or button knows it, the line names it first, or it is the one of the channel.
    """
    chosen = request.field(WHICH)
    if request.incident_id is not None or chosen.isdecimal():
        return incidents.held(tx, request.incident_id or int(chosen[:15])), request.rest
    number, rest = named_first(request.rest)
    is_the_other = command.names_another and named_first(rest)[0] is None
    if number is not None and not is_the_other:
        return incidents.held(tx, number), rest
    if incident := incidents.in_channel(tx, request.channel_id):
        return incident, request.rest
    said = mentions.plain(request.rest, {})[:_MOST_REPEATED]
    raise NotFound(
        "This is not the channel of an incident. Name one, as in ",
        Typed(f"{command.name} INC-42 {said}".rstrip()),
        "; ",
        Typed("list"),
        " shows the open ones.",
        offers=[Offer(Remedy.LIST)],
    )


def _other(tx: Tx, command: Command, named: str) -> Incident | None:
    """Return the further incident that a line or form names, held too; raises NotFound."""
    number, _ = named_first(named) if command.names_another else (None, "")
    return incidents.held(tx, number) if number is not None else None


def _incident_id(tx: Tx, command: Command, request: Request) -> int | None:
    """Return the incident that is meant, if there is one, for the audit trail."""
    if not command.in_incident:
        return incidents.with_channel(tx, request.channel_id)
    try:
        return _incident(tx, command, request)[0].id
    except NotFound:
        return None


def suggest(
    tx: Tx, command: Command, block_id: str, query: str, settings: Settings
) -> Sequence[Mapping[str, Any]]:
    """Return the options for what is typed into a searching select, if anyone may use the form."""
    if command.suggest is None or not permissions.is_allowed(
        command.action, permissions.Role.ANYONE
    ):
        return ()
    return command.suggest(tx, settings, block_id, query)


def _called(
    tx: Tx, handler: Handler, call: Call, incident: Incident | None, other: Incident | None
) -> Reply:
    if incident is None:
        # The handlers of a command outside of incidents take a Call.
        return handler(tx, cast(IncidentCall, call))
    return handler(
        tx,
        IncidentCall(
            request=call.request,
            settings=call.settings,
            standing=call.standing,
            role=call.role,
            confirmation=call.confirmation,
            incident=incident,
            other=other,
        ),
    )


def _unhandled(command: Command, request: Request) -> Reply:
    """Ignore a choice that no command waits for; a form stays open with what was chosen in it."""
    if request.type is InteractionType.CHOICE:
        return Reply()
    raise NotFound(f"This {request.type} does nothing any more. Type ", Typed(command.usage), ".")
