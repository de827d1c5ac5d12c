"""Ask for the few settings that the bot needs, check each, and write them to a file.

It asks Slack, PostgreSQL and Redis about each answer and changes nothing there. Where nobody can be
asked, as in a script, each answer is an option or a setting that is there already. Others on the
machine can see what stands on a command line: give secrets in the environment, as SLACK_BOT_TOKEN.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, is_json, with_json
from incident_bot.cli._help import NAME, examples
from incident_bot.cli._questions import QUESTIONS, Setup, Way, answer_from, ask_all, warnings_of
from incident_bot.cli._setup_checks import Faulty
from incident_bot.cli.manifest import create_link, url_fault
from incident_bot.errors import ConfigError, UserError
from incident_bot.settings import env_file, inspection
from incident_bot.settings.sources import environment

_SLACKS_OWN: Final = "https://slack.com/api/"
_NO_ADDRESS: Final = "none"
_TOKEN_OF_APP: Final = (
    "\n\nThen, under Basic Information, App-Level Tokens, generate a token with the scope "
    "connections:write."
)


_BY_SOCKET: Final = "It runs `socket` too, over which Slack reaches the bot without an address."


def _of(setting: str, metavar: str) -> dict[str, Any]:
    """Return what every option of a setting has; names are taken for ids, and looked up."""
    meaning = next(each.help for each in settings.SETTINGS if each.name == setting)
    return {"metavar": metavar, "help": meaning.replace("Ids of", "Names or ids of", 1)}


@click.command(
    help=__doc__,
    epilog=examples(
        "init",
        "init --url https://bot.example.com",
        "init --socket",
        "init --output /etc/incident-bot/env",
        "init --yes --services api-gateway,checkout --p1-channels '#incidents-p1'",
    ),
)
@click.option("--url", metavar="URL", help="The address at which Slack will reach a new app.")
@click.option(
    "--socket",
    is_flag=True,
    help="Have Slack reach the bot in Socket Mode, without an address, by a token of its own.",
)
@click.option("--bot-token", **_of("SLACK_BOT_TOKEN", "TOKEN"))
@click.option("--signing-secret", **_of("SLACK_SIGNING_SECRET", "SECRET"))
@click.option("--app-token", **_of("SLACK_APP_TOKEN", "TOKEN"))
@click.option("--services", **_of("SERVICES", "NAMES"))
@click.option("--p1-channels", **_of("P1_CHANNELS", "CHANNELS"))
@click.option("--p2-channels", **_of("P2_CHANNELS", "CHANNELS"))
@click.option("--p1-users", **_of("P1_USERS", "PEOPLE"))
@click.option("--database-url", **_of("DATABASE_URL", "URL"))
@click.option("--redis-url", **_of("REDIS_URL", "URL"))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    default=Path(".env"),
    show_default=True,
    help="The file to write; what else it says is kept.",
)
@click.option("--force", is_flag=True, help="Change the file without asking when it is there.")
@click.option("--yes", is_flag=True, help="Ask nothing: what no option says must be set already.")
@click.option("--offline", is_flag=True, help="Contact nobody; channels and people must be ids.")
@with_json("file", "settings", "app_url", "warnings")
def command(
    url: str | None,
    socket: bool,
    output: Path,
    force: bool,
    yes: bool,
    offline: bool,
    **given: str | None,
) -> Answer:
    asks = not yes and not is_json() and _is_terminal()
    if fault := _way_fault(url, socket):
        raise ConfigError(fault)
    _require_writable(output)
    before = _text_of(output)
    if before is not None and not force:
        _require_leave(output, asks=asks)
    present = {**settings.read_env_file(output), **environment()}
    setup = Setup(present=present, is_offline=offline, way=_way(url, socket))
    by_setting = {each.setting: given[_parameter(each.flag)] for each in QUESTIONS}
    if asks:
        url = url or _asked_url(setup)
        ask_all(setup, by_setting)
    else:
        try:
            answer_from(setup, by_setting)
        except Faulty as error:
            raise UserError(str(error)) from None
    _write(output, before or "", setup)
    return _answer(output, url, setup, was_asked=asks)


def _way_fault(url: str | None, socket: bool) -> str | None:
    if url is None:
        return None
    if socket:
        return "Give one of --url and --socket: in Socket Mode Slack needs no address of the bot."
    return url_fault(url)


def _way(url: str | None, socket: bool) -> Way:
    if socket:
        return Way.SOCKET
    return Way.UNKNOWN if url is None else Way.HTTP


def _parameter(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def _is_terminal() -> bool:
    return all(each is not None and each.isatty() for each in (sys.stdin, sys.stdout))


def _require_writable(output: Path) -> None:
    """Raise ConfigError before anything is asked when the answers could not be written."""
    folder = output.resolve().parent
    if not folder.is_dir():
        raise ConfigError(f"--output: there is no folder {folder}.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"--output: you may not write in {folder}.")


def _text_of(output: Path) -> str | None:
    if not output.exists():
        return None
    try:
        return output.read_text(encoding="utf-8-sig")
    except ValueError:
        raise ConfigError(f"{output} is not UTF-8: correct or remove it.") from None


def _require_leave(output: Path, *, asks: bool) -> None:
    if not asks:
        raise ConfigError(f"{output} is there already: --force changes it.")
    if not click.confirm(
        f"{output} is there already. Your answers replace those in it, and all else stays. Go on?"
    ):
        raise UserError("Nothing was changed.")


def _asked_url(setup: Setup) -> str | None:
    """Ask for the address of a new app, unless one is there, and say how to make the app."""
    click.echo("Ctrl-C stops this, and nothing is written. Secrets are not shown as you type.\n")
    if inspection.value_of("SLACK_BOT_TOKEN", setup.present):
        return None
    url = "" if setup.way is Way.SOCKET else _typed_url()
    if url == _NO_ADDRESS:
        setup.way, url = Way.SOCKET, ""
    elif url:
        setup.way = Way.HTTP
    if url or setup.way is Way.SOCKET:
        click.echo(f"\n{_how_to_create(url or None)}\n")
    return url or None


def _typed_url() -> str:
    while True:
        url: str = click.prompt(
            "Address at which Slack will reach the bot, as https://bot.example.com; "
            f"{_NO_ADDRESS} if it has none, for Socket Mode; Enter if the app exists",
            default="",
            show_default=False,
        ).strip()
        fault = url_fault(url) if url not in ("", _NO_ADDRESS) else None
        if fault is None:
            return url
        click.echo(f"  {fault.replace('--url', 'It')}")


def _how_to_create(url: str | None) -> str:
    """Say how to make the app, at an address or in Socket Mode."""
    made = "" if url else _TOKEN_OF_APP
    return (
        "Open this link, choose the workspace, press Create, then Install to Workspace:\n\n"
        f"  {create_link(url)}{made}"
    )


def _write(output: Path, before: str, setup: Setup) -> None:
    values = {
        name: each.value for name, each in setup.answers.items() if not setup.is_in_file(name)
    }
    notes = {name: each.note for name, each in setup.answers.items()}
    text = env_file.merged(before, values, notes, inspection.other_names())
    env_file.write(output, text)


def _answer(output: Path, url: str | None, setup: Setup, *, was_asked: bool) -> Answer:
    values = {name: each.value for name, each in setup.answers.items()}
    late = _late_warnings(output, values, setup)
    is_socket = setup.way is Way.SOCKET
    warnings = [*warnings_of(setup.answers), *late]
    found = {
        "file": str(output),
        "settings": list(values),
        "app_url": create_link(url) if url or is_socket else None,
        "warnings": warnings,
    }
    chosen = "" if output == Path(".env") else f"--env-file {output} "
    lines = [
        *([] if was_asked else _found_lines(setup, url)),
        f"Wrote {output}. Next, type:",
        f"  {NAME} {chosen}migrate",
        f"  {NAME} {chosen}all",
        *([_BY_SOCKET] if "SLACK_APP_TOKEN" in values else []),
    ]
    shown = late if was_asked else warnings
    return Answer(found=found, lines=lines, problems=[f"Warning: {each}" for each in shown])


def _found_lines(setup: Setup, url: str | None) -> Sequence[str]:
    found = [f"{name}: {line}" for name, each in setup.answers.items() for line in each.lines]
    is_new = url is not None or setup.way is Way.SOCKET
    return [*([_how_to_create(url)] if is_new else []), *found]


def _late_warnings(output: Path, values: Mapping[str, str], setup: Setup) -> list[str]:
    """Say what the file alone does not show."""
    warnings = settings.errors_in({**settings.read_env_file(output), **environment()})
    warnings += [
        f"{name} is set otherwise in the environment of this shell, which wins over the file: "
        f"unset {name}."
        for name in inspection.stronger(values)
    ]
    if (api_url := setup.api_url()) != _SLACKS_OWN and not setup.is_offline:
        warnings.append(f"SLACK_API_URL is {api_url}: that was asked, and not Slack.")
    return warnings
