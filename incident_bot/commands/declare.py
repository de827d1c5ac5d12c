"""/incident declare: something is broken, get everybody together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

from incident_bot.commands import Call, Command, InteractionType, Press, Reply
from incident_bot.deliveries import declare_answer, view
from incident_bot.domain.declaring import DeclareRequest, SpokenDeclare, understood
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident, OpenIncidents, Severity
from incident_bot.domain.permissions import Action
from incident_bot.domain.templates import Template
from incident_bot.errors import InvalidInput, Malformed, Typed
from incident_bot.render import forms, open_incidents
from incident_bot.render.forms import DeclareForm
from incident_bot.render.messages import headline
from incident_bot.render.text import MAX_SECTION, Block, channel, join_within, section
from incident_bot.render.undoing import join_instead
from incident_bot.settings import Settings
from incident_bot.store import (
    declaring,
    deliveries,
    incidents,
    people,
    templates,
)
from incident_bot.store.database import Tx
from incident_bot.workflow import (
    commanders,
    components,
    confirmation,
    notifications,
    publication,
    reminders,
)
from incident_bot.workflow.confirmation import Confirmation

_ONE_LINE: Final = "declare P1 api-gateway Checkout returns 500"
_SAME_PRESS: Final = timedelta(seconds=10)
_OPEN_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The incident, and the other open ones on its service; `is_new` unless it was a repeat."""

    incident: Incident
    others: OpenIncidents = field(default_factory=OpenIncidents)
    is_new: bool = True


def typed(tx: Tx, call: Call) -> Reply:
    """Declare what the line says, or open the form with what was understood of it."""
    said = _understood(tx, call)
    if said.severity is None or not said.is_whole:
        return open_form(tx, call)
    wanted = DeclareRequest.parse(
        title=said.title,
        severity=said.severity,
        service=said.service,
        declarer_user_id=call.user_id,
        commander_user_id=call.user_id,
        services=call.settings.services,
    )
    return _declared(tx, call, wanted)


def without_form(tx: Tx, call: Call) -> Reply:
    """Declare what the line or its options say in full; raises InvalidInput for what is missing."""
    form, services = dict(call.request.form), call.settings.services
    if not form.keys() & {"severity", "service", "title"}:
        form |= _whole(_understood(tx, call), services)
    if not form.get("severity"):
        raise InvalidInput("Say how bad it is, P1 (worst) to P4: ", Typed(_ONE_LINE), ".")
    if not form.get("service") and len(services) > 1:
        raise InvalidInput(f"Say on which service: {', '.join(services)}.", field="service")
    wanted = {"service": services[0], "title": people.spelled_out(tx, call.rest), **form}
    return submitted(tx, replace(call, request=replace(call.request, form=wanted)))


def _whole(said: SpokenDeclare, services: Sequence[str]) -> dict[str, str]:
    if not said.is_whole and not said.description:
        raise InvalidInput(
            "Say how bad it is, on which service, and what is wrong: ",
            Typed(_ONE_LINE),
            f". It is P1 (worst), P2, P3 or P4; the services are: {', '.join(services)}.",
        )
    title = said.description or said.title  # it is too long where there is a description
    return {"severity": said.severity or "", "service": said.service, "title": title}


def _understood(tx: Tx, call: Call) -> SpokenDeclare:
    return understood(people.spelled_out(tx, call.rest), call.settings.services)


def submitted(tx: Tx, call: Call) -> Reply:
    form = call.request.form
    description = form.get("description", "")
    wanted = DeclareRequest.parse(
        title=form.get("title", ""),
        severity=form.get("severity", ""),
        service=form.get("service", ""),
        declarer_user_id=call.user_id,
        commander_user_id=form.get("commander") or call.user_id,
        description=description,
        services=call.settings.services,
        templates=templates.all_templates(tx) if description else (),
    )
    return _declared(tx, call, wanted)


def open_form(tx: Tx, call: Call) -> Reply:
    """Open the form, filled with what was understood of what was typed."""
    blank, said = _blank_form(tx, call), _understood(tx, call)
    filled = replace(
        blank,
        title=said.title,
        severity=said.severity or blank.severity,
        service=said.service,
        description=said.description,
    )
    return Reply(form=forms.declare(filled))


def declare(
    tx: Tx,
    wanted: DeclareRequest,
    *,
    channel_id: str | None,
    settings: Settings,
    asked: Confirmation,
    answer: Callable[[OpenIncidents], Sequence[Draft]] = lambda others: (),
) -> Declared:
    """Declare an incident, or find the one that the same person declared a moment ago.

    `channel_id` is where it was said; `answer` drafts what tells the declarer of the channel and of
    the other open incidents. Raises InvalidInput for a commander who cannot command, and
    Unconfirmed for one incident after the other.
    """
    if wanted.commander_user_id != wanted.declarer_user_id:
        commanders.require_able_to_command(tx, wanted.commander_user_id, settings)
    found = declaring.precedents(
        tx,
        wanted,
        alike_since=tx.now - _SAME_PRESS,
        lately_since=confirmation.declares_count_since(tx, settings),
        limit=_OPEN_SHOWN,
    )
    if found.alike:
        return Declared(incident=found.alike, is_new=False)
    confirmation.require_few_declared(found.declared_lately, asked)
    drafts = [
        *notifications.on_declare(wanted, settings),
        *answer(found.others),
        *publication.on_declare(wanted.severity, settings),
    ]
    next_update_at, standing = reminders.on_declare(wanted, tx.now, settings)
    incident = declaring.declare(
        tx,
        wanted,
        drafts,
        channel_id=channel_id,
        next_update_at=next_update_at,
        standing=standing,
    )
    components.reconcile_for(tx, incident, settings)
    return Declared(incident=incident, others=found.others)


def _declared(tx: Tx, call: Call, wanted: DeclareRequest) -> Reply:
    declared = declare(
        tx,
        wanted,
        channel_id=call.request.channel_id,
        settings=call.settings,
        asked=call.confirmation,
        answer=lambda others: _answer(call, others),
    )
    if not declared.is_new:
        return _reply(declared, f"is declared already.{_where(declared.incident)}")
    if call.request.type is InteractionType.COMMAND_LINE:
        return _reply(declared, "is declared.")
    return _reply(
        declared, "is declared. The link to its channel follows here and in a direct message."
    )


def _answer(call: Call, others: OpenIncidents) -> Sequence[Draft]:
    """Draft what the answer turns into once the channel is there, where it can be changed."""
    asked = call.request
    if not (asked.response_url or asked.view_id):
        return ()
    payload = declare_answer.Payload(
        response_url=asked.response_url or "",
        view_id=asked.view_id or "",
        more="\n".join(open_incidents.also_open(others)),
        instead=others.worst[0].ref if others.worst else "",
    )
    return (declare_answer.KIND.draft(payload, to=f"answer:{asked.key}"),)


def _blank_form(tx: Tx, call: Call) -> DeclareForm:
    return DeclareForm(
        nonce=str(uuid4()),
        services=call.settings.services,
        templates=templates.enabled(tx),
        open_incidents=incidents.open_ones(tx, limit=_OPEN_SHOWN),
        commander_user_id=call.user_id,
        ids={},
    )


def chosen(tx: Tx, call: Call) -> Reply:
    """Fill, from the template that was chosen, what the person did not write or choose."""
    asked = call.request
    blank = _blank_form(tx, call)
    before = _by_name(blank, asked.metadata.get("template", ""))
    template = _by_name(blank, asked.field("template"))
    ids = _ids(asked.metadata.get("ids") or {})

    def kept(name: str, default: str, old: str, new: str) -> str:
        written = asked.form.get(name, "")
        value = new if written in ("", default, old) else written
        if value != written:
            ids[name] = uuid4().hex[:8]
        return value

    form = replace(
        blank,
        nonce=str(asked.metadata.get("nonce") or blank.nonce),
        ids=ids,
        commander_user_id=asked.field("commander") or call.user_id,
        template=template.name,
        title=kept("title", "", before.title, template.title),
        severity=_severity(kept("severity", blank.severity, before.severity, template.severity)),
        service=kept("service", "", before.service, template.service),
        description=kept("description", "", before.description, template.description),
    )
    if asked.view_id is None:  # there is no form to bring up to date
        return Reply()
    payload = view.Payload(view_id=asked.view_id, view=forms.declare(form))
    deliveries.add(tx, None, [view.KIND.draft(payload, to=f"view:{asked.view_id}")])
    return Reply()


def _ids(carried: object) -> dict[str, str]:
    """Return the ids of inputs that the form carried for us; raises Malformed."""
    if not isinstance(carried, dict) or not all(isinstance(each, str) for each in carried.values()):
        raise Malformed("ids")
    return carried


def _severity(chosen: str) -> Severity:
    """Return one of those that the form offers; raises Malformed."""
    if chosen not in set(Severity):
        raise Malformed("severity")
    return Severity(chosen)


def _by_name(form: DeclareForm, name: str) -> Template:
    nothing = Template(
        name="", title="", severity=form.severity, service="", description="", enabled=True
    )
    return next((each for each in form.templates if each.name == name), nothing)


def suggest(tx: Tx, settings: Settings, block_id: str, query: str) -> list[Block]:
    """Return options of the form's searching selects."""
    if block_id == "template":
        return forms.suggestions([each.name for each in templates.enabled(tx)], query)
    return forms.suggestions(settings.services, query)


def _reply(declared: Declared, sentence: str) -> Reply:
    lead = f"{headline(declared.incident)} {sentence}"
    text = join_within([lead, *open_incidents.also_open(declared.others)], MAX_SECTION)
    instead = [join_instead(declared.incident, other.ref) for other in declared.others.worst[:1]]
    return Reply(
        text=text,
        blocks=[section(text), *instead] if instead else (),
        done=forms.confirmation("Incident declared", text),
        outcome="declared" if declared.is_new else "declared already",
        ref=declared.incident.ref,
    )


def _where(incident: Incident) -> str:
    return f" {channel(incident.channel_id)}" if incident.channel_id else ""


COMMAND = Command(
    usage="declare [P1-P4 service] [title]",
    summary="declare an incident, by form or in one line",
    action=Action.DECLARE,
    typed=typed,
    submitted={"": submitted},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    chosen=chosen,
    without_form=without_form,
    instead=f"/incident {_ONE_LINE}",
    suggest=suggest,
    aliases=("new", "open"),
    examples=("declare", "declare P1 api-gateway Checkout returns 500"),
)
