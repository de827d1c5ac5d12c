"""The catch-up: an incident in a few lines, for one person who comes late or comes back."""

from datetime import datetime
from typing import Final

from incident_bot.domain import promises
from incident_bot.domain.catching_up import News
from incident_bot.domain.incidents import Incident
from incident_bot.render import timeline
from incident_bot.render.messages import Message, button_about, headline, row
from incident_bot.render.sentences import said
from incident_bot.render.text import Block, by, context, escape, one_line, person, section, when
from incident_bot.render.updates import duration

_MAX_DESCRIPTION: Final = 1200
_MAX_ENDING: Final = 600


def told(incident: Incident, news: News, now: datetime) -> Message:
    """Render how it stands and what is new, with a button for the whole timeline."""
    blocks = [section("\n".join([headline(incident), *_facts(incident, news, now)]))]
    if incident.description:
        blocks.append(section(said(incident.description, _MAX_DESCRIPTION)))
    return Message(
        text=f"Catch-up: {headline(incident)}",
        blocks=[
            *blocks,
            context(_lead(news, now)),
            *_entries(incident, news),
            row(button_about(incident, "Timeline", "timeline")),
        ],
    )


def _facts(incident: Incident, news: News, now: datetime) -> list[str]:
    who = f"{escape(incident.service)} · commander {person(incident.commander_user_id)}"
    if not incident.is_open:
        return [*_ended(incident, news), who]
    age = duration(now - incident.declared_at)
    status = f"{incident.status} for {duration(now - news.status_since)}"
    return [f"*{status.capitalize()}*, open for {age}", who, _promise(incident, now)]


def _ended(incident: Incident, news: News) -> list[str]:
    lasted = incident.time_to_resolve
    after = f" after {duration(lasted)}" if lasted is not None else ""
    at = f", {when(incident.resolved_at)}" if incident.resolved_at else ""
    ending = news.ending
    who = (
        f" by {by(ending.actor_user_id, on_command_line=ending.on_command_line)}" if ending else ""
    )
    words = said(one_line(ending.text), _MAX_ENDING) if ending and ending.text else ""
    state = incident.state[0].upper() + incident.state[1:]
    line = f"*{state}*{after}{at}{who}"
    return [f"{line}: {words}" if words else line]


def _promise(incident: Incident, now: datetime) -> str:
    due_at = incident.next_update_at
    if due_at is None:
        return "No next update is promised."
    if promises.is_overdue(incident, now):
        return f"⏰ The next update is overdue since {when(due_at)}."
    return f"Next update by {when(due_at)}."


def _lead(news: News, now: datetime) -> str:
    """Say what the entries below are; of nothing new that is all."""
    more = news.count - len(news.entries)
    if news.seen_at is None:
        return f"The last {len(news.entries)} of {news.count} entries:" if more else "So far:"
    is_today = news.seen_at.date() == now.date()
    last = f"since you were last here ({when(news.seen_at, with_date=not is_today)})"
    if not news.entries:
        return f"Nothing is new {last}."
    shown = f", the last {len(news.entries)}" if more else ""
    return f"{news.count} new {last}{shown}:"


def _entries(incident: Incident, news: News) -> list[Block]:
    if not news.entries:
        return []
    _, *lines = timeline.full(incident, news.entries).blocks  # its own lead is left out
    return lines
