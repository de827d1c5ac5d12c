"""Look at the whole installation: settings, database, Redis, worker, Slack, Statuspage, clocks.

Each line says what is fine, wrong with what to do, or could not be looked at and why. It changes
nothing, and sends nothing without `--post`. It exits with 0 when nothing is wrong, warnings or not,
and with 1 otherwise.
"""

import click

from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._faults import OK, WRONG
from incident_bot.cli._help import examples
from incident_bot.doctor.examination import examine
from incident_bot.doctor.posting import post_to_each
from incident_bot.domain.findings import Finding, is_wrong
from incident_bot.render.findings import lines
from incident_bot.settings import inspection
from incident_bot.settings.sources import environment


@click.command(help=__doc__, epilog=examples("doctor", "doctor --post", "doctor --json"))
@click.option(
    "--post",
    is_flag=True,
    help="Post a test message to all in P1_CHANNELS, P2_CHANNELS and P1_USERS, and remove it.",
)
@with_json("ok", "findings")
def command(post: bool) -> Answer:
    environ = environment()
    config = inspection.readable(environ)
    found = examine(config, environ)
    if post:
        found += post_to_each(config)
    return Answer(
        found={"ok": not is_wrong(found), "findings": [_plain(each) for each in found]},
        lines=lines(found),
        code=WRONG if is_wrong(found) else OK,
    )


def _plain(found: Finding) -> dict[str, str]:
    return {"about": found.about, "level": found.level, "text": found.text}
