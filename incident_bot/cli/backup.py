"""Write the whole database to a file.

The bot can go on running. The file is there whole or not at all, and only you can read it.
"""

from pathlib import Path

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._help import examples
from incident_bot.cli._progress import working
from incident_bot.errors import UserError
from incident_bot.store import backups


@click.command(help=__doc__, epilog=examples("backup incident-bot.dump"))
@click.argument("file", type=click.Path(path_type=Path), help="The file to write.")
@with_json("file", "bytes")
def command(file: Path) -> Answer:
    try:
        with working(f"Writing the database to {file}"):
            backups.dump(settings.database_url(), file)
    except backups.CannotCopy as error:
        raise UserError(str(error)) from None
    size = file.stat().st_size
    return Answer(found={"file": str(file), "bytes": size}, lines=[f"Wrote {file}, {size} bytes."])
