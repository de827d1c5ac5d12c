"""The workspace as it stands before anything happens: five people, four channels, one bot."""

from slack_sandbox.model import BOT_USER, SLACKBOT, User
from slack_sandbox.workspace import Workspace

_PEOPLE = {
    "U0ADA": ("ada", "Ada Okafor"),
    "U0BEN": ("ben", "Ben Larsson"),
    "U0CLEO": ("cleo", "Cleo Marchetti"),
    "U0DAN": ("dan", "Dan Whitfield"),
    "U0EVE": ("eve", "Eve Nakamura"),
}
_CHANNELS = {
    "C0GENERAL": ("general", "Company-wide announcements"),
    "C0P1": ("incidents-p1", "Every P1 incident is announced here"),
    "C0P2": ("incidents-p2", "Every P2 incident is announced here"),
    "C0ENG": ("engineering", "Building and running it"),
}


def furnish(space: Workspace) -> None:
    with space.lock:
        for user_id, (name, real_name) in _PEOPLE.items():
            space.add_user(User(user_id, name, real_name))
        space.add_user(User(BOT_USER, "incident-bot", "Incident Bot", is_bot=True))
        space.add_user(User(SLACKBOT, "slackbot", "Slackbot", is_bot=True))
        for channel_id, (name, topic) in _CHANNELS.items():
            space.add_channel(channel_id, name, topic=topic, members=list(_PEOPLE))
