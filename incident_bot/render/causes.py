"""Says in people's words why something did not arrive, and how to mend it."""

from typing import Final

from incident_bot.errors import Reason
from incident_bot.render.text import escape

_NEEDS: Final = "missing_scope, needs "
_LONGEST: Final = 300

_OF_PERSON: Final = {
    "user_not_found": "Slack knows nobody with that id",
    "user_disabled": "their account is deactivated",
    "user_is_restricted": "they are a guest, whom the bot cannot invite",
    "user_is_ultra_restricted": "they are a guest of one channel",
    "cant_invite": "Slack does not let the bot invite them",
    "org_user_not_in_team": "they are not in this workspace",
}


def cause(why: str, reason: str | None) -> str:
    """Return what Slack's code means and what helps; the code itself where it says most."""
    scopes = ", ".join(f"`{escape(each)}`" for each in _scopes(why[:_LONGEST]))
    match reason:
        case Reason.MISSING_SCOPE if is_private(why):
            return (
                f"the channel is private: add the scope {scopes} and reinstall the app, "
                "or make the channel public"
            )
        case Reason.MISSING_SCOPE if scopes:
            return f"the app lacks the scope {scopes}: add it and reinstall the app"
        case Reason.ARCHIVED:
            return "the channel is archived: unarchive it"
        case Reason.NOT_IN_CHANNEL:
            return "the bot is not in the channel: invite it"
        case Reason.NOT_FOUND if why == "channel_not_found":
            return "the channel was deleted, or is private: invite the bot if it is"
    if of_person := _OF_PERSON.get(why):
        return of_person
    if restricted := _restricted(why):
        return restricted
    return escape(why[:_LONGEST])


def _restricted(why: str) -> str:
    """Say which setting forbids it; empty when none does. docs.slack.dev: chat.postMessage."""
    match why:
        case "restricted_action_read_only_channel":
            setting = "only some people may post in this channel"
        case "restricted_action_thread_only_channel":
            setting = "in this channel people may post only in threads"
        case "restricted_action_non_threadable_channel" | "restricted_action_thread_locked":
            setting = "nobody may answer in a thread there"
        case "restricted_action" | "cannot_create_channel":
            setting = "a setting of the workspace keeps the bot from doing this"
        case _:
            return ""
    return f"{setting} (`{why}`): a workspace admin can allow it to the app"


def is_private(why: str) -> bool:
    """Say whether a refusal names a scope that only a private channel asks for."""
    return bool(_scopes(why)) and all(each.startswith("groups:") for each in _scopes(why))


def _scopes(why: str) -> list[str]:
    return [each.strip() for each in why.partition(_NEEDS)[2].split(",") if each.strip()]
