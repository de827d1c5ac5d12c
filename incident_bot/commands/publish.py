"""/incident publish: make the incident public on the status page."""

from collections.abc import Mapping

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.deliveries import public_incident
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.statuspage import page_status
from incident_bot.domain.timeline import Kind
from incident_bot.errors import Conflict, InvalidInput
from incident_bot.render import page
from incident_bot.store import audit, deliveries, incidents, statuspage, timeline
from incident_bot.store.database import Tx


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    confirmed = call.metadata.get("publish")
    _require_publishable(tx, call, incident)
    if isinstance(confirmed, dict):
        _publish(tx, call, incident, confirmed)
        return Reply(text=f"{incident.ref} is being published.")
    components = statuspage.components_of(tx, incident.service)
    if call.form is None:
        return Reply(form=page.publish_form(incident, components))
    return Reply(done=page.preview(incident, _checked(call), components))


def _require_publishable(tx: Tx, call: Invocation, incident: Incident) -> None:
    permissions.require(Action.PUBLISH, incident, call.user_id)
    if not call.settings.statuspage_page_id:
        raise Conflict("There is no status page: STATUSPAGE_API_KEY is not set.")
    if not call.settings.statuspage_publish:
        raise Conflict("Publishing is off: STATUSPAGE_PUBLISH=ask turns it on.")
    incident.require_open()
    if statuspage.publication(tx, incident.id):
        raise Conflict(
            f"{incident.ref} is public already. Tick “Publish” in `/incident update` to add to it."
        )


def _checked(call: Invocation) -> dict[str, str]:
    for name in ("title", "message"):
        if not call.field(name):
            raise InvalidInput("The public reads this; it cannot be empty.", field=name)
    return {
        name: call.field(name) for name in ("title", "message", "impact", "components", "notify")
    }


def _publish(tx: Tx, call: Invocation, incident: Incident, values: Mapping[str, str]) -> None:
    notifies = values["notify"] == "yes"
    if not statuspage.publish(tx, incident.id, call.user_id, notifies=notifies):
        raise Conflict(f"{incident.ref} is public already.")
    payload = public_incident.Payload(
        title=values["title"],
        status=page_status(incident),
        body=values["message"],
        impact=values["impact"],
        component_ids=tuple(each for each in values["components"].split(",") if each),
        notifies=notifies,
    )
    deliveries.add(tx, incident, [public_incident.KIND.draft(payload)])
    timeline.add(tx, incident.id, Kind.PUBLISHED, actor=call.user_id, text=values["title"])
    audit.add(
        tx,
        Action.PUBLISH,
        actor=call.user_id,
        incident_id=incident.id,
        channel_id=call.channel_id,
        detail=values["title"],
    )


COMMAND = Command(
    usage="publish",
    summary="publish the incident on the status page, after a preview",
    run=run,
    instead="/incident publish",
)
