"""auth.test and api.test."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
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
