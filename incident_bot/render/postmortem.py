"""The postmortem: what the record knows, and questions to the writer where it knows nothing."""

from datetime import timedelta
from typing import Final

from incident_bot.domain.deliveries import State
from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import BOT
from incident_bot.domain.record import IncidentRecord, people_in
from incident_bot.domain.timeline import ENDINGS, Entry, Kind
from incident_bot.render import entries, links
from incident_bot.render.markdown import (
    Names,
    bullets,
    link,
    moment,
    name,
    question,
    quoted,
    safe,
    said,
)
from incident_bot.render.updates import duration

_NOT_RECORDED: Final = "not recorded"

_ARRIVED: Final = {
    State.PENDING: ", not on the status page yet",
    State.DEAD: ", which **never reached the status page**",
}

_QUESTIONS: Final = {
    "Root cause": "why did it happen? Which change, limit or assumption failed?",
    "Contributing factors": "what made it likelier, worse or longer?",
    "What went well": "what helped, and must stay as it is?",
    "What went badly": "what slowed us down or misled us?",
    "Where we were lucky": "what could have made it worse, and by chance did not?",
}


def write(record: IncidentRecord) -> str:
    """Write the postmortem."""
    incident = record.incident
    sections = {
        "Summary": _summary(record),
        "Impact": [question("who was affected, how, how many of them, and for how long?")],
        "Detection": _detection(record),
        **{title: [question(text)] for title, text in _QUESTIONS.items()},
        "Customer communication": _customers(record),
        "Timeline (UTC)": ["\n".join(entries.table(record))],
        "Follow-ups": [
            question("who does what by when, so that it does not happen again?"),
            "| action | owner | due |\n|---|---|---|\n|  |  |  |",
        ],
    }
    parts = [f"# Postmortem of {incident.ref}: {safe(incident.title)}"]
    for title, content in sections.items():
        parts += [f"## {title}", *content]
    return "\n\n".join(parts) + "\n"


def _summary(record: IncidentRecord) -> list[str]:
    incident, names = record.incident, record.names
    parts = [bullets(_facts(record))]
    if incident.description:
        declarer = name(incident.declarer_user_id, names)
        parts += [f"As declared by {declarer}:", quoted(incident.description, names)]
    closing = [each for each in record.of_kind(*ENDINGS) if each.text]
    if closing:
        closer = name(closing[-1].actor_user_id, names)
        how = "resolved" if incident.ending is None else "closed"
        parts += [f"As {how} by {closer}:", quoted(closing[-1].text, names)]
    if len(parts) == 1:
        parts.append(question("what happened, for somebody who was not there?"))
    return parts


def _facts(record: IncidentRecord) -> list[str]:
    incident, names = record.incident, record.names
    declarer = name(incident.declarer_user_id, names)
    everybody = [each for each in people_in(incident, record.entries) if each != BOT]
    return [
        f"Severity: {_severity(record)}",
        f"Service: {safe(incident.service)}",
        f"Duration: {_length(incident.time_to_resolve)} (time to resolve, since declared)",
        f"Declared: {moment(incident.declared_at)} by {declarer}",
        f"Acknowledged: {_acknowledged(incident)}",
        f"Mitigated: {_mitigated(record)}",
        *(f"Reopened: {_reopened(each, names)}" for each in record.of_kind(Kind.REOPENED)),
        f"{_ended(incident)}: {_resolved(record)}",
        f"Commander: {', then '.join(name(each, names) for each in record.commanders)}",
        f"Took part: {', '.join(name(each, names) for each in everybody)}",
        *_places(record),
    ]


def _severity(record: IncidentRecord) -> str:
    worst, last = record.peak_severity, record.incident.severity
    if worst is last:
        return str(last)
    return f"{worst} at its worst, {last} {'now' if record.incident.is_open else 'at the end'}"


def _acknowledged(incident: Incident) -> str:
    if incident.acknowledged_at is None:
        return f"{_NOT_RECORDED}: its status has not changed yet"
    took = _length(incident.time_to_acknowledge)
    return (
        f"{moment(incident.acknowledged_at)} (first change of status; time to acknowledge {took})"
    )


def _mitigated(record: IncidentRecord) -> str:
    incident = record.incident
    if incident.mitigated_at is None:
        since = " since it was reopened" if record.of_kind(Kind.REOPENED) else ""
        return f"{_NOT_RECORDED}: its status was not monitoring{since}"
    took = _length(incident.time_to_mitigate)
    return f"{moment(incident.mitigated_at)} (status monitoring; time to mitigate {took})"


def _ended(incident: Incident) -> str:
    return "Resolved" if incident.ending is None else f"Closed as a {incident.state}"


def _resolved(record: IncidentRecord) -> str:
    at = record.incident.resolved_at
    if at is None:
        return "not yet"
    by = [each for each in record.of_kind(*ENDINGS) if each.at == at]
    return _done(by[-1], record.names) if by else moment(at)


def _done(entry: Entry, names: Names) -> str:
    return f"{moment(entry.at)} by {name(entry.actor_user_id, names)}"


def _length(length: timedelta | None) -> str:
    return duration(length) if length is not None else _NOT_RECORDED


def _reopened(entry: Entry, names: Names) -> str:
    return f"{_done(entry, names)}: {said(entry.text, names)}"


def _places(record: IncidentRecord) -> list[str]:
    """Link the incident's channel and what was said of it in others."""
    incident, url = record.incident, record.workspace_url
    found = []
    if incident.channel_name:
        label = "#" + safe(incident.channel_name)
        found.append(f"Channel: {link(label, links.channel(url, incident.channel_id))}")
    if url and record.announcements:
        linked = [
            link(str(number), links.message(url, each))
            for number, each in enumerate(record.announcements, start=1)
        ]
        found.append(f"Announcements: {', '.join(linked)}")
    return found


def _detection(record: IncidentRecord) -> list[str]:
    incident = record.incident
    return [
        f"{name(incident.declarer_user_id, record.names)} declared it at "
        f"{moment(incident.declared_at)}.",
        question("how was it noticed, when did it begin, and what should have told us sooner?"),
    ]


def _customers(record: IncidentRecord) -> list[str]:
    if not record.public:
        return ["Nothing was published.", question("were customers told in any other way?")]
    where = [link("The public incident", record.public_url)] if record.public_url else []
    return [*where, *(part for each in record.public for part in _published(record, each))]


def _published(record: IncidentRecord, entry: Entry) -> list[str]:
    status = f" ({entry.after})" if entry.after else ""
    became = _ARRIVED.get(record.publishing.get(entry.id, State.SENT), "")
    lead = f"{_done(entry, record.names)}{status}{became}:"
    return [lead, quoted(entry.text, record.names)]
