"""Say what is wrong with the settings, or odd about them; nothing is contacted.

It exits with 0 when the bot would start with them, warnings or not, and with 1 when it would not.
"""

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._faults import OK, WRONG
from incident_bot.cli._help import examples
from incident_bot.errors import ConfigError
from incident_bot.settings import inspection
from incident_bot.settings.sources import environment


@click.command(help=__doc__, epilog=examples("check", "check --json"))
@with_json("ok", "file", "problems", "warnings")
def command() -> Answer:
    environ = environment()
    wrong: list[str] = []
    try:
        settings.from_environment()
    except ConfigError:
        wrong = settings.errors_in(environ)
    odd = [] if wrong else inspection.oddities(environ)
    file = inspection.file_in_use()
    found = {
        "ok": not wrong,
        "file": str(file) if file.is_file() else None,
        "problems": wrong,
        "warnings": odd,
    }
    source = f"the environment and {file}" if file.is_file() else "the environment"
    lines = [] if wrong else [f"The settings from {source} are fine."]
    said = [*wrong, *(f"Warning: {each}" for each in odd)]
    return Answer(found=found, lines=lines, problems=said, code=WRONG if wrong else OK)
