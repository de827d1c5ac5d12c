"""Compares clocks: signatures, leases and reminders count on their agreeing."""

from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.findings import Finding, fine, wrong

_MOST: Final = timedelta(seconds=60)


def compared(of: str, theirs: datetime, ours: datetime) -> Finding:
    """Compare a clock with that of this machine."""
    about = f"clock of {of}"
    apart = theirs - ours
    if abs(apart) <= _MOST:
        return fine(about, "It agrees with that of this machine.")
    seconds = round(abs(apart.total_seconds()))
    which = "ahead of" if apart > timedelta(0) else "behind"
    return wrong(
        about,
        f"It is {seconds} s {which} that of this machine, and Slack's requests are refused at "
        "300 s: have this machine set its clock, as by `timedatectl set-ntp true`.",
    )
