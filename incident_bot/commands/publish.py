"""/incident publish: make the incident public on the status page."""

from collections.abc import Mapping
from typing import Final

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.deliveries import public_incident, publish_question
from incident_bot.domain.permissions import Action
from incident_bot.domain.statuspage import public_status
from incident_bot.domain.timeline import Kind
from incident_bot.errors import Conflict, InvalidInput, Malformed, Offer, Remedy, Typed
from incident_bot.render import forms
from incident_bot.render import statuspage as statuspage_text
from incident_bot.render.undoing import with_undo_of_publication
from incident_bot.store import deliveries, statuspage, timeline
from incident_bot.store.database import Tx

_FIELDS: Final = ("title", "message", "impact", "components", "notify")


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    _require_publishable(tx, call)
    components = statuspage.components_of(tx, call.incident.service)
    return Reply(form=statuspage_text.publish_form(call.incident, components))


def preview(tx: Tx, call: IncidentCall) -> Reply:
    """Show what will be public, and publish nothing."""
    _require_publishable(tx, call)
    components = statuspage.components_of(tx, call.incident.service)
    return Reply(done=statuspage_text.preview(call.incident, _checked(call), components))


def confirmed(tx: Tx, call: IncidentCall) -> Reply:
    """Publish what the preview showed; it is shown once more if the incident has changed since."""
    _require_publishable(tx, call)
    values = _carried(call.request.metadata.get("publish"))
    if call.request.shows_older(call.incident):
        components = statuspage.components_of(tx, call.incident.service)
        shown = statuspage_text.preview(call.incident, values, components, is_changed=True)
        return Reply(done=shown)
    return _publish(tx, call, values)


def _require_publishable(tx: Tx, call: IncidentCall) -> None:
    incident = call.incident
    if not call.settings.statuspage_page_id:
        raise Conflict("There is no status page: STATUSPAGE_API_KEY is not set.")
    if not call.settings.statuspage_publish:
        raise Conflict("Publishing is off: STATUSPAGE_PUBLISH=ask turns it on.")
    incident.require_open()
    if statuspage.publication(tx, incident.id):
        raise Conflict(
            f"{incident.ref} is public already. Tick “Publish” in ",
            Typed(f"update {incident.ref}"),
            " to add to it.",
            offers=[Offer(Remedy.UPDATE, incident.id)],
        )


def _checked(call: IncidentCall) -> dict[str, str]:
    for name in ("title", "message"):
        if not call.request.field(name):
            raise InvalidInput("Write what the public should read.", field=name)
    return {name: call.request.field(name) for name in _FIELDS}


def _carried(values: object) -> dict[str, str]:
    """Return what the preview carried for us; raises Malformed."""
    kept = values if isinstance(values, dict) else {}
    if not all(isinstance(kept.get(each), str) for each in _FIELDS):
        raise Malformed("publish")
    return kept


def _publish(tx: Tx, call: IncidentCall, values: Mapping[str, str]) -> Reply:
    incident = call.incident
    notifies = values["notify"] == "yes"
    is_new = statuspage.publish(
        tx,
        incident.id,
        call.user_id,
        notifies=notifies,
        title=values["title"],
        message=values["message"],
    )
    if not is_new:
        raise Conflict(f"{incident.ref} is public already.")
    status = public_status(incident)
    payload = public_incident.Payload(
        title=values["title"],
        status=status,
        body=values["message"],
        impact=values["impact"],
        component_ids=tuple(each for each in values["components"].split(",") if each),
        notifies=notifies,
    )
    deliveries.add(tx, incident, [public_incident.KIND.draft(payload)])
    publish_question.ask(tx, incident)
    read = f"{values['title']}: {values['message']}"
    timeline.add(tx, incident.id, Kind.PUBLISHED, actor=call.user_id, text=read, after=status)
    text = f"{incident.ref} is being published."
    return Reply(
        text=text,
        blocks=with_undo_of_publication(text, incident),
        receipt=True,
        audit=values["title"],
        outcome="published",
    )


COMMAND = Command(
    usage="publish",
    summary="publish the incident on the status page, after a preview",
    action=Action.PUBLISH,
    in_incident=True,
    typed=open_form,
    submitted={"": preview, statuspage_text.CONFIRM: confirmed},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    instead="/incident publish",
    examples=("publish",),
)
