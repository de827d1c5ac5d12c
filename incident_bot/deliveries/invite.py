"""An invitation of responders to the incident's channel."""

from collections.abc import Mapping
from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import INVITES, Queue
from incident_bot.domain.routing import in_charge
from incident_bot.store import deliveries
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Whom to invite; `of_service` says that SERVICE_OWNERS names them all."""

    user_ids: tuple[str, ...]
    of_service: bool = False


def send(job: Job[Payload]) -> Outcome:
    """Invite them all; the channel reads who could not be."""
    refused = job.slack.invite(job.channel_id, job.payload.user_ids)
    return Outcome(refused=refused, record=lambda tx: _tell(tx, job, refused))


def _tell(tx: Tx, job: Job[Payload], refused: Mapping[str, str]) -> None:
    owners = set(job.payload.user_ids) - set(in_charge(job.incident))
    is_of_service = job.payload.of_service or len(job.payload.user_ids) > 1
    drafts = [
        dead_letter.not_invited(
            user_id, why, set_by="SERVICE_OWNERS" if is_of_service and user_id in owners else ""
        )
        for user_id, why in refused.items()
    ]
    if drafts:
        deliveries.add(tx, job.incident, drafts)


KIND = DeliveryKind(
    name="invite",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INVITES,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel(
        "people could not be invited to the channel", meanwhile="Invite them yourself."
    ),
)
