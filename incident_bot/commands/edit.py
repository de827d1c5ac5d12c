"""/incident edit: correct the title, the service or the description."""

from collections.abc import Mapping
from dataclasses import replace

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain import editing
from incident_bot.domain.declaring import cut_title
from incident_bot.domain.editing import Wording
from incident_bot.domain.incidents import MAX_TITLE, Incident
from incident_bot.domain.permissions import Action
from incident_bot.errors import Malformed
from incident_bot.render import forms
from incident_bot.render import statuspage as statuspage_text
from incident_bot.render.text import Block
from incident_bot.settings import Settings
from incident_bot.store import people, statuspage
from incident_bot.store.database import Tx
from incident_bot.workflow import edits


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form with what is recorded, and what was typed as the new title."""
    return _form(call, people.spelled_out(tx, call.rest))


def _form(call: IncidentCall, typed: str) -> Reply:
    """Open the form; what is too long for a title stands in front of the description."""
    recorded, title = Wording.of(call.incident), " ".join(typed.split())
    description = recorded.description
    if len(title) > MAX_TITLE:
        description = f"{title}\n\n{description}".strip()
    return Reply(
        form=forms.edit(
            call.incident,
            editing.choices(call.incident, call.settings.services),
            title=cut_title(title) or recorded.title,
            description=description,
            shown=recorded.digests,
        )
    )


def typed(tx: Tx, call: IncidentCall) -> Reply:
    """Correct what the line names, as in “title: …”, or open the form."""
    name, words = editing.named_part(people.spelled_out(tx, call.rest))
    if not (name and words) or (name == "title" and len(words) > MAX_TITLE):
        return _form(call, words)
    recorded = Wording.of(call.incident)
    return _edited(tx, call, replace(recorded, **{name: words}), recorded.digests)


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    form = call.request.form
    wanted = Wording(
        title=form.get("title", ""),
        service=form.get("service", ""),
        description=form.get("description", ""),
    )
    return _edited(tx, call, wanted, _shown(call.request.metadata.get("shown")))


def _shown(carried: object) -> Mapping[str, str]:
    """Return what the form carried for us of what it showed; raises Malformed."""
    kept = carried if isinstance(carried, dict) else {}
    if not all(isinstance(kept.get(name), str) for name in ("title", "service", "description")):
        raise Malformed("shown")
    return kept


def _edited(tx: Tx, call: IncidentCall, wanted: Wording, shown: Mapping[str, str]) -> Reply:
    """Save it; ask first where somebody else has corrected the same meanwhile."""
    before, recorded = call.incident, Wording.of(call.incident)
    checked = wanted.checked(editing.choices(before, call.settings.services))
    wording, contested = checked.since(shown, recorded)
    if contested:
        call.confirmation.require(
            f"Somebody else has corrected the {contested[0]} of {before.ref} since this form was "
            f"opened. It is now: {getattr(recorded, contested[0])[:MAX_TITLE]}."
        )
    after = before.edited(
        title=wording.title, service=wording.service, description=wording.description
    )
    saved = edits.save(tx, before, after, call.user_id, call.settings)
    return _reply(tx, saved)


def _reply(tx: Tx, incident: Incident) -> Reply:
    """Say what does not follow: the words of a public incident are its customers'."""
    text = f"{incident.ref} is corrected."
    publication = statuspage.publication(tx, incident.id)
    if publication is None:
        return Reply(text=text, outcome="corrected")
    told = f"{text} {statuspage_text.unchanged(publication)}"
    return Reply(text=told, done=forms.confirmation("Corrected", told), outcome="corrected")


def suggest(tx: Tx, settings: Settings, block_id: str, query: str) -> list[Block]:
    """Return options of the form's searching select."""
    return forms.suggestions(settings.services, query)


COMMAND = Command(
    usage="edit [title]",
    summary="correct the title, the service or the description",
    action=Action.EDIT,
    in_incident=True,
    typed=typed,
    submitted={"": submitted},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    instead="/incident edit title: what is wrong",
    suggest=suggest,
    aliases=("rename", "correct"),
    examples=("edit", "edit title: Checkout returns 500", "edit service: payments"),
)
