"""Compares clocks: signatures, leases and reminders count on their agreeing."""

from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.findings import Finding, fine, wrong

_MOST: Final = timedelta(seconds=60)
_HOW: Final = "as by `timedatectl set-ntp true`"


def compared(of: str, theirs: datetime, ours: datetime) -> Finding:
    """Compare a clock with that of this machine."""
    about = f"clock of {of}"
    apart = theirs - ours
    if not is_apart(theirs, ours):
        return fine(about, "It agrees with that of this machine.")
    return wrong(
        about,
        f"It is {_words(apart)} that of this machine, and Slack's requests are refused at "
        f"300 s: have this machine set its clock, {_HOW}.",
    )


def is_apart(theirs: datetime, ours: datetime) -> bool:
    """Say whether two clocks differ by more than they may."""
    return abs(theirs - ours) > _MOST


def of_database(theirs: datetime, ours: datetime, slacks: datetime | None) -> Finding:
    """Compare the database's clock with ours, and say which of them Slack's shows to be wrong."""
    if not is_apart(theirs, ours) or slacks is None or is_apart(slacks, ours):
        return compared("the database", theirs, ours)
    return wrong(
        "clock of the database",
        f"It is {_words(theirs - ours)} those of this machine and of Slack, which agree, and every "
        f"time that is recorded and every reminder is by it: have the database's machine set its "
        f"clock, {_HOW} there.",
    )


def _words(apart: timedelta) -> str:
    which = "ahead of" if apart > timedelta(0) else "behind"
    return f"{round(abs(apart.total_seconds()))} s {which}"
