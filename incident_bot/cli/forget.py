"""Forget a person: nobody stands where they stood, in every table.

Without `--yes` it only says what it would do. It cannot be undone.
"""

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples
from incident_bot.cli._progress import working
from incident_bot.domain.people import OPERATOR
from incident_bot.errors import ConfigError, InvalidInput
from incident_bot.settings.values import Wrong, user_ids
from incident_bot.store import audit, forgetting
from incident_bot.store.database import Database, Tx

_LIMIT_SECONDS = 3600.0
"""Every row of the record is looked at."""


class _Rehearsed(Exception):
    """Nothing is to be kept of what was done."""

    def __init__(self, changed: dict[str, int]) -> None:
        super().__init__()
        self.changed = changed


@click.command(
    help=__doc__,
    epilog=examples("forget U012ABCDEF --name 'Ben Larsson'", "forget U012ABCDEF --yes"),
)
@click.argument("user", help="The person's member id in Slack.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="WORDS",
    help="Also forget these words, for what people wrote; may be given several times.",
)
@click.option("--yes", "is_meant", is_flag=True, help="Do it, instead of saying what it does.")
@with_json("user", "forgotten", "rows", "settings")
def command(user: str, names: tuple[str, ...], is_meant: bool) -> Answer:
    _require_person(user)
    words = [name for name in (each.strip() for each in names) if name]
    changed = _run(user, words, is_meant=is_meant)
    still = _settings_that_name(user) if is_meant else []
    found = {"user": user, "forgotten": is_meant, "rows": changed, "settings": still}
    outcome = (
        f"{user} is forgotten. What the bot posted in Slack is for Slack to delete."
        if is_meant
        else "Nothing is changed yet. Do it with --yes; it cannot be undone."
    )
    problems = [f"{name} still names {user}: take them out." for name in still]
    return Answer(found=found, lines=[_counted(changed), outcome], problems=problems)


def _run(user: str, words: list[str], *, is_meant: bool) -> dict[str, int]:
    """Forget, or do as if; returns how many rows of each table it changes."""
    url = settings.database_url()
    with opened(url):
        pass  # one that is down is not waited for as long as the work may take
    with Database(url, pool_size=1, limit_seconds=_LIMIT_SECONDS) as database:
        try:
            with working(f"Looking for {user} in every table"):
                return database.run(lambda tx: _forget(tx, user, words, is_meant=is_meant))
        except _Rehearsed as rehearsed:
            return rehearsed.changed


def _forget(tx: Tx, user_id: str, names: list[str], *, is_meant: bool) -> dict[str, int]:
    changed = forgetting.forget(tx, user_id, names)
    if not is_meant:
        raise _Rehearsed(changed)
    audit.add(tx, "forget", actor=OPERATOR, detail=_counted(changed))
    return changed


def _counted(changed: dict[str, int]) -> str:
    rows = [f"{table} {count}" for table, count in changed.items() if count]
    return f"Rows: {', '.join(rows)}." if rows else "Nothing is kept of them."


def _require_person(user_id: str) -> None:
    try:
        found = user_ids(user_id)
    except Wrong as wrong:
        raise InvalidInput(str(wrong)) from None
    if found != (user_id,):
        raise InvalidInput("Name one person, by their id.")


def _settings_that_name(user_id: str) -> list[str]:
    """Return the settings in which the person is to be told or invited."""
    try:
        config = settings.from_environment()
    except ConfigError:  # the database alone is enough to forget somebody
        return []
    owners = [each for people in config.service_owners.values() for each in people]
    named = {"P1_USERS": config.p1_users, "SERVICE_OWNERS": owners, "ADMINS": config.admins}
    return [name for name, people in named.items() if user_id in people]
