"""Declare an incident, also while Slack is away.

The line reads as in Slack; with --severity, --service or --title its words are the title. The
channel is made and everybody is told as soon as Slack can be reached, with the time of now. Typed
again within five minutes while the incident is open, the same line declares nothing new.
"""

import click

from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._help import as_option, examples, once_option
from incident_bot.cli._slash import KEYS, Line, run
from incident_bot.cli._text import text_argument, text_of
from incident_bot.domain.incidents import Severity


@click.command(
    help=__doc__,
    epilog=examples(
        "declare --as @ada P1 checkout Checkout returns 500",
        "declare --as U012ABCDEF --severity P1 --service checkout --title 'Checkout returns 500'",
    ),
)
@text_argument(
    "Severity, service and title, as behind `/incident declare`; with options, the title."
)
@as_option
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity], case_sensitive=False),
    help="P1 is the worst.",
)
@click.option("--service", metavar="NAME", default="", help="One of SERVICES.")
@click.option("--title", metavar="WORDS", default="", help="What is wrong, in a few words.")
@click.option(
    "--description",
    metavar="WORDS",
    default="",
    help="What else is known; `-` reads it from standard input.",
)
@click.option(
    "--commander", metavar="PERSON", default="", help="Who commands it; else whoever declares."
)
@once_option
@with_json(*KEYS)
def command(
    words: tuple[str, ...],
    typed_as: str,
    severity: str | None,
    service: str,
    title: str,
    description: str,
    commander: str,
    once: str,
) -> Answer:
    given = {
        "severity": severity,
        "service": service,
        "title": title,
        "description": text_of([description]),
        "commander": commander,
    }
    form = {name: value for name, value in given.items() if value}
    return run(Line(word="declare", text=text_of(words), typed_as=typed_as, once=once, form=form))
