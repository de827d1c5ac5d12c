"""The question whether customers should read of an incident, kept current until its end.

Once the incident is public, the same message has the link and what customers read.
"""

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import NOTHING, DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.posting import keep_current
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.domain.incidents import Incident
from incident_bot.render import statuspage as statuspage_text
from incident_bot.store import deliveries, statuspage
from incident_bot.store.database import Tx


def send(job: Job[Nothing]) -> Outcome:
    """Ask, or say what became of the question; nothing where nobody was asked before the end."""
    publication = job.run(lambda tx: statuspage.publication(tx, job.incident.id))
    is_news = publication is not None or job.incident.is_open
    message = statuspage_text.question(job.incident, publication)
    return keep_current(job, job.channel_id, message, may_post=is_news)


def ask(tx: Tx, incident: Incident) -> None:
    """Ask, or bring the message to the current state."""
    deliveries.add(tx, incident, [KIND.draft(NOTHING)])


def bring_up_to_date(tx: Tx, incident: Incident) -> None:
    """Bring the message to the current state where there is one; an older version had none."""
    if deliveries.has_any(tx, incident.id, KIND.name):
        ask(tx, incident)


KIND = DeliveryKind(
    name="publish_question",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=False,
    acts_on="publish_question",
    listed=True,
    when_dead=dead_letter.in_channel(
        "the question about the status page could not be brought up to date"
    ),
)
