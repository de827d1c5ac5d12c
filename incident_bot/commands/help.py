"""/incident help: what can be typed."""

from incident_bot import commands
from incident_bot.commands import Call, Command, Reply
from incident_bot.domain.permissions import Action
from incident_bot.domain.text import first_word, machine_word
from incident_bot.errors import NotFound, Typed
from incident_bot.render.text import escape, section
from incident_bot.store import people
from incident_bot.store.database import Tx


def typed(tx: Tx, call: Call) -> Reply:
    return about(people.spelled_out(tx, call.rest))


def about(word: str) -> Reply:
    """Help on one subcommand, or on all of them; raises NotFound for one that does not exist."""
    if not word.strip():
        return overview()
    command = commands.by_word().get(machine_word(first_word(word)[0]))
    if command is None:
        raise NotFound("There is no ", Typed(word), ". ", Typed("help"), " lists all.")
    aliases = ", ".join(f"`{alias}`" for alias in command.aliases)
    also = f" Also: {aliases}." if aliases else ""
    instead = f"\nIn one line: `{command.instead}`" if command.instead else ""
    return _reply(f"{_line(command)}.{also}{instead}")


def overview(lead: str = "") -> Reply:
    """All subcommands, a line each, after what went wrong if anything did."""
    lines = [_line(command) for command in commands.all_commands().values()]
    named = "Outside of its channel name the incident first: `/incident status INC-42 what is new`"
    return _reply("\n".join([*([lead] if lead else []), "*What you can type*", *lines, named]))


def _line(command: Command) -> str:
    return f"• `/incident {escape(command.usage)}` — {command.summary}"


def _reply(text: str) -> Reply:
    return Reply(text=text, blocks=[section(text)])


COMMAND = Command(
    usage="help [command]", summary="list all commands", action=Action.HELP, typed=typed
)
