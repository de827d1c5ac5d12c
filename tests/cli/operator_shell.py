"""The settings that an operator's shell shares with a bot that runs in a test."""

from tests.bot import Bot
from tests.builders import ENVIRONMENT


def settings_of(bot: Bot, database_url: str, redis_url: str) -> dict[str, str]:
    page = bot.slack.statuspage
    return {
        **ENVIRONMENT,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SLACK_API_URL": bot.slack.api_url,
        "STATUSPAGE_API_KEY": page.key,
        "STATUSPAGE_PAGE_ID": page.page_id,
        "STATUSPAGE_API_URL": page.api_url,
    }
