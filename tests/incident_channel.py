"""An incident's channel, as those see it who type and press in it."""

import re
from dataclasses import dataclass
from typing import Any

from incident_bot.domain.incidents import Incident
from incident_bot.store import deliveries, incidents
from slack_sandbox import payloads
from slack_sandbox.model import Channel, Message
from tests.bot import Bot
from tests.markup import Posted


@dataclass(slots=True)
class IncidentChannel:
    """The channel of incident `number`; Ada commands it unless something else is said."""

    bot: Bot
    number: int

    @property
    def incident(self) -> Incident:
        return self.bot.incident(self.number)

    @property
    def channel(self) -> Channel:
        return self.bot.slack.channel(str(self.incident.channel_id))

    @property
    def card(self) -> Message:
        return self.channel.messages[0]

    @property
    def posts(self) -> list[str]:
        """The texts posted under the card."""
        return [message.text for message in self.channel.messages[1:]]

    def type(self, line: str, user: str = "U0ADA") -> str:
        """Type a command, wait for its deliveries and return its answer."""
        answer = self.bot.slack.command(user, self.channel.id, f"/incident {line}")
        assert answer.error is None
        self.bot.settle()
        return answer.text

    def send(self, text: str, user: str = "U0ADA") -> str:
        """Type a command that Slack sends in exactly these words; return its answer."""
        answer = sent_as(self.bot, text, user, self.channel)
        self.bot.settle()
        return answer

    def whisper(self, line: str, user: str = "U0ADA") -> Message:
        """Type it; the message that only this person sees."""
        self.type(line, user)
        return self.bot.slack.ephemerals(user)[-1]

    def press(
        self,
        action_id: str,
        user: str = "U0ADA",
        on: Message | None = None,
        option: str | None = None,
    ) -> str:
        """Press a button of the card, or of another message; returns what the person is told.

        A menu needs the option to choose.
        """
        before = len(self.bot.slack.ephemerals(user))
        ts = (on or self.card).ts
        answer = self.bot.slack.click(user, self.channel.id, ts, action_id, option)
        assert answer.error is None
        self.bot.settle()
        messages = self.bot.slack.ephemerals(user)[before:]
        return messages[-1].text if messages else ""

    def submit(self, values: dict[str, Any], user: str = "U0ADA") -> dict[str, str]:
        """Submit the form this person has open; returns the mistakes by field."""
        answer = self.bot.slack.submit(user, values)
        assert answer.error is None
        self.bot.settle()
        return answer.errors

    def timeline(self, columns: str = "kind") -> list[str]:
        """Return the columns of each timeline entry, oldest first."""
        return self.bot.sql(
            f"select {columns} from timeline where incident_id = {self.number} order by id"
        )

    def audit(self) -> list[str]:
        """Return each audited action with who did it and whether it was refused, oldest first."""
        return self.bot.sql(
            "select actor_user_id || ' ' || action || case when allowed then '' else ' refused' end"
            f" from audit where incident_id = {self.number} order by id"
        )


def declared(
    bot: Bot, line: str = "P3 checkout Checkout is slow", user: str = "U0ADA"
) -> IncidentChannel:
    """Declare in one line and let everything be delivered."""
    answer = bot.slack.command(user, "C0GENERAL", f"/incident declare {line}")
    found = re.search(r"INC-(\d+)", answer.text)
    assert found, answer.text
    bot.settle()
    return IncidentChannel(bot, int(found[1]))


def sent_as(bot: Bot, text: str, user: str, channel: Channel) -> str:
    """Send a command in the words that Slack makes of what was typed; return its answer."""
    space = bot.slack.workspace
    hook, trigger = space.new_hook(user, channel.id), space.new_trigger(user).id
    fields = payloads.command(space.user(user), channel, "/incident", text, hook, trigger)
    answer = bot.slack.app.post_form("/slack/commands", fields)
    assert answer.error is None
    return answer.text


def buttons(message: Posted) -> dict[str, dict[str, Any]]:
    """The buttons of a message by their words, also one beside a text."""
    found: list[dict[str, Any]] = []
    for block in message.blocks:
        found += block["elements"] if block["type"] == "actions" else []
        found += [block["accessory"]] if "accessory" in block else []
    return {each["text"]["text"]: each for each in found if each["type"] == "button"}


def everything_posted(bot: Bot) -> list[Message]:
    """All that anybody can read: in channels, in direct messages, and what only one person sees."""
    people = [user for user in bot.slack.workspace.users if user != "U0BOT"]
    return [
        *(message for channel in bot.slack.channels for message in channel.log),
        *(message for user in people for message in bot.slack.dm(user)),
        *(message for user in people for message in bot.slack.ephemerals(user)),
    ]


def quickly_declared(bot: Bot, line: str = "P3 checkout Checkout is slow") -> IncidentChannel:
    """An incident that has its channel although nothing was delivered."""
    answer = bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare {line}")
    found = re.search(r"INC-(\d+)", answer.text)
    assert found, answer.text
    number = int(found[1])
    channel = bot.slack.add_channel(f"C0INC{number}", f"inc-{number}")
    with bot.database.transaction() as tx:
        incidents.save_channel(tx, number, channel_id=channel.id, channel_name=channel.name)
        deliveries.release_ready(tx)
    return IncidentChannel(bot, number)
