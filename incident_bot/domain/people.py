"""People of the workspace, as far as the bot needs to know them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Slack account, or something with one.

    `updated_at` is when Slack last changed what it says of them; None when it does not tell.
    """

    user_id: str
    name: str
    is_bot: bool
    is_deactivated: bool
    updated_at: datetime | None = None
