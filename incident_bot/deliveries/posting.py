"""Posts a message once, or keeps it current, although an answer of Slack's may get lost."""

from typing import Any

from incident_bot.clients.slack import Posted
from incident_bot.deliveries.kind import Job, Outcome
from incident_bot.domain.deliveries import AmbiguousSend
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render.messages import Message


def post_once(
    job: Job[Any],
    destination: str,
    message: Message,
    *,
    thread_ts: str | None = None,
    broadcast: bool = False,
) -> Outcome:
    """Post a message unless an earlier attempt has."""
    there, doubt = _look(job, destination, thread_ts)
    posted = there or job.slack.post(
        destination,
        text=message.text,
        blocks=message.blocks,
        key=job.key,
        thread_ts=thread_ts,
        broadcast=broadcast,
    )
    return Outcome(posted=posted, doubt=doubt, is_new=there is None)


def keep_current(
    job: Job[Any], destination: str, message: Message, *, may_post: bool = True
) -> Outcome:
    """Post a message, or change the one that is there; one just found may show an older state.

    Unless it `may_post`, only one that is there is changed.
    """
    there, doubt = (job.posted, None) if job.posted else _look(job, destination)
    if there is None and not may_post:
        return Outcome()
    if there is None:
        new = job.slack.post(destination, text=message.text, blocks=message.blocks, key=job.key)
        return Outcome(posted=new, doubt=doubt, is_new=True)
    job.slack.update(there, text=message.text, blocks=message.blocks)
    return Outcome(posted=there, doubt=doubt)


def _look(
    job: Job[Any], destination: str, thread_ts: str | None = None
) -> tuple[Posted | None, AmbiguousSend | None]:
    """Find the message of an earlier attempt that may have arrived, and say what became of it.

    Where Slack lets nobody look for a minute, what is urgent is posted perhaps twice.
    """
    if job.possible_duplicate_since is None:
        return None, None
    try:
        found = job.slack.find_posted(
            destination,
            key=job.key,
            since=job.possible_duplicate_since,
            thread_ts=thread_ts,
            bookmark=job.delivery.bookmark,
        )
    except DeliveryError as error:
        if error.reason is Reason.RATE_LIMITED and job.delivery.cannot_wait:
            return None, AmbiguousSend.POSSIBLE_DUPLICATE
        raise
    return found, AmbiguousSend.FOUND if found else AmbiguousSend.REPOSTED
