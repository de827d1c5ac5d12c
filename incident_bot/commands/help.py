"""/incident help: what can be done here, one command with examples, or all commands."""

from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from incident_bot import commands
from incident_bot.commands import Call, Command, Press, Reply
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action, Role
from incident_bot.domain.text import first_word, machine_word
from incident_bot.errors import NotFound, Offer, Remedy, Typed
from incident_bot.render import messages
from incident_bot.render.messages import button, row
from incident_bot.render.text import Block, escape, person, section
from incident_bot.store import incidents, people, workspace
from incident_bot.store.database import Tx

_ORDER: Final = (
    *("declare", "list", "update", "status", "severity", "resolved", "cancel", "duplicate"),
    *(
        "snooze",
        "reopen",
        "undo",
        "claim",
        "commander",
        "edit",
        "join",
        "note",
        "timeline",
        "delivery",
    ),
    *("postmortem", "publish", "statuspage"),
)
"""Help lists these in this order, and then all others."""

_WHILE_OPEN_USELESS: Final = frozenset({"reopen", "postmortem", "join"})
_WHEN_RESOLVED_USELESS: Final = frozenset(
    {
        *("update", "status", "snooze", "severity", "resolved", "cancel", "duplicate", "publish"),
        "join",
    }
)


def typed(tx: Tx, call: Call) -> Reply:
    word = people.spelled_out(tx, call.rest).strip()
    if not word:
        return _for_operators(tx, call, here(tx, call))
    if machine_word(word) == "all":
        return _for_operators(tx, call, everything(tx, call))
    return about(word)


def _for_operators(tx: Tx, call: Call, reply: Reply) -> Reply:
    """Put before it what the app may not do, where whoever asks can have that changed."""
    is_operator = call.user_id in call.settings.admins
    if not is_operator or not (missing := workspace.missing_scopes(tx)):
        return reply
    text = messages.missing_scopes(missing)
    blocks = [section(text), *(reply.blocks or ())]
    return replace(reply, text=f"{text}\n{reply.text}", blocks=blocks)


def without_form(tx: Tx, call: Call) -> Reply:
    """Show one subcommand, or all of them where none is named: no channel says what is at hand."""
    return typed(tx, call) if call.rest.strip() else everything(tx, call)


def here(tx: Tx, call: Call) -> Reply:
    """Show what this person can do here and now: in an incident's channel, or anywhere else."""
    number = incidents.with_channel(tx, call.request.channel_id)
    if number is None:
        return _anywhere(call)
    incident = incidents.by_id(tx, number)
    role = permissions.role_of(call.user_id, incident, call.standing)
    return _in_channel(incident, role)


def everything(tx: Tx, call: Call) -> Reply:
    """List all subcommands, a line each."""
    named = "Outside of its channel name the incident first: `/incident status INC-42 what is new`"
    return _reply("\n".join(["*What you can type*", *map(_line, _in_order()), named]))


def about(word: str) -> Reply:
    """Help on one subcommand; raises NotFound for one that does not exist."""
    command = commands.by_word().get(machine_word(first_word(word)[0]))
    if command is None:
        raise unknown(word)
    aliases = ", ".join(f"`{alias}`" for alias in command.aliases)
    also = f" Also: {aliases}." if aliases else ""
    instead = f"\nIn one line: `{command.instead}`" if command.instead else ""
    examples = "\n".join(f"`/incident {escape(each)}`" for each in command.examples)
    return _reply(f"{_line(command)}.{also}{instead}\nFor example:\n{examples}")


def unknown(word: str) -> NotFound:
    """Say that there is no such subcommand, and which may have been meant."""
    near = get_close_matches(machine_word(first_word(word)[0]), commands.by_word(), n=1)
    meant = ("Did you mean ", Typed(commands.by_word()[near[0]].name), "? ") if near else ()
    return NotFound(
        "There is no ",
        Typed(word[:40]),
        ". ",
        *meant,
        Typed("help all"),
        " lists all.",
        offers=[Offer(Remedy.HELP), Offer(Remedy.DECLARE), Offer(Remedy.LIST)],
    )


def _in_channel(incident: Incident, role: Role) -> Reply:
    leads = role is Role.COMMANDER
    who = "you command it" if leads else f"{person(incident.commander_user_id)} commands it"
    useless = _WHILE_OPEN_USELESS if incident.is_open else _WHEN_RESOLVED_USELESS
    if leads:
        useless |= {"claim"}
    lines = [
        _line(command)
        for command in _in_order()
        if command.in_incident
        and command.name not in useless
        and permissions.is_allowed(command.action, role)
    ]
    lead = f"{messages.headline(incident)} is {incident.state}; {who}. Here you can type:"
    text = "\n".join([lead, *lines, "`/incident help all` lists all commands."])
    return Reply(text=text, blocks=[section(text), *_buttons(incident, role)])


def _buttons(incident: Incident, role: Role) -> list[Block]:
    """Render the buttons that this person will not be refused."""
    if role is Role.GUEST:
        return []
    if role is Role.COMMANDER or not incident.is_open:
        return [messages.actions(incident)]
    value = str(incident.id)
    take_command = messages.take_command(incident.ref, value, ask=True)
    return [row(take_command, button("Timeline", "timeline", value))]


def _anywhere(call: Call) -> Reply:
    service = call.settings.services[0]
    text = "\n".join(
        (
            "Is something broken? `/incident declare` opens a form. In one line:",
            f"`/incident declare P1 {escape(service)} what is wrong`",
            "`/incident list` shows what is open. In the channel of an incident `/incident help` "
            "says what you can do there; `/incident help all` lists all commands.",
        )
    )
    buttons = row(
        {**button("Declare an incident", "declare", ""), "style": "danger"},
        button("Open incidents", "list", ""),
        button("All commands", "help", ""),
    )
    return Reply(text=text, blocks=[section(text), buttons])


def _in_order() -> list[Command]:
    def place(command: Command) -> int:
        return _ORDER.index(command.name) if command.name in _ORDER else len(_ORDER)

    return sorted(commands.all_commands().values(), key=place)


def _line(command: Command) -> str:
    return f"• `/incident {escape(command.usage)}` — {command.summary}"


def _reply(text: str) -> Reply:
    return Reply(text=text, blocks=[section(text)])


COMMAND = Command(
    usage="help [command|all]",
    summary="show what you can do here, one command with examples, or all commands",
    action=Action.HELP,
    typed=typed,
    pressed={"": Press(handler=everything)},
    without_form=without_form,
    examples=("help", "help status", "help all"),
)
