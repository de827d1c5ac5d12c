"""/incident declare: something is broken, get everybody together."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.deliveries import view
from incident_bot.domain.incidents import (
    MAX_DESCRIPTION,
    Incident,
    Severity,
    checked_title,
    parse_service,
    parse_severity,
)
from incident_bot.domain.templates import Template
from incident_bot.errors import InvalidInput
from incident_bot.render import forms
from incident_bot.render.forms import DeclareForm
from incident_bot.render.messages import headline
from incident_bot.render.text import MAX_SECTION, Block, channel, join_within
from incident_bot.settings import Settings
from incident_bot.store import (
    deliveries,
    incidents,
    templates,
)
from incident_bot.store.database import Tx
from incident_bot.workflow import commanders, components, notifications, publication

_ONE_LINE: Final = "/incident declare P1 api-gateway Checkout returns 500"
_SAME_PRESS: Final = timedelta(seconds=10)
_OPEN_READ: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    title: str
    severity: Severity
    service: str
    commander_user_id: str
    description: str


def run(tx: Tx, call: Invocation) -> Reply:
    if call.view_id is not None:
        return _fill(tx, call, call.view_id)
    wish = _from_form(call) if call.form is not None else _from_line(call)
    if wish is None:
        return Reply(form=forms.declare(_new_form(tx, call)))
    if wish.commander_user_id != call.user_id:
        commanders.require_able_to_command(tx, wish.commander_user_id)
    open_already = incidents.open_on(tx, wish.service, limit=_OPEN_READ)
    if twin := _pressed_twice(tx, call, wish, open_already):
        return _reply(twin, f"is declared already.{_where(twin)}", [])
    incident = _declare(tx, call, wish)
    return _reply(
        incident, "is declared. A direct message brings you the link to its channel.", open_already
    )


def _declare(tx: Tx, call: Invocation, wish: _Wish) -> Incident:
    incident = incidents.declare(
        tx,
        title=wish.title,
        description=wish.description,
        service=wish.service,
        severity=wish.severity,
        declarer_user_id=call.user_id,
        commander_user_id=wish.commander_user_id,
        channel_id=call.channel_id,
    )
    notifications.declared(tx, incident, call.settings)
    components.reconcile_for(tx, incident, call.settings)
    publication.offer(tx, incident, call.settings)
    return incident


def _pressed_twice(
    tx: Tx, call: Invocation, wish: _Wish, open_already: list[Incident]
) -> Incident | None:
    """The incident of a moment ago, when an impatient person sent the same line again."""
    for incident in open_already:
        same = (incident.title, incident.severity) == (wish.title, wish.severity)
        recent = tx.now - incident.declared_at < _SAME_PRESS
        if same and recent and incident.declarer_user_id == call.user_id:
            return incident
    return None


def _from_line(call: Invocation) -> _Wish | None:
    """What the line says; None when it does not begin with a severity, which wants the form."""
    words = call.rest.split(maxsplit=2)
    if not words or not re.fullmatch(r"(?i)p\d+", words[0]):
        return None
    if len(words) < 3:
        raise InvalidInput(f"Say severity, service and what is wrong: `{_ONE_LINE}`")
    return _Wish(
        severity=parse_severity(words[0]),
        service=parse_service(words[1], call.settings.services),
        title=checked_title(words[2]),
        commander_user_id=call.user_id,
        description="",
    )


def _from_form(call: Invocation) -> _Wish:
    form = call.form or {}
    return _Wish(
        title=checked_title(form.get("title", "")),
        severity=parse_severity(form.get("severity", "")),
        service=parse_service(form.get("service", ""), call.settings.services),
        commander_user_id=form.get("commander") or call.user_id,
        description=form.get("description", "").strip()[:MAX_DESCRIPTION],
    )


def _new_form(tx: Tx, call: Invocation) -> DeclareForm:
    return DeclareForm(
        nonce=str(uuid4()),
        services=call.settings.services,
        templates=templates.enabled(tx),
        open_incidents=incidents.open_ones(tx, limit=_OPEN_READ),
        commander_user_id=call.user_id,
        ids={},
        title=" ".join(call.rest.split()),
    )


def _fill(tx: Tx, call: Invocation, view_id: str) -> Reply:
    """A template was chosen: fill what the person did not write or choose themselves."""
    blank = replace(_new_form(tx, call), title="")
    before = _by_name(blank, call.metadata.get("template", ""))
    chosen = _by_name(blank, call.field("template"))
    ids = dict(call.metadata.get("ids") or {})

    def kept(name: str, default: str, old: str, new: str) -> str:
        typed = (call.form or {}).get(name, "")
        value = new if typed in ("", default, old) else typed
        if value != typed:
            ids[name] = uuid4().hex[:8]
        return value

    form = replace(
        blank,
        nonce=str(call.metadata.get("nonce") or blank.nonce),
        ids=ids,
        commander_user_id=call.field("commander") or call.user_id,
        template=chosen.name,
        title=kept("title", "", before.title, chosen.title),
        severity=Severity(kept("severity", blank.severity, before.severity, chosen.severity)),
        service=kept("service", "", before.service, chosen.service),
        description=kept("description", "", before.description, chosen.description),
    )
    payload = view.Payload(view_id=view_id, view=forms.declare(form))
    deliveries.add(tx, None, [view.KIND.draft(payload, to=f"view:{view_id}")])
    return Reply()


def _by_name(form: DeclareForm, name: str) -> Template:
    nothing = Template(
        name="", title="", severity=form.severity, service="", description="", enabled=True
    )
    return next((each for each in form.templates if each.name == name), nothing)


def _suggest(tx: Tx, settings: Settings, block_id: str, query: str) -> list[Block]:
    """Options of the form's searching selects."""
    if block_id == "template":
        return forms.suggestions([each.name for each in templates.enabled(tx)], query)
    return forms.suggestions(settings.services, query)


def _reply(incident: Incident, news: str, open_already: list[Incident]) -> Reply:
    others = [
        f":warning: Also open on this service: {headline(other)}{_where(other)}"
        for other in open_already
    ]
    text = join_within([f"{headline(incident)} {news}", *others], MAX_SECTION)
    return Reply(text=text, done=forms.confirmation("Incident declared", text))


def _where(incident: Incident) -> str:
    return f" {channel(incident.channel_id)}" if incident.channel_id else ""


COMMAND = Command(
    usage="declare [P1-P4 service] [title]",
    summary="declare an incident, by form or in one line",
    run=run,
    instead=_ONE_LINE,
    suggest=_suggest,
)
