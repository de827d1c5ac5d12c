"""auth.test, api.test and bots.info."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_ID, BOT_USER, Json


@method("api.test")
def api_test(ask: Ask) -> Json:
    return {"args": ask.args}


@method("auth.test")
def auth_test(ask: Ask) -> Json:
    return {
        "url": f"{ask.space.origin}/",
        "team": "Sandbox",
        "user": ask.space.user(BOT_USER).name,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        **ask.space.installed_in,
    }


@method("bots.info", required=("bot",), scopes=("users:read",), tier=50, takes_json=False)
def bots_info(ask: Ask) -> Json:
    if ask.text("bot") != BOT_ID:
        raise SlackError("bot_not_found")
    name = ask.space.user(BOT_USER).name
    bot = {"id": BOT_ID, "deleted": False, "name": name, "updated": 0, "user_id": BOT_USER}
    return {"bot": {**bot, "app_id": ask.space.bot_app_id, "icons": {}}}
