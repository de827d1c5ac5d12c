"""Generate the docs that come from the code: `python -m tests.docs` writes them anew."""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

import incident_bot
from incident_bot.cli._help import NAME
from incident_bot.cli._subcommands import load_all, root
from incident_bot.clients.slack_api import SCOPES
from incident_bot.commands import Command, all_commands
from incident_bot.doctor.scopes import bot_scopes
from incident_bot.domain import permissions
from incident_bot.render.tables import AUDIT, INCIDENTS, TIMELINE, Table
from incident_bot.settings import SETTINGS, Setting

ROOT: Final = Path(incident_bot.__file__).parent.parent
REGENERATE: Final = "run .venv/bin/python -m tests.docs"

_BETWEEN: Final = re.compile(r"(<!-- made by tests\.docs: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

WHAT_FOR: Final = {
    "bookmarks:read": "find a link again that was put at the top of an incident's channel",
    "bookmarks:write": "put links at the top of an incident's channel",
    "channels:history": "read a message that somebody puts on the timeline, and find one again "
    "after a crash, so that nothing is posted twice",
    "channels:join": "join a public channel that the bot acts in, or searches for such a message",
    "channels:manage": "create the incident's channel, invite people, set its topic",
    "channels:read": "find the incident's channel again after a crash, and see who joins it",
    "chat:write": "post messages, and update or delete its own",
    "chat:write.public": "post in public channels that the bot is not a member of",
    "commands": "provide the `/incident` command",
    "files:write": "share a long timeline or a postmortem as a file",
    "groups:history": "find a message again in a private channel that the bot was invited to",
    "groups:read": "see who joins a private channel that the bot was invited to",
    "im:history": "find a direct message again after a crash",
    "im:write": "send direct messages",
    "pins:read": "put a message on the timeline that somebody pins",
    "pins:write": "pin the card in the incident's channel",
    "reactions:read": "put a message on the timeline that somebody reacts to with 📌",
    "reactions:write": "show with 📝 that a message is on the timeline",
    "usergroups:read": "know who is in a user group that a setting names",
    "users:read": "read people's names and time zones, and who is a guest or deactivated",
}
"""The purpose of each scope, for the person who has to allow it."""


def commands_table() -> str:
    rows = [_command_row(command) for command in all_commands().values()]
    return _table(("Type", "It does", "Also"), rows)


def _command_row(command: Command) -> tuple[str, str, str]:
    also = ", ".join(f"`{alias}`" for alias in command.aliases)
    return f"`/incident {command.usage}`", _sentence(command.summary), also


def settings_table() -> str:
    return _table(("Name", "Default", "Meaning"), [_setting_row(each) for each in SETTINGS])


def _setting_row(setting: Setting[Any]) -> tuple[str, str, str]:
    default = f"`{setting.default}`" if setting.default else "none"
    older = ", ".join(f"`{name}`" for name in setting.older_names)
    return (
        f"`{setting.name}`",
        "**required**" if setting.default is None else default,
        setting.help + (f" Older name: {older}." if older else ""),
    )


def scopes_table() -> str:
    rows = [(f"`{scope}`", _sentence(WHAT_FOR[scope]), _callers(scope)) for scope in bot_scopes()]
    return _table(("Scope", "What for", "Methods"), rows)


def _callers(scope: str) -> str:
    return ", ".join(f"`{method}`" for method in SCOPES if scope in SCOPES[method])


def command_line() -> str:
    """Each subcommand of `incident-bot`, with its actions, its options and what to type."""
    with root().make_context(NAME, ["migrate"]) as context:
        parts = [_subcommand(context, *each) for each in load_all().items()]
    return "\n\n".join(parts)


def columns_of(table: Table[Any]) -> str:
    """Each column of an export, with what it means."""
    rows = [(f"`{column.name}`", _sentence(column.meaning)) for column in table.columns]
    return _table(("Column", "Meaning"), rows)


def _subcommand(parent: click.Context, name: str, command: click.Command, level: int = 3) -> str:
    with click.Context(command, parent=parent, info_name=name) as context:
        parts = [f"{'#' * level} `{context.command_path}`", " ".join((command.help or "").split())]
        if isinstance(command, click.Group):  # its actions have options and examples
            parts += [_subcommand(context, *each, level + 1) for each in command.commands.items()]
        else:
            rows = _options(context)
            parts += [_table(("Option", "Meaning"), rows)] if rows else []
            parts.append("\n".join(["```sh", *examples_of(command), "```"]))
    return "\n\n".join(parts)


def _options(context: click.Context) -> list[tuple[str, str]]:
    shown = [each for each in context.command.params if not getattr(each, "hidden", False)]
    records = [each.get_help_record(context) for each in shown]
    return [(f"`{left}`", _meaning(right)) for left, right in filter(None, records)]


def _meaning(text: str) -> str:
    """Make a sentence of what click says: `The port.  [default: 3000]`."""
    return _sentence(re.sub(r"\.?  \[(.*)\]$", r" (\1)", text))


def examples_of(command: click.Command) -> list[str]:
    """Return what the help text of a command says to type."""
    return re.findall(rf"^  ({NAME} .+)$", command.epilog or "", re.MULTILINE)


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "…")) else f"{text}."
    return ended[:1].upper() + ended[1:] if not ended.startswith("`") else ended


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def env_example() -> str:
    """Return every setting with its meaning, all but the required ones commented out."""
    lead = (
        "# Copy this file to .env and fill in the first four; see docs/CONFIGURATION.md.\n"
        "# Put comments on lines of their own: docker and systemd would take them for a value.\n"
    )
    return "\n".join([lead, *(_example(setting) for setting in SETTINGS)])


def _example(setting: Setting[Any]) -> str:
    line = f"{setting.name}={setting.default or ''}"
    return f"# {setting.help}\n{line if setting.default is None else f'#{line}'}\n"


def app_json(text: str) -> str:
    """Return Heroku's file with the meaning of each setting that it asks for."""
    app = json.loads(text)
    meanings = {setting.name: setting.help for setting in SETTINGS}
    app["env"] = {
        name: {
            "description": meanings[name],
            **{k: v for k, v in said.items() if k != "description"},
        }
        for name, said in app["env"].items()
    }
    return json.dumps(app, indent=2, ensure_ascii=False) + "\n"


MADE: Final[dict[str, Callable[[], str]]] = {
    "commands": commands_table,
    "settings": settings_table,
    "scopes": scopes_table,
    "command_line": command_line,
    "export_incidents": partial(columns_of, INCIDENTS),
    "export_timeline": partial(columns_of, TIMELINE),
    "export_audit": partial(columns_of, AUDIT),
    "permissions": permissions.table,
}


def made_anew(path: Path) -> str:
    """Return the file as it should be, every marked part made from the current code."""
    if path.name == ".env.example":
        return env_example()
    if path.name == "app.json":
        return app_json(path.read_text(encoding="utf-8"))
    return _BETWEEN.sub(
        lambda part: f"{part[1]}{MADE[part[2]]()}\n{part[3]}", path.read_text(encoding="utf-8")
    )


def generated() -> list[Path]:
    """The files with parts made from the code."""
    marked = [path for path in sorted((ROOT / "docs").glob("*.md")) if _has_part(path)]
    return [*marked, ROOT / ".env.example", ROOT / "app.json"]


def _has_part(path: Path) -> bool:
    return _BETWEEN.search(path.read_text(encoding="utf-8")) is not None


if __name__ == "__main__":
    for each in generated():
        each.write_text(made_anew(each), encoding="utf-8")
        print(f"wrote {each.relative_to(ROOT)}")
