"""Save a change: the incident, its timeline, the audit trail and all who must hear, together."""

from incident_bot.domain.incidents import Incident
from incident_bot.domain.news import Change, Event, News
from incident_bot.domain.timeline import Kind
from incident_bot.settings import Settings
from incident_bot.store import audit, incidents, timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import components, notifications, publication

_KINDS = {
    Event.STATUS: Kind.STATUS,
    Event.UPDATE: Kind.UPDATE,
    Event.RAISED: Kind.SEVERITY,
    Event.LOWERED: Kind.SEVERITY,
    Event.RESOLVED: Kind.RESOLVED,
    Event.REOPENED: Kind.REOPENED,
    Event.HANDOVER: Kind.HANDOVER,
    Event.CLAIM: Kind.CLAIM,
}


def save(
    tx: Tx, before: Incident, after: Incident, news: News, action: str, settings: Settings
) -> Incident:
    """Save what became of an incident and set everything in motion that follows.

    Raises Conflict if somebody else changed the incident meanwhile.
    """
    saved = incidents.save_state(tx, before, after)
    for place, change in enumerate(news.changes):
        _add_entry(tx, saved, news, change, text=news.text if place == 0 else "")
    audit.add(
        tx,
        action,
        actor=news.actor_user_id,
        incident_id=saved.id,
        channel_id=saved.channel_id,
        detail=", ".join(f"{c.event} {c.before} {c.after}".strip() for c in news.changes),
    )
    notifications.changed(tx, saved, news, settings)
    components.reconcile_for(tx, saved, settings)
    publication.follow(tx, saved, news, settings)
    return saved


def _add_entry(tx: Tx, incident: Incident, news: News, change: Change, *, text: str) -> None:
    timeline.add(
        tx,
        incident.id,
        _KINDS[change.event],
        actor=news.actor_user_id,
        text=text,
        before=change.before or None,
        after=change.after or None,
    )
