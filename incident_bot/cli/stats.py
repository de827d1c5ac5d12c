"""Show how long it took to acknowledge, to mitigate and to resolve incidents.

The column `mean` is what is called MTTA, MTTM and MTTR. False alarms and duplicates are left out,
and an incident that is open has no time to resolve. docs/DATA.md says what each figure means.
"""

import shutil
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import snapshot
from incident_bot.cli._help import examples
from incident_bot.cli._period import period_options, require_order
from incident_bot.cli._progress import working
from incident_bot.domain.reports import Figures, Grouping, Selection
from incident_bot.render import figures as rendered
from incident_bot.store import figures
from incident_bot.store.database import Tx

_DAYS: Final = 90


@click.command(
    help=__doc__,
    epilog=examples(
        "stats",
        "stats --by service",
        "stats --by month --since 2026-01-01 --until 2026-12-31",
        "stats --by severity --json",
    ),
)
@click.option(
    "--by",
    type=click.Choice([each.value for each in Grouping]),
    help="Show each of these apart: a service, a severity, or the month of the declaration.",
)
@period_options("Incidents that were declared", default=f"{_DAYS} days ago")
@with_json("since", "until", "by", "all", "groups")
def command(by: str | None, since: datetime | None, until: datetime | None) -> Answer:
    grouping = Grouping(by) if by else None
    selected, total, groups = _figures(since, until, grouping)
    lines = rendered.summary(selected, total)
    if total.counted:
        width, is_ascii = _width(), not (sys.stdout.encoding or "").lower().startswith("utf")
        lines += ["", *rendered.of_all(total, width, is_ascii=is_ascii)]
    if groups and total.counted:
        lines += ["", *rendered.of_each(groups, width, is_ascii=is_ascii)]
    found = {
        "since": selected.since,
        "until": selected.until,
        "by": by,
        "all": asdict(total),
        "groups": [asdict(each) for each in groups],
    }
    return Answer(found=found, lines=lines)


def _figures(
    since: datetime | None, until: datetime | None, by: Grouping | None
) -> tuple[Selection, Figures, list[Figures]]:
    """Return what was asked for, the figures of all, and those of each group."""
    with snapshot(settings.database_url()) as tx, working("Reading the incidents"):
        selected = _selected(tx, since, until)
        if by:
            total, groups = figures.of_each(tx, selected, by)
        else:
            total, groups = figures.of_all(tx, selected), []
    if by is Grouping.SERVICE:
        groups.sort(key=lambda each: -each.counted)
    return selected, total, groups


def _selected(tx: Tx, since: datetime | None, until: datetime | None) -> Selection:
    """Fill in what was not said: the last days, whole ones, up to now."""
    until = until or tx.now
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    since = since or midnight - timedelta(days=_DAYS)
    require_order(since, until)
    return Selection(since=since, until=until)


def _width() -> int:
    """Return the columns of the terminal; none where nobody looks."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
