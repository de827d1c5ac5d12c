"""The settings of promises and reminders."""

from typing import Any, Final

from incident_bot.settings import times, values
from incident_bot.settings.setting import Setting

SETTINGS: Final[tuple[Setting[Any], ...]] = (
    Setting(
        name="UPDATE_EVERY",
        parse=times.intervals,
        default="P1=30m,P2=60m",
        help="After each update the next one is promised for so long later; `off`: only by hand.",
    ),
    Setting(
        name="OVERDUE_TELLS_EXECUTIVES",
        parse=values.on_or_off,
        default="off",
        help="`on` writes to `P1_USERS` when the promised update of a P1 is 20 minutes late.",
    ),
    Setting(
        name="STALE_AFTER",
        parse=times.intervals,
        default="P1=2h,P2=4h,P3=3d,P4=7d",
        help="The commander is asked about an open incident without news for so long; or `off`.",
    ),
    Setting(
        name="POSTMORTEM_FOR",
        parse=times.severities,
        default="P1,P2",
        help="Severities whose commander is reminded of the postmortem; or `off`.",
    ),
    Setting(
        name="WORKING_HOURS",
        parse=times.working_hours,
        default="Mon-Fri 09:00-17:00",
        help="Reminders that can wait come then: of postmortems, and of a forgotten P3 or P4.",
    ),
    Setting(
        name="TIME_ZONE",
        parse=times.time_zone,
        default="UTC",
        help="The zone of `WORKING_HOURS`, as Europe/Berlin, for people whose own is not known.",
    ),
)
