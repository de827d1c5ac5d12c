"""Fill an empty database from a backup. Stop the bot first, and start it afterwards."""

import argparse
import sys
from pathlib import Path

from incident_bot import settings
from incident_bot.cli import OK, WRONG
from incident_bot.store import backups

SUMMARY = "fill an empty database from a backup"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a file that backup wrote")


def run(args: argparse.Namespace) -> int:
    try:
        pending = backups.restore(settings.database_url(), args.file)
    except backups.CannotCopy as error:
        print(error, file=sys.stderr)
        return WRONG
    print(f"Restored; {pending} deliveries are still to be made. Now: incident-bot migrate")
    return OK
