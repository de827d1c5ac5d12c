"""Resolve an incident, also while Slack is away, or where nobody can end it there.

With `--as` it is done in the name of the commander, and nobody else may. Without, whoever runs the
bot ends what its commander cannot. Everybody concerned is told as ever.
"""

from dataclasses import replace

import click

from incident_bot import settings
from incident_bot.cli._account import typed_by
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import as_option, examples, incident_argument, once_option
from incident_bot.cli._slash import KEYS, Done, Line, answer, run
from incident_bot.cli._text import text_argument, text_of
from incident_bot.clients.queue import Notifier
from incident_bot.commands import resolved
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.text import sanitize
from incident_bot.settings import Settings
from incident_bot.store import incidents
from incident_bot.store.database import Tx
from incident_bot.workflow.confirmation import Confirmation


@click.command(
    help=__doc__,
    epilog=examples("resolve INC-42 'rolled back' --as @ada", "resolve 42 --json"),
)
@incident_argument
@text_argument("What fixed it.")
@as_option
@once_option
@with_json(*KEYS)
def command(incident: str, words: tuple[str, ...], typed_as: str, once: str) -> Answer:
    text = text_of(words)
    if typed_as:
        return run(
            Line(word="resolved", text=text, typed_as=typed_as, incident=incident, once=once)
        )
    if once:
        raise click.UsageError("--once is for what is done in a person's name: add --as.")
    return _as_operator(incident, text)


def _as_operator(incident: str, text: str) -> Answer:
    config = replace(settings.from_environment(), confirm_floods=False)
    notifier = Notifier(config.redis_url)
    with opened(config.database_url, notify=notifier.notify) as database:
        return answer(database.run(lambda tx: _resolved(tx, incident, text, config)))


def _resolved(tx: Tx, ref: str, summary: str, config: Settings) -> Done:
    tx.typed_by = typed_by()
    found = incidents.held(tx, incidents.by_ref(tx, ref).id)
    after = resolved.resolve(
        tx, found, OPERATOR, sanitize(summary), config, Confirmation(tx, "", "")
    )
    return Done.read(tx, resolved.told(after), OPERATOR, after)
