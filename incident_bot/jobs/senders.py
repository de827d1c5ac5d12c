"""How each kind of delivery is sent: what it shows, and how a repeat is kept harmless."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from incident_bot.clients.slack import Channel, Posted, Slack
from incident_bot.domain import naming
from incident_bot.domain.deliveries import Delivery, Doubt, Kind
from incident_bot.domain.incidents import Incident
from incident_bot.domain.news import News
from incident_bot.domain.timeline import Entry
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render import documents, ledger, messages
from incident_bot.render import news as news_text
from incident_bot.render import page as page_text
from incident_bot.render import timeline as timeline_text
from incident_bot.render.messages import Message

_NAMES_TRIED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed delivery with everything it needs, read in one transaction before it is sent.

    `look_since` says since when its message may be there without our knowing; None when it is not.
    """

    delivery: Delivery
    slack: Slack
    about: Incident | None = None
    posted: Posted | None = None
    look_since: datetime | None = None
    names_in_use: frozenset[str] = frozenset()
    entries: Sequence[Entry] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def incident(self) -> Incident:
        assert self.about, "only replies and views are about no incident"
        return self.about

    @property
    def key(self) -> str:
        return self.delivery.key(self.incident.uid)

    @property
    def channel_id(self) -> str:
        assert self.incident.channel_id, "only sent once the channel is there"
        return self.incident.channel_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: the message, the channel that was made, or people who were refused.

    `doubt` says how an earlier attempt was dealt with that may have arrived.
    """

    posted: Posted | None = None
    channel: Channel | None = None
    refused: dict[str, str] = field(default_factory=dict)
    doubt: Doubt | None = None
    is_new: bool = False
    """Whether it is one more message in its channel, rather than a change of one."""


def create_channel(job: Job) -> Outcome:
    """Make the incident's channel under the first free name, or find the one already made."""
    names = [each for each in candidate_names(job.incident) if each not in job.names_in_use]
    if job.delivery.look_first and names and (made := _channel_made(job, names)):
        return Outcome(channel=made)
    for name in names:
        try:
            return Outcome(channel=job.slack.create_channel(name))
        except DeliveryError as error:
            if error.reason is not Reason.NAME_TAKEN:
                raise
        # An earlier attempt may have been taken since we looked.
        if job.delivery.look_first and (made := _channel_made(job, [name])):
            return Outcome(channel=made)
    raise DeliveryError(Reason.NAME_TAKEN, f"name_taken: {', '.join(names)}")


def _channel_made(job: Job, names: Sequence[str]) -> Channel | None:
    return job.slack.find_own_channel(
        names, made_after=job.incident.declared_at, bookmark=job.delivery.bookmark
    )


def candidate_names(incident: Incident) -> list[str]:
    """The channel names to try, in turn."""
    declared_on = incident.declared_at.date()
    return list(
        islice(naming.channel_names(incident.service, declared_on, incident.id), _NAMES_TRIED)
    )


def invite(job: Job) -> Outcome:
    return Outcome(refused=job.slack.invite(job.channel_id, job.delivery.payload["user_ids"]))


def set_topic(job: Job) -> Outcome:
    job.slack.set_topic(job.channel_id, messages.topic(job.incident))
    return Outcome()


def pin_card(job: Job) -> Outcome:
    if job.posted is None:
        raise DeliveryError(Reason.NOT_FOUND, "there is no card to pin")
    job.slack.pin(job.posted)
    return Outcome()


def card(job: Job) -> Outcome:
    return _keep_current(job, job.channel_id, messages.card(job.incident))


def announcement(job: Job) -> Outcome:
    return _keep_current(job, job.delivery.destination, messages.announcement(job.incident))


def direct_message(job: Job) -> Outcome:
    user_id = job.delivery.destination
    return _post_once(job, user_id, _to_person(job, user_id))


def _to_person(job: Job, user_id: str) -> Message:
    payload = job.delivery.payload
    if (detail := payload.get("no_channel")) and job.incident.channel_id is None:
        return messages.no_channel(job.incident, detail, payload.get("reason", ""))
    if "changes" in payload:
        return news_text.outside(job.incident, News.from_payload(payload))
    return messages.direct_message(job.incident, user_id)


def news(job: Job) -> Outcome:
    told = news_text.post(job.incident, News.from_payload(job.delivery.payload))
    return _post_once(job, job.channel_id, told)


def notice(job: Job) -> Outcome:
    told = page_text.notice(job.incident, job.delivery.payload)
    return _post_once(job, job.channel_id, told)


def dead_letter(job: Job) -> Outcome:
    told = ledger.dead_letter(job.incident, job.delivery.payload)
    return _post_once(job, job.channel_id, told)


def thread(job: Job) -> Outcome:
    """A reply under the announcement, or a message of its own where that never arrived."""
    told = News.from_payload(job.delivery.payload)
    message = news_text.outside(job.incident, told)
    channel_id = job.delivery.destination
    under = job.posted.ts if job.posted else None
    return _post_once(job, channel_id, message, thread_ts=under, broadcast=told.is_loud)


def timeline(job: Job) -> Outcome:
    whole = timeline_text.whole(job.incident, job.entries)
    return _post_once(job, job.channel_id, whole)


def file(job: Job) -> Outcome:
    document = documents.document(
        job.delivery.payload["document"],
        job.incident,
        job.entries,
        job.names,
        number=job.delivery.id,
    )
    since = job.delivery.created_at
    if job.delivery.look_first and job.slack.has_file(
        job.channel_id, document.filename, since=since, bookmark=job.delivery.bookmark
    ):
        return Outcome()
    job.slack.upload(
        job.channel_id,
        filename=document.filename,
        title=document.title,
        content=document.content,
    )
    return Outcome()


def reply(job: Job) -> Outcome:
    """An answer only its person sees; it cannot be looked up, so it is sent at most once."""
    if not job.delivery.look_first:
        payload = dict(job.delivery.payload)
        job.slack.respond(payload.pop("response_url"), payload)
    return Outcome()


def view(job: Job) -> Outcome:
    """A form brought level, unless it was sent or closed meanwhile."""
    try:
        job.slack.update_view(job.delivery.payload["view_id"], job.delivery.payload["view"])
    except DeliveryError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
    return Outcome()


def _post_once(
    job: Job,
    destination: str,
    message: Message,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
) -> Outcome:
    there, doubt = _looked_for(job, destination, thread_ts)
    posted = there or job.slack.post(
        destination,
        text=message.text,
        blocks=message.blocks,
        key=job.key,
        thread_ts=thread_ts,
        broadcast=broadcast,
    )
    return Outcome(posted=posted, doubt=doubt, is_new=there is None)


def _keep_current(job: Job, destination: str, message: Message) -> Outcome:
    """Post it, or bring level what is there; a message that was found may show an older state."""
    there, doubt = (job.posted, None) if job.posted else _looked_for(job, destination)
    if there is None:
        new = job.slack.post(destination, text=message.text, blocks=message.blocks, key=job.key)
        return Outcome(posted=new, doubt=doubt, is_new=True)
    job.slack.update(there, text=message.text, blocks=message.blocks)
    return Outcome(posted=there, doubt=doubt)


def _looked_for(
    job: Job, destination: str, thread_ts: str | None = None
) -> tuple[Posted | None, Doubt | None]:
    """The message of an earlier attempt that may have arrived, and what became of the doubt.

    Where Slack lets nobody look for a minute, what is urgent is said perhaps twice.
    """
    if job.look_since is None:
        return None, None
    try:
        found = job.slack.find_posted(
            destination,
            key=job.key,
            since=job.look_since,
            thread_ts=thread_ts,
            bookmark=job.delivery.bookmark,
        )
    except DeliveryError as error:
        if error.reason is Reason.RATE_LIMITED and job.delivery.cannot_wait:
            return None, Doubt.BLIND
        raise
    return found, Doubt.FOUND if found else Doubt.REPOSTED


SENDERS: Final[dict[Kind, Callable[[Job], Outcome]]] = {
    Kind.CHANNEL: create_channel,
    Kind.CARD: card,
    Kind.PIN: pin_card,
    Kind.TOPIC: set_topic,
    Kind.INVITE: invite,
    Kind.ANNOUNCEMENT: announcement,
    Kind.DIRECT_MESSAGE: direct_message,
    Kind.NEWS: news,
    Kind.NOTICE: notice,
    Kind.DEAD_LETTER: dead_letter,
    Kind.THREAD: thread,
    Kind.TIMELINE: timeline,
    Kind.FILE: file,
    Kind.REPLY: reply,
    Kind.VIEW: view,
}
