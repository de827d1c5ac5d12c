"""Send deliveries to Slack and Statuspage.

There is one process for each queue, or one for the named queue only.
"""

from typing import Final

import click

from incident_bot import worker
from incident_bot.cli._help import examples
from incident_bot.domain.deliveries import Queue

IS_PROGRAM: Final = True


@click.command(help=__doc__, epilog=examples("worker", "worker --queue statuspage"))
@click.option(
    "--queue",
    type=click.Choice([each.value for each in Queue]),
    help="Serve only this queue, in this process.",
)
def command(queue: str | None) -> int:
    return worker.main(Queue(queue) if queue else None)
