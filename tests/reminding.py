"""Time that passes for the record alone, and the reminders that fall due meanwhile."""

from datetime import timedelta
from typing import Any, Final

from incident_bot.jobs.periodic_tasks import send_reminders
from incident_bot.store.database import Tx
from slack_sandbox.model import Message
from tests.bot import Bot
from tests.incident_channel import IncidentChannel

P1: Final = "P1 api-gateway All down"
P3: Final = "P3 checkout Checkout is slow"

_OLDER = (
    """
    update incidents set declared_at = declared_at - %(d)s,
        acknowledged_at = acknowledged_at - %(d)s,
        mitigated_at = mitigated_at - %(d)s, resolved_at = resolved_at - %(d)s,
        next_update_at = next_update_at - %(d)s
    """,
    "update timeline set at = at - %(d)s",
    "update reminders set since_at = since_at - %(d)s, due_at = due_at - %(d)s",
    """
    update deliveries set created_at = created_at - %(d)s, run_at = run_at - %(d)s,
        settled_at = settled_at - %(d)s
    """,
)


def make_older(tx: Tx, age: timedelta) -> None:
    """Have everything that is recorded have happened that much earlier."""
    tx.run("select set_config('incident_bot.forgetting', 'on', true)")
    for statement in _OLDER:
        tx.run(statement, d=age)


def pass_time(bot: Bot, **length: float) -> None:
    """Let time pass, and say what is due then."""
    bot.database.run(lambda tx: make_older(tx, timedelta(**length)))
    send_reminders(bot.database, bot.settings)
    bot.settle()


def announcement(bot: Bot) -> Message:
    """Return the first announcement among the P1."""
    return bot.slack.channel("C0P1").messages[0]


def lines(room: IncidentChannel) -> list[Message]:
    """Return the reminders that stand in the incident's channel, answered ones too."""
    return [
        each for each in room.channel.messages if "/reminder:" in key(each) and not each.thread_ts
    ]


def replies(room: IncidentChannel, channel: str | None = None) -> list[Message]:
    """Return what replies to reminders, or what they reply elsewhere."""
    posted = room.bot.slack.channel(channel).messages if channel else room.channel.messages
    return [each for each in posted if each.thread_ts and each.text.startswith("⏰")]


def nudges(bot: Bot, user_id: str) -> list[Message]:
    """Return the reminders that one person got."""
    return [each for each in bot.slack.dm(user_id) if "/nudge:" in key(each)]


def press(bot: Bot, message: Message, action_id: str, user_id: str = "U0ADA") -> str:
    """Press a button of a message; returns what the person is told."""
    before = len(bot.slack.ephemerals(user_id))
    answer = bot.slack.click(user_id, message.channel, message.ts, action_id)
    assert answer.error is None
    bot.settle()
    told = bot.slack.ephemerals(user_id)[before:]
    return told[-1].text if told else ""


def reminders_of(bot: Bot, columns: str = "kind") -> list[str]:
    """Return the reminders that stand, in the order of their kinds."""
    return bot.sql(f"select {columns} from reminders order by kind")


def key(message: Message) -> str:
    metadata: Any = message.metadata or {}
    return str(metadata.get("event_payload", {}).get("key", ""))
