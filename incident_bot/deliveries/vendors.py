"""The clients of the vendors that deliveries go to: a field for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from incident_bot.clients.heartbeat import Heartbeat
from incident_bot.clients.slack import Slack
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.domain.findings import Finding
from incident_bot.errors import DeliveryError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """The vendors of a worker; one that is not set up is None, and said so by its property.

    `examine` looks at all of them and at the rest of the installation.
    """

    slack: Slack
    paced_statuspage: PacedStatuspage | None = None
    examine: Callable[[], Sequence[Finding]] = list
    heartbeat: Heartbeat | None = None

    @property
    def statuspage(self) -> PacedStatuspage:
        """Statuspage; raises DeliveryError where none is set up."""
        if self.paced_statuspage is None:
            raise DeliveryError(Reason.NOT_AUTHORISED, "STATUSPAGE_API_KEY is not set")
        return self.paced_statuspage

    def respecting(self, holds: Mapping[str, float]) -> "Vendors":
        """Return vendors of which Slack is sent no call that one of these holds covers."""
        return replace(self, slack=self.slack.respecting(holds))
