"""Says what is wrong with a token, a channel or a person that a setting names."""

from typing import Final

from incident_bot.clients.slack_lookup import Identity, KnownChannel
from incident_bot.doctor.network import is_unreached, way_fault
from incident_bot.doctor.scopes import bot_scopes
from incident_bot.domain.people import Person
from incident_bot.errors import DeliveryError, Reason

APPS: Final = "https://api.slack.com/apps"


def token_fault(error: DeliveryError) -> str:
    """Say why Slack did not tell whose token it is, and what to do."""
    if error.is_of_token or error.reason is Reason.NOT_AUTHORISED:
        return (
            f"Slack refuses the token ({error.detail}): copy the Bot User OAuth Token of the app, "
            f"{APPS}, OAuth & Permissions."
        )
    if fault := way_fault(error):
        return f"Slack cannot be reached. {fault}"
    if is_unreached(error):
        return f"Slack gave no usable answer ({error}): see that this machine reaches Slack."
    return f"Slack gave no usable answer ({error}): try again in a while."


def identity_fault(found: Identity, *, with_reactions: bool) -> str | None:
    """Say why the bot cannot serve with this token; None when it can.

    `with_reactions` says that reactions put messages on the timeline, for which it wants a scope.
    """
    if found.is_organisation:
        return (
            "The token is for a whole organisation, and the bot serves one workspace: "
            "install the app in that workspace and give the token that Slack shows there."
        )
    if missing := missing_scopes(found, with_reactions=with_reactions):
        return (
            f"{whose(found)} lacks {', '.join(missing)}. "
            f"Paste what `incident-bot manifest` prints under App Manifest of the app at {APPS}, "
            "and reinstall the app; the token stays the same."
        )
    return None


def whose(found: Identity) -> str:
    """Name the bot of a token, and its workspace."""
    return f"@{found.bot} in the workspace {found.team}"


def missing_scopes(found: Identity, *, with_reactions: bool) -> list[str]:
    """Return the scopes that the bot needs and the token lacks, as far as Slack says them."""
    needed = bot_scopes(with_reactions=with_reactions)
    return [] if found.scopes is None else sorted(set(needed) - found.scopes)


def channel_fault(found: KnownChannel) -> str | None:
    """Say why nothing can be announced in a channel; None when it can."""
    if found.is_archived:
        return f"{channel_name(found)} is archived: unarchive it, or choose another."
    return None


def channel_name(found: KnownChannel) -> str:
    """Name a channel with its id."""
    return f"#{found.name} ({found.id})"


def no_channel(channel_id: str) -> str:
    """Say that the bot sees no channel of this id."""
    return (
        f"The bot sees no channel {channel_id}: correct the id, or invite the bot if the "
        "channel is private."
    )


def shared(found: KnownChannel) -> str:
    """Say what it means that a channel is shared."""
    return (
        f"{channel_name(found)} is shared with another organisation, which reads what is "
        "announced in it."
    )


def person_fault(found: Person) -> str | None:
    """Say why somebody does not read what the bot tells them; None when they do."""
    if found.is_deactivated:
        return f"{called(found)} is deactivated: choose somebody else."
    if found.is_stranger:
        return f"{called(found)} is of another organisation: choose somebody of yours."
    if found.is_bot:
        return f"{called(found)} is a bot: choose a person."
    return None


def nobody(user_id: str) -> str:
    """Say that there is no such person."""
    return f"There is nobody with the id {user_id}."


def called(person: Person) -> str:
    """Name somebody with their id."""
    return f"@{person.name} ({person.user_id})"
