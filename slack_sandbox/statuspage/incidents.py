"""Incidents, their updates and their postmortems."""

from typing import Any

from slack_sandbox.model import Json
from slack_sandbox.statuspage import fields
from slack_sandbox.statuspage.model import (
    COMPONENT_STATUSES,
    IMPACTS,
    REALTIME,
    SCHEDULED,
    Incident,
    Postmortem,
)
from slack_sandbox.statuspage.refusals import impossible, invalid, not_found
from slack_sandbox.statuspage.routes import Ask, route
from slack_sandbox.statuspage.statuspage import new_id

_BODY = fields.text(25_000)


def _ids(value: Any) -> str | None:
    fine = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return None if fine else "must be a list of component ids"


def _statuses(value: Any) -> str | None:
    fine = isinstance(value, dict) and all(s in COMPONENT_STATUSES for s in value.values())
    return None if fine else "must give a component status by component id"


_FIELDS: dict[str, fields.Check] = {
    "name": fields.text(255),
    "status": fields.one_of((*REALTIME, *SCHEDULED)),
    "impact_override": fields.one_of(IMPACTS),
    "body": _BODY,
    "component_ids": _ids,
    "components": _statuses,
    "deliver_notifications": fields.flag,
    "metadata": fields.objects,
}


@route("GET", "/incidents")
def list_incidents(ask: Ask) -> list[Json]:
    words = ask.request.query.get("q", "")
    return _page(ask, [i for i in ask.board.incidents if i.has(words)])


@route("GET", "/incidents/unresolved")
def list_unresolved_incidents(ask: Ask) -> list[Json]:
    return _page(ask, [i for i in ask.board.incidents if i.is_open])


def _page(ask: Ask, found: list[Incident]) -> list[Json]:
    """Newest first."""
    return fields.page(ask.request.query, [ask.board.shown(i) for i in reversed(found)])


@route("GET", "/incidents/{incident}")
def get_incident(ask: Ask) -> Json:
    return ask.board.shown(ask.incident())


@route("POST", "/incidents")
def create_incident(ask: Ask) -> Json:
    wanted = ask.sent("incident", _FIELDS, required=("name",))
    now = ask.board.space.clock()
    incident = Incident(new_id(), wanted["name"], now, now)
    affected = _affected(ask, incident, wanted)
    ask.board.incidents.append(incident)
    _apply(ask, incident, wanted, affected)
    return ask.board.shown(incident)


@route("PATCH", "/incidents/{incident}")
def patch_incident(ask: Ask) -> Json:
    """Resolving leaves the components as they are; only `components` moves them."""
    incident = ask.incident()
    wanted = ask.sent("incident", _FIELDS)
    if wanted.get("name") == "":
        raise invalid({"name": "can't be blank"})
    _apply(ask, incident, wanted, _affected(ask, incident, wanted))
    return ask.board.shown(incident)


@route("DELETE", "/incidents/{incident}")
def delete_incident(ask: Ask) -> Json:
    incident = ask.incident()
    ask.board.incidents.remove(incident)
    return ask.board.shown(incident)


def _affected(ask: Ask, incident: Incident, wanted: Json) -> list[str]:
    """The components it affects from now on. Raises Refusal when one is unknown."""
    moved = wanted.get("components", {})
    ids = list(wanted.get("component_ids", [*incident.component_ids, *moved]))
    for name, given in (("component_ids", ids), ("components", moved)):
        if unknown := [c for c in given if c not in ask.board.components]:
            raise invalid({name: f"contains unknown components: {', '.join(unknown)}"})
    if left_out := [c for c in moved if c not in ids]:
        raise invalid({"components": f"not among component_ids: {', '.join(left_out)}"})
    return list(dict.fromkeys(ids))


def _apply(ask: Ask, incident: Incident, wanted: Json, affected: list[str]) -> None:
    """Everything was checked; a body becomes an update, told to subscribers unless said not to."""
    now = incident.updated_at = ask.board.space.clock()
    incident.component_ids = affected
    for name in ("name", "impact_override", "metadata"):
        setattr(incident, name, wanted.get(name, getattr(incident, name)))
    _move(incident, wanted.get("status", incident.status), now)
    changes = ask.board.move_all(incident, wanted.get("components", {}))
    if wanted.get("body"):
        ask.board.tell(incident, wanted["body"], wanted.get("deliver_notifications", True), changes)
    ask.board.space.changed()


def _move(incident: Incident, status: str, now: float) -> None:
    if status == "monitoring" != incident.status:
        incident.monitoring_at = now
    if status in ("resolved", "completed") and not incident.is_over:
        incident.resolved_at = now
    elif status not in ("resolved", "completed"):
        incident.resolved_at = None
    incident.status = status


@route("PATCH", "/incidents/{incident}/incident_updates/{update}")
def patch_incident_update(ask: Ask) -> Json:
    """Edits what an update says; nobody is notified."""
    incident = ask.incident()
    update = next((u for u in incident.updates if u.id == ask.ids["update_id"]), None)
    if update is None:
        raise not_found("Incident update")
    update.body = ask.sent("incident_update", {"body": _BODY}, required=("body",))["body"]
    ask.board.space.changed()
    return update.as_api(incident.id)


@route("GET", "/incidents/{incident}/postmortem")
def get_postmortem(ask: Ask) -> Json:
    return ask.incident().postmortem.as_api()


@route("PUT", "/incidents/{incident}/postmortem")
def put_postmortem(ask: Ask) -> Json:
    postmortem = _postmortem(ask)
    sent = ask.sent("postmortem", {"body_draft": _BODY}, required=("body_draft",))
    postmortem.draft, postmortem.draft_at = sent["body_draft"], ask.board.space.clock()
    ask.board.space.changed()
    return postmortem.as_api()


@route("PUT", "/incidents/{incident}/postmortem/publish")
def publish_postmortem(ask: Ask) -> Json:
    """Subscribers are notified unless `notify_subscribers` says not to."""
    postmortem = _postmortem(ask)
    if not postmortem.draft:
        raise impossible("There is no postmortem draft to publish")
    known: dict[str, fields.Check] = {
        "notify_subscribers": fields.flag,
        "notify_twitter": fields.flag,
        "custom_tweet": fields.text(280),
    }
    notify = ask.sent("postmortem", known).get("notify_subscribers", True)
    postmortem.body, postmortem.published_at = postmortem.draft, ask.board.space.clock()
    postmortem.notify_subscribers = notify
    ask.board.emails += notify
    ask.board.space.changed()
    return postmortem.as_api()


@route("PUT", "/incidents/{incident}/postmortem/revert")
def revert_postmortem(ask: Ask) -> Json:
    """Takes a published postmortem off the page and keeps its draft."""
    postmortem = _postmortem(ask)
    postmortem.body, postmortem.published_at = "", None
    ask.board.space.changed()
    return postmortem.as_api()


def _postmortem(ask: Ask) -> Postmortem:
    incident = ask.incident()
    if not incident.is_over:
        raise impossible("Postmortems can only be written for resolved incidents")
    return incident.postmortem
