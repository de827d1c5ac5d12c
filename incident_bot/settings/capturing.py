"""The settings of what people put on the timeline."""

from typing import Any, Final

from incident_bot.settings import values
from incident_bot.settings.setting import Setting

REACTIONS: Final = Setting(
    name="CAPTURE_REACTIONS",
    parse=values.reactions,
    default="pushpin",
    help="Emoji by which people put a message on the timeline, separated by commas; `off`: none.",
)
SETTINGS: Final[tuple[Setting[Any], ...]] = (
    REACTIONS,
    Setting(
        name="NOTES",
        parse=values.notes,
        default="shown",
        help="`shown` has the channel show each note in one line; `quiet` shows none.",
    ),
)
