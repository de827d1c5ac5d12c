"""From a reply to the HTTP answer that Slack understands for the way it was asked."""

from typing import Any, Final

from incident_bot.commands import Reply
from incident_bot.errors import InvalidInput, UserError
from incident_bot.render.forms import confirmation
from incident_bot.render.text import MAX_SECTION, fit, section
from incident_bot.web.parse import Request, Way

Answer = dict[str, Any]

NOT_RECORDED: Final = (
    "The database cannot be reached, so nothing was recorded. Please try again in a moment."
)


def nothing() -> Answer:
    """Taken, with nothing to show."""
    return {}


def of(request: Request, reply: Reply) -> Answer:
    """The body for a reply; a form that is to be opened is opened apart from it."""
    if reply.form is not None:
        return nothing()
    if request.way is Way.FORM:
        view = reply.done or confirmation("Done", reply.text)
        return {"response_action": "update", "view": view}
    return ephemeral(reply.text, reply.blocks)


def refused(request: Request, error: UserError) -> Answer:
    """The body for a mistake: beside the input it belongs to, or as a message."""
    if request.way is Way.FORM:
        named = error.field if isinstance(error, InvalidInput) else None
        block_id = named if named in request.form else next(iter(request.form), "")
        return {"response_action": "errors", "errors": {block_id: str(error)}}
    return words(str(error))


def words(text: str) -> Answer:
    """A plain sentence to the person alone."""
    safe = fit(text, MAX_SECTION)
    return ephemeral(safe, [section(safe)])


def ephemeral(text: str, blocks: Any) -> Answer:
    body: Answer = {"response_type": "ephemeral", "text": text}
    return {**body, "blocks": list(blocks)} if blocks else body


def broken(request: Request, reference: str) -> Answer:
    """The body for a bug of ours."""
    return unrecorded(request, f"Something broke, reference {reference}. Nothing was recorded.")


def unrecorded(request: Request, sentence: str = NOT_RECORDED) -> Answer:
    """The body when nothing was recorded: a form stays open with all that was typed."""
    return refused(request, UserError(sentence))
