"""A message that somebody marked in an incident's channel: it is read, and put on the timeline.

Whoever takes the mark back has it struck. Both go one after the other within an incident, so that
the last word counts.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from incident_bot.deliveries import capture_answer, reaction
from incident_bot.deliveries.kind import Job, Outcome, unmissed
from incident_bot.domain.capture import Message
from incident_bot.domain.deliveries import Delivery
from incident_bot.domain.people import Person, Standing
from incident_bot.domain.permissions import Action
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render import links
from incident_bot.store import audit, captures, deliveries, incidents, people, workspace
from incident_bot.store.captures import Captured
from incident_bot.store.database import Tx

_PATIENCE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The message, who marked it and by which mark, or took that mark back.

    `about` tells this mark of this person on this message from all others, and `event_ts` orders
    what Slack tells of it.
    """

    channel_id: str
    ts: str
    user_id: str
    mark: str
    is_removed: bool
    about: str
    event_ts: str


def send(job: Job[Payload]) -> Outcome:
    """Record it in a transaction of its own, which a repeat finds there."""
    payload = job.payload
    if payload.is_removed:
        job.run(lambda tx: _take_back(tx, job))
        return Outcome()
    standing = _standing(job)
    if standing is None:
        return Outcome()  # an app does not decide what matters
    if standing is Standing.OUTSIDER:
        job.run(lambda tx: _refuse(tx, job))
        return Outcome()
    message = job.slack.message(payload.channel_id, payload.ts)
    if message is not None and not message.is_of_bot:
        job.run(lambda tx: _capture(tx, job, message))
    return Outcome()


def _standing(job: Job[Payload]) -> Standing | None:
    """Return what whoever marked it is to our workspace; None for an app.

    Slack is asked about somebody whom the directory does not know: people of other organisations
    share channels with us, and need not be in it.
    """
    user_id = job.payload.user_id
    person: Person | None
    standing: Standing
    person, standing = job.run(lambda tx: people.with_standing(tx, user_id))
    if person is None:
        found = job.slack.person(user_id)
        if found is None:
            return Standing.OUTSIDER
        person, standing = job.run(lambda tx: _learned(tx, found))
    return None if person and person.is_bot else standing


def _learned(tx: Tx, found: Person) -> tuple[Person | None, Standing]:
    people.save(tx, [found])
    return people.with_standing(tx, found.user_id)


def _capture(tx: Tx, job: Job[Payload], message: Message) -> None:
    payload = job.payload
    incident = incidents.held(tx, job.incident.id)
    if _is_outdated(tx, job):
        return
    found = captures.add(
        tx,
        incident.id,
        message,
        by=payload.user_id,
        mark=payload.mark,
        permalink=permalink(tx, message),
    )
    if found is Captured.THERE:
        return
    _audit(tx, job, detail=f"{payload.mark} {found}")
    deliveries.add(tx, incident, [reaction.draft(payload.channel_id, payload.ts)])


def _take_back(tx: Tx, job: Job[Payload]) -> None:
    payload = job.payload
    incident = incidents.held(tx, job.incident.id)
    if _is_outdated(tx, job):
        return
    place = (payload.channel_id, payload.ts)
    struck = captures.taken_back(tx, incident.id, *place, by=payload.user_id, mark=payload.mark)
    if struck is not None:
        _audit(tx, job, detail=f"{payload.mark} taken back")
        deliveries.add(tx, incident, [reaction.draft(*place)])


def _refuse(tx: Tx, job: Job[Payload]) -> None:
    """Tell somebody of another organisation, who may read the channel and change nothing."""
    _audit(tx, job, detail=job.payload.mark, allowed=False)
    capture_answer.tell(
        tx,
        job.incident,
        job.payload.channel_id,
        job.payload.user_id,
        f"Only people of this workspace put messages on the timeline of {job.incident.ref}. "
        "Ask one of them.",
    )


def _is_outdated(tx: Tx, job: Job[Payload]) -> bool:
    payload = job.payload
    return captures.is_outdated(
        tx, job.incident.id, event_ts=payload.event_ts, natural_key=payload.about
    )


def _audit(tx: Tx, job: Job[Payload], *, detail: str, allowed: bool = True) -> None:
    audit.add(
        tx,
        Action.CAPTURE,
        actor=job.payload.user_id,
        allowed=allowed,
        incident_id=job.incident.id,
        channel_id=job.payload.channel_id,
        detail=detail,
    )


def permalink(tx: Tx, message: Message) -> str:
    """Return the address of a message, as Slack's “Copy link” does; empty where none is known."""
    ours = workspace.ours(tx)
    return links.to_message(
        ours.url if ours else "", message.channel_id, message.ts, thread_ts=message.thread_ts
    )


def _tell(tx: Tx, delivery: Delivery, error: DeliveryError) -> None:
    """Tell whoever marked a message that it cannot be read, once that is certain."""
    is_last = tx.now >= delivery.created_at + _PATIENCE
    if error.retryable and error.reason is not Reason.MISSING_SCOPE and not is_last:
        return
    if delivery.incident_id is None:
        return
    payload = KIND.restore(delivery.payload)
    incident = incidents.by_id(tx, delivery.incident_id)
    text = (
        f"The message is not on the timeline of {incident.ref}: the bot could not read it "
        f"({error.detail}). Put it there yourself: `/incident note {incident.ref} what it says`."
    )
    capture_answer.tell(tx, incident, payload.channel_id, payload.user_id, text)


KIND = unmissed(
    "fetch",
    Payload,
    send,
    destination="capture",
    patience=_PATIENCE,
    others_go_on=True,
    can_wait=True,
    when_failing=_tell,
)
