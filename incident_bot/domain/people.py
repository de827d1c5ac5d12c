"""People of the workspace, as far as the bot needs to know them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Slack account, or something with one."""

    user_id: str
    name: str
    is_bot: bool
    is_deactivated: bool
