"""Do anything that people type behind `/incident`, also while Slack is away.

The line is the same and names the incident: severity, status, commander, claim, note, cancel,
reopen, undo and all others, with the same permissions.
"""

import click

from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._help import as_option, examples, once_option
from incident_bot.cli._slash import KEYS, Line, run
from incident_bot.cli._text import text_argument, text_of


@click.command(
    help=__doc__,
    epilog=examples(
        "incident severity INC-42 P1 'all payments fail' --as @ada",
        "incident commander INC-42 @ben --as @ada",
        "incident claim INC-42 --as @ben",
        "incident note INC-42 'restarted the load balancer' --as @ben",
        "incident note 'INC-42 -20m rolled back the deploy' --as @ben",
    ),
)
@click.argument("word", metavar="COMMAND", help="As behind `/incident`.")
@text_argument("The incident, as INC-n, and what else the command takes.")
@as_option
@once_option
@with_json(*KEYS)
def command(word: str, words: tuple[str, ...], typed_as: str, once: str) -> Answer:
    first, _, rest = word.strip().partition(" ")  # a whole line may stand in quotes
    text = " ".join(filter(None, [rest, text_of(words)]))
    return run(Line(word=first, text=text, typed_as=typed_as, once=once))
