"""/incident severity: it is worse, or less bad, than thought."""

from dataclasses import replace

from incident_bot.commands import Command, IncidentCall, Reply, undoable
from incident_bot.domain import mentions, promises
from incident_bot.domain.incidents import parse_severity
from incident_bot.domain.permissions import Action
from incident_bot.domain.text import first_word, visible, without_separator
from incident_bot.domain.updates import IncidentUpdate, severity_change
from incident_bot.errors import InvalidInput, Typed
from incident_bot.store.database import Tx
from incident_bot.workflow import changes


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    word, reason = first_word(call.rest)
    if not word:
        raise InvalidInput("Say which severity: ", Typed("severity P1 all payments fail"), ".")
    after = incident.with_severity(parse_severity(mentions.plain(word, {})))
    due_at = promises.standing_or_usual(after, tx.now, call.settings.update_every)
    after = replace(after, next_update_at=due_at)
    update = IncidentUpdate(
        actor_user_id=call.user_id,
        changes=(severity_change(incident.severity, after.severity),),
        text=visible(without_separator(reason)),
        next_update_at=due_at if due_at != incident.next_update_at else None,
    )
    saved = changes.save(
        tx, incident, after, update, Action.SEVERITY, call.settings, call.confirmation
    )
    text = f"{saved.ref} is {saved.severity} now. Notifying everyone it concerns."
    return undoable(text, saved, outcome=f"severity {saved.severity}")


COMMAND = Command(
    usage="severity P1-P4 [reason]",
    summary="change the severity and notify everyone it concerns",
    action=Action.SEVERITY,
    in_incident=True,
    typed=typed,
    aliases=("sev",),
    examples=("severity P1 all payments fail", "severity P3"),
)
