"""The incident's channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from incident_bot.clients.slack import Channel
from incident_bot.deliveries import announcement, direct_message, direct_message_current
from incident_bot.deliveries.kind import NOTHING, DeliveryKind, Job, Outcome
from incident_bot.domain import naming
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, DeliveryRecord, Draft, Queue
from incident_bot.domain.incidents import Incident
from incident_bot.domain.routing import in_charge
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import deliveries, incidents
from incident_bot.store.database import Tx

_NAMES_TRIED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The parts of the channel's name: the setting, the service and the title at the declaration.

    They are kept here because they may change before the last attempt, which finds by the name what
    an earlier one made. An older version drafted the `name` itself, or nothing.
    """

    pattern: str = ""
    service: str = ""
    title: str = ""
    name: str = ""


def send(job: Job[Payload]) -> Outcome:
    """Make the channel under the first free name, or find the one that was made already."""
    made = _made(job)
    return Outcome(record=lambda tx: _record(tx, job, made))


def candidate_names(incident: Incident, payload: Payload) -> list[str]:
    """Return the channel names to try, in turn."""
    name = _chosen_name(incident, payload)
    return list(islice(naming.names_to_try(name, incident.id), _NAMES_TRIED))


def _chosen_name(incident: Incident, payload: Payload) -> str:
    declared_on = incident.declared_at.date()
    if not payload.pattern:
        return payload.name or naming.older_name(incident.service, declared_on)
    return naming.channel_name(
        payload.pattern,
        number=incident.id,
        declared_on=declared_on,
        service=payload.service,
        title=payload.title,
    )


def _held_first(incident: Incident, names: Sequence[str]) -> list[str]:
    """Begin with the name of an earlier attempt, which may have arrived before a correction."""
    held = [incident.channel_name] if incident.channel_name else []
    return list(dict.fromkeys([*held, *names]))


def _made(job: Job[Payload]) -> Channel:
    wanted = _held_first(job.incident, candidate_names(job.incident, job.payload))
    in_use = job.run(lambda tx: incidents.hold_channel_name(tx, job.incident.id, wanted))
    names = [each for each in wanted if each not in in_use]
    if job.delivery.check_before_send and names and (found := _found(job, names)):
        return found
    for name in names:
        try:
            return job.slack.create_channel(name)
        except DeliveryError as error:
            if error.reason is not Reason.NAME_TAKEN:
                raise
        # An earlier attempt may have been taken since we looked.
        if job.delivery.check_before_send and (found := _found(job, [name])):
            return found
    raise DeliveryError(Reason.NAME_TAKEN, f"name_taken: {', '.join(names)}")


def _found(job: Job[Payload], names: Sequence[str]) -> Channel | None:
    return job.slack.find_own_channel(
        names, made_after=job.incident.declared_at, bookmark=job.delivery.bookmark
    )


def _record(tx: Tx, job: Job[Payload], made: Channel) -> None:
    """Keep the channel, and release what waited for it."""
    incidents.save_channel(tx, job.incident.id, channel_id=made.id, channel_name=made.name)
    deliveries.release_ready(tx)
    if job.delivery.attempts > 1:
        _link_late(tx, job.incident.id)


def _link_late(tx: Tx, incident_id: int) -> None:
    """A channel that came late is linked in what was announced without it."""
    incident = incidents.by_id(tx, incident_id)
    told = deliveries.told(tx, incident)
    drafts = [
        *(announcement.KIND.draft(NOTHING, to=each) for each in told.channels),
        *(direct_message_current.KIND.draft(NOTHING, to=each) for each in told.written_to),
    ]
    if drafts:
        deliveries.add(tx, incident, drafts)


def _without_channel(incident: Incident, dead: DeliveryRecord) -> Sequence[Draft]:
    """Tell those in charge that there will be no channel; nobody can be told in it."""
    payload = direct_message.Payload(
        event=direct_message.About.NO_CHANNEL,
        detail=dead.detail or dead.reason or "",
        reason=dead.reason or "",
    )
    return [direct_message.KIND.draft(payload, to=each) for each in in_charge(incident)]


KIND = DeliveryKind(
    name="channel",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=_without_channel,
    others_go_on=True,
    read_when_claimed=True,
)
