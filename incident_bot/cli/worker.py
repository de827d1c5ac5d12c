"""Send deliveries, with one process for each queue, or with one for the named queue only."""

import argparse
from typing import Final

from incident_bot import worker
from incident_bot.domain.deliveries import Queue

SUMMARY = "send deliveries to Slack and Statuspage"
IS_PROGRAM: Final = True


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--queue",
        type=Queue,
        choices=list(Queue),
        metavar="{notifications,statuspage}",
        help="serve only this queue, in this process",
    )


def run(args: argparse.Namespace) -> int:
    return worker.main(args.queue)
