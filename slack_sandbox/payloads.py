"""The fields of what Slack sends: commands, block actions, submissions, events."""

from slack_sandbox.model import (
    APP_ID,
    BOT_USER,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    Json,
    Message,
    User,
    View,
)

VERIFICATION_TOKEN = "sandbox-verification-token"


def common(kind: str, user: User) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _name_of(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.private else channel.name


def command(
    user: User, channel: Channel, name: str, text: str, hook: str, trigger: str
) -> dict[str, str]:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": _name_of(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": hook,
        "trigger_id": trigger,
    }


def action(element: Json, block_id: str, state: Json | None, at: str) -> Json:
    """One entry of `actions`: the element's identity and what was chosen."""
    chosen = {"action_id": element["action_id"], "block_id": block_id, "action_ts": at}
    chosen |= {key: element[key] for key in ("text", "value", "style") if key in element}
    return {"type": element["type"], **chosen, **(state or {})}


def on_message(
    user: User, channel: Channel, message: Message, act: Json, hook: str, trigger: str
) -> Json:
    ephemeral = message.ephemeral_to is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    if ephemeral:
        shown: Json = {"type": "message", "user": BOT_USER, "ts": message.ts, "text": message.text}
        shown["blocks"] = message.blocks
    else:
        shown = message.as_api()
    return common("block_actions", user) | {
        "container": container,
        "channel": {"id": channel.id, "name": _name_of(channel)},
        "message": shown,
        "state": {"values": {}},
        "response_url": hook,
        "trigger_id": trigger,
        "actions": [act],
    }


def in_view(user: User, view: View, act: Json, trigger: str) -> Json:
    shown = view.as_api()
    return common("block_actions", user) | {
        "container": {"type": "view", "view_id": view.id},
        "view": shown,
        "state": shown["state"],
        "hash": view.hash,
        "trigger_id": trigger,
        "actions": [act],
    }


def submission(user: User, view: View, trigger: str) -> Json:
    return common("view_submission", user) | {
        "view": view.as_api(),
        "trigger_id": trigger,
        "response_urls": [],
    }


def closed(user: User, view: View, cleared: bool) -> Json:
    return common("view_closed", user) | {"view": view.as_api(), "is_cleared": cleared}


def suggestion(user: User, view: View, element: Json, block_id: str, query: str) -> Json:
    return common("block_suggestion", user) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view.as_api(),
        "action_id": element["action_id"],
        "block_id": block_id,
        "value": query,
    }


def event(inner: Json, event_id: str, at: float) -> Json:
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "type": "event_callback",
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "event": inner,
        "event_id": event_id,
        "event_time": int(at),
        "event_context": f"4-{event_id}",
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }
