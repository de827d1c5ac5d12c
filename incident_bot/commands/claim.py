"""/incident claim: take command when the commander cannot be reached."""

from incident_bot.commands import Command, IncidentCall, Press, Reply, by_word
from incident_bot.domain.incidents import Incident, named_first
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render import forms
from incident_bot.render.messages import row, take_command
from incident_bot.render.text import Block, person, section
from incident_bot.store.database import Tx
from incident_bot.workflow import changes


def typed(tx: Tx, call: IncidentCall) -> Reply:
    """Ask first: command is taken by the button of the answer."""
    call.incident.commanded_by(call.user_id)
    return _ask(call.incident)


def confirmed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    after = incident.commanded_by(call.user_id)
    change = Change(event=Event.CLAIM, before=incident.commander_user_id, after=call.user_id)
    update = IncidentUpdate(actor_user_id=call.user_id, changes=(change,))
    changes.save(tx, incident, after, update, Action.CLAIM, call.settings, call.confirmation)
    is_in_channel = (
        incident.channel_id is not None and call.request.channel_id == incident.channel_id
    )
    if is_in_channel and not call.request.is_ephemeral:
        return Reply(outcome="claimed")  # they read it here with everybody else
    text = f"You are in command of {after.ref} now."
    return Reply(
        text=text,
        blocks=[section(text), *_sent_again(after, call.rest)],
        replace=call.request.is_ephemeral,
        outcome="claimed",
    )


def _sent_again(incident: Incident, line: str) -> list[Block]:
    """Offer to send the line that was refused to them before, if there was one."""
    word, _, rest = line.partition(" ")
    if word not in by_word():
        return []
    named = rest if named_first(rest)[0] else f"{incident.ref} {rest}".rstrip()
    button = forms.again(word, named, label="Send what I typed")
    return [button] if button else []


def _ask(incident: Incident) -> Reply:
    question = (
        f"{person(incident.commander_user_id)} is in command of {incident.ref}. "
        "Taking over is announced in the channel."
    )
    button = row(take_command(incident.ref, str(incident.id), ask=False))
    return Reply(text=question, blocks=[section(question), button])


COMMAND = Command(
    usage="claim",
    summary="take command yourself, after a confirmation",
    action=Action.CLAIM,
    in_incident=True,
    typed=typed,
    pressed={"confirmed": Press(handler=confirmed)},
    without_form=confirmed,
    aliases=("ack", "lead"),
    examples=("claim",),
)
