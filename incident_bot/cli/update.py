"""Post an update of an incident, and change its status and severity with it.

Only the commander may, as in Slack. Everybody who was told reads it once Slack can be reached, with
the time of now.
"""

import click

from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._help import as_option, examples, incident_argument, once_option
from incident_bot.cli._slash import KEYS, Line, run
from incident_bot.cli._text import text_argument, text_of
from incident_bot.domain.incidents import Severity, Status
from incident_bot.render.forms import NEXT_UPDATE

_SETTABLE = (Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING)


@click.command(
    help=__doc__,
    epilog=examples(
        "update INC-42 'the cache is full' --as @ada --status identified",
        "update INC-42 --as @ada --severity P2 --next-update 30",
    ),
)
@incident_argument
@text_argument("What is new.")
@as_option
@click.option(
    "--status",
    type=click.Choice([each.value for each in _SETTABLE], case_sensitive=False),
    help="How far the work is by now.",
)
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity], case_sensitive=False),
    help="How bad it is by now.",
)
@click.option(
    "--next-update",
    type=click.Choice(list(NEXT_UPDATE)),
    help="Promise the next update in so many minutes.",
)
@once_option
@with_json(*KEYS)
def command(
    incident: str,
    words: tuple[str, ...],
    typed_as: str,
    status: str | None,
    severity: str | None,
    next_update: str | None,
    once: str,
) -> Answer:
    given = {"status": status, "severity": severity, "next_update": next_update}
    return run(
        Line(
            word="update",
            text=text_of(words),
            typed_as=typed_as,
            incident=incident,
            once=once,
            form={name: value for name, value in given.items() if value},
        )
    )
