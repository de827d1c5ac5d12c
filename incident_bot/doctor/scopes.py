"""The command, scopes and events that the bot asks Slack for.

A new scope means that the app is installed again, and until then the feature is silent. So those of
what comes next to the incident's channel are asked for together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from incident_bot import events
from incident_bot.clients.slack_api import SCOPES

COMMAND: Final = "/incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """The bot scopes and events of a feature, beyond the methods that it calls."""

    scopes: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


REACTIONS: Final = Feature(
    scopes=("reactions:read",), events=("reaction_added", "reaction_removed")
)
"""The reactions that capture, which CAPTURE_REACTIONS turns off."""

FEATURES: Final[dict[str, Feature]] = {
    "reactions that capture": REACTIONS,
    "pins that capture": Feature(scopes=("pins:read",), events=("pin_added", "pin_removed")),
    "the catch-up of who joins": Feature(
        scopes=("channels:read", "groups:read"), events=("member_joined_channel",)
    ),
    "bookmarks": Feature(scopes=("bookmarks:read", "bookmarks:write")),
    "user groups": Feature(scopes=("usergroups:read",), events=("subteam_updated",)),
}


def bot_scopes(*, with_reactions: bool = True) -> list[str]:
    """Return what the app must be allowed: for the command, each method, event and feature."""
    of_events = (event.scopes for event in _heard(with_reactions))
    of_features = (each.scopes for each in _features(with_reactions))
    return sorted({"commands"}.union(*SCOPES.values(), *of_events, *of_features))


def bot_events(*, with_reactions: bool = True) -> list[str]:
    """Return the events that the app subscribes to: those that are heard, and those that will."""
    heard = {event.type for event in _heard(with_reactions)}
    return sorted(heard.union(*(each.events for each in _features(with_reactions))))


def heard_events(*, with_reactions: bool = True) -> list[str]:
    """Return the events that this version does something about."""
    return [event.type for event in _heard(with_reactions)]


def _heard(with_reactions: bool) -> Iterator[events.Event]:
    for event in events.all_events().values():
        if with_reactions or event.type not in REACTIONS.events:
            yield event


def _features(with_reactions: bool) -> Iterator[Feature]:
    return (each for each in FEATURES.values() if with_reactions or each is not REACTIONS)
