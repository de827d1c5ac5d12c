"""Write the whole database to a file. The bot can go on running."""

import argparse
import sys
from pathlib import Path

from incident_bot import settings
from incident_bot.cli import OK, WRONG
from incident_bot.store import backups

SUMMARY = "write the database to a file"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write")


def run(args: argparse.Namespace) -> int:
    try:
        backups.dump(settings.database_url(), args.file)
    except backups.CannotCopy as error:
        print(error, file=sys.stderr)
        return WRONG
    print(f"Wrote {args.file}, {args.file.stat().st_size} bytes.")
    return OK
