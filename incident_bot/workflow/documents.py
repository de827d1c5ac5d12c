"""Share a document about an incident."""

from incident_bot.deliveries import file
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident
from incident_bot.store import deliveries, records
from incident_bot.store.database import Tx


def share(
    tx: Tx,
    incident: Incident,
    document: str,
    last_entry_id: int,
    asked_by: str,
    *,
    short: Draft | None = None,
) -> str:
    """Have a document posted to the channel, or sent to whoever asked where there is none.

    `short` is the message that does instead of a file in the channel. Return where it goes, as the
    end of a sentence.
    """
    payload = file.Payload(
        document=document,
        last_entry_id=last_entry_id,
        version=records.count_files(tx, incident, document) + 1,
    )
    if deliveries.has_channel(tx, incident):
        deliveries.add(tx, incident, [short or file.KIND.draft(payload)])
        return "posted to the channel"
    deliveries.add(tx, incident, [file.KIND.draft(payload, to=asked_by)])
    return "sent to you in a direct message"
