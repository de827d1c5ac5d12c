"""Causes a delivery of each kind, for a worker to be frozen in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from incident_bot.domain.incidents import Severity
from incident_bot.domain.templates import Template
from incident_bot.jobs.periodic_tasks import send_reminders
from incident_bot.store import templates
from incident_bot.web.slack.answer import NOT_RECORDED
from slack_sandbox.model import Channel
from tests.chaos.bot_processes import BotProcesses
from tests.chaos.vendor_breakpoint import Interception

_TRIES: Final = 5  # the machine may be busier than the bot has patience
SETTLE_SECONDS: Final = 90.0
_SEVERITIES: Final = {
    "direct_message": "P1",
    "direct_message_current": "P1",
    "announcement": "P2",
    "thread_reply": "P2",
    "component": "P2",
    "public_update": "P2",
    "reminder": "P2",
    "nudge": "P2",
}
_EXISTING: Final = frozenset(
    {
        "incident_update",
        "thread_reply",
        "public_incident",
        "public_update",
        "direct_message_current",
        "retraction",
        "reminder",
        "nudge",
        "file",
        "reply",
    }
)
"""Kinds whose delivery follows a later change: their incidents are declared beforehand."""

_PROMISED_IN: Final = {"nudge": "4 minutes", "reminder": "-1 second"}
"""The commander and the channel are reminded so long before an update is due."""


@dataclass(slots=True)
class BegunDeliveries:
    """Declares the incident of each interception, named after it, and has something delivered."""

    processes: BotProcesses

    def prepare(self, interceptions: Iterable[Interception]) -> None:
        """Let all be delivered that stands before the deliveries to be intercepted."""
        prepared = [each for each in interceptions if each.kind in _EXISTING]
        for each in prepared:
            self._declare(each)
        self.settle()
        for each in prepared:
            self._prepare(each)
        self.settle()

    def settle(self) -> None:
        self.processes.database.settle(SETTLE_SECONDS)

    def _prepare(self, interception: Interception) -> None:
        match interception.kind:
            case "public_update":
                self._publish(interception)
            case "retraction":
                assert "is P4 now" in self.type(interception, "severity P4")
            case "file":
                self.end([interception])

    def begin(self, interception: Interception) -> None:
        """Cause the delivery that is to be intercepted."""
        match interception.kind:
            case "incident_update" | "direct_message_current":
                assert "Posted" in self.type(
                    interception, f"status the cause of {interception.name} is found"
                )
            case "thread_reply":
                assert "is P3 now" in self.type(interception, "severity P3")
            case "retraction":
                assert "Undone" in self.type(interception, "undo")
            case "public_incident":
                self._publish(interception)
            case "public_update":
                self._tell_customers(interception)
            case "file":
                assert "postmortem" in self.type(interception, "postmortem")
            case "reminder" | "nudge":
                self._remind(interception)
            case "reply":
                self._press(interception)
            case "view":
                self._choose_template(interception)
            case _:
                self._declare(interception)

    def end(self, interceptions: Iterable[Interception]) -> None:
        """Make incidents P4 and resolve them."""
        for each in interceptions:
            assert "is P4 now" in self.type(each, "severity P4")
            assert "resolved after" in self.type(each, "resolved it is over")

    def can_end(self, interception: Interception) -> bool:
        """Say whether its incident has a channel to type in, and is not over."""
        return interception.kind != "file" and self._channel_id(interception) is not None

    def channel(self, interception: Interception) -> Channel:
        channel_id = self._channel_id(interception)
        assert channel_id
        return self.processes.slack.channel(channel_id)

    def type(self, interception: Interception, line: str) -> str:
        """Type it, again where the answer is that a busy database did not take it."""
        channel = self.channel(interception)
        for _ in range(_TRIES):
            if NOT_RECORDED not in (said := self.processes.type(line, channel.id)):
                break
        return said

    def _declare(self, interception: Interception) -> None:
        severity = _SEVERITIES.get(interception.kind, "P3")
        assert "is declared" in self.processes.type(
            f"declare {severity} {interception.name} Broken {interception.name}"
        )

    def _channel_id(self, interception: Interception) -> str | None:
        rows = self.processes.database.sql(
            f"select channel_id from incidents where service = '{interception.name}'"
            " and channel_id is not null"
        )
        return rows[0] if rows else None

    def _publish(self, interception: Interception) -> None:
        self.type(interception, "publish")
        form = {"title": interception.name, "message": "Some fail.", "notify": "no"}
        slack = self.processes.slack
        slack.submit("U0ADA", form)
        assert slack.submit("U0ADA").errors == {}

    def _tell_customers(self, interception: Interception) -> None:
        self.type(interception, "update")
        said = f"The cause of {interception.name} is found."
        form = {"message": said, "status": "identified", "publish": ["yes"]}
        assert self.processes.slack.submit("U0ADA", form).errors == {}

    def _remind(self, interception: Interception) -> None:
        """Let the time come at which the promised update is reminded of."""
        bot = self.processes.database
        reminded = bot.sql(
            "with promised as (update incidents"
            f" set next_update_at = now() + interval '{_PROMISED_IN[interception.kind]}'"
            f" where service = '{interception.name}' returning id, next_update_at)"
            " update reminders set since_at = next_update_at, due_at = now(), step = 0"
            " from promised where incident_id = id and kind = 'promise' returning kind"
        )
        assert reminded == ["promise"]
        send_reminders(bot.database, bot.settings)

    def _press(self, interception: Interception) -> None:
        """Ben presses what only the commander may, and is told so."""
        channel = self.channel(interception)
        (card,) = channel.pins
        assert self.processes.slack.click("U0BEN", channel.id, card, "resolved").error is None

    def _choose_template(self, interception: Interception) -> None:
        """Cleo has a form open, which the template fills in."""
        name, slack = interception.name, self.processes.slack
        filled = Template(
            name=name, title=f"Broken {name}", severity=Severity.P3, service=name,
            description="", enabled=True,
        )  # fmt: skip
        self.processes.database.database.run(lambda tx: templates.add(tx, filled))
        slack.command("U0CLEO", "C0GENERAL", "/incident declare")
        assert slack.choose("U0CLEO", "declare:template", name).error is None
