"""Turns a reply into the answer that Slack understands for that type of interaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from incident_bot import log as logs
from incident_bot.commands import Command, InteractionType, Reply, Request
from incident_bot.deliveries import reply
from incident_bot.domain import mentions
from incident_bot.domain.deliveries import Delay, Draft
from incident_bot.errors import InvalidInput, Part, Unconfirmed, UserError
from incident_bot.render import forms, remedies, sentences
from incident_bot.render.text import MAX_SECTION, Block, context, fit, section
from incident_bot.web.slack import markup

Answer = dict[str, Any]

NOT_RECORDED: Final = (
    "The database cannot be reached, so nothing was recorded. Please try again in a moment."
)


def nothing() -> Answer:
    """Return an answer that shows nothing."""
    return {}


def of(request: Request, given: Reply) -> Answer:
    """Return the body for a reply; a form is opened, and a button answered, apart from it."""
    unseen = (InteractionType.BUTTON, InteractionType.CHOICE, InteractionType.SHORTCUT)
    if given.form is not None or request.type in unseen:
        return nothing()
    if request.type is InteractionType.SUBMISSION:
        if given.done is None:
            return nothing()
        view = forms.answerable(given.done, request.response_url)
        return {"response_action": "update", "view": view}
    return ephemeral(given.text, given.blocks)


def apart(
    request: Request,
    text: str,
    blocks: Sequence[Mapping[str, Any]],
    *,
    replace: bool = False,
    receipt: bool = False,
) -> list[Draft]:
    """Return the answer as a delivery, where Slack shows no body of ours: to a button or menu.

    It takes the place of a message that this person alone sees, and of no other. The `receipt` of
    a form is shown where the form was opened.
    """
    is_form = request.type is InteractionType.SUBMISSION
    is_press = request.type in (InteractionType.BUTTON, InteractionType.SHORTCUT)
    is_shown = is_press or (is_form and receipt)
    if not is_shown or request.response_url is None or not text:
        return []
    payload = reply.Payload(
        response_url=request.response_url,
        text=text,
        blocks=tuple(dict(each) for each in blocks),
        replace_original=replace and request.is_ephemeral,
    )
    return [reply.KIND.draft(payload, to=f"reply:{request.key}")]


def unopened(request: Request, command: Command) -> Answer:
    """Return the body when a form did not open, with a button to try again."""
    if request.type is InteractionType.SHORTCUT:
        again = f"Choose it in the menu again, or type it in one line: {command.instead}"
        return words(f"Slack did not open the form. {again}")
    told = words(
        "Slack did not open the form. Press the button to try again, or type it in one line: "
        f"{command.instead}"
    )
    button = forms.opener(command.name, mentions.plain(request.rest, {}))
    return {**told, "blocks": [*told["blocks"], button, *_note(logs.request_id.get())]}


def with_delay_notice(given: Answer, delay: Delay) -> Answer:
    """Add to the answer that nobody has been told yet."""
    note = context(_DELAYED[delay])
    if isinstance(view := given.get("view"), dict):
        return {**given, "view": {**view, "blocks": [*view["blocks"], note]}}
    if text := given.get("text"):
        return {**given, "blocks": [*(given.get("blocks") or [section(text)]), note]}
    return given


_DELAYED: Final = {
    Delay.BEHIND: "⏳ Saved. Posting is delayed: the worker is behind, and it will catch up.",
    Delay.NO_WORKER: (
        "⏳ Saved, but nobody is told yet: no worker is running. Ask whoever runs the bot to start "
        "`incident-bot worker`; everything goes out then."
    ),
}


def unconfirmed(request: Request, error: Unconfirmed, names: Mapping[str, str]) -> Answer:
    """Return the body that asks whether the person means it, and says how to say so."""
    if request.type is InteractionType.COMMAND:
        button = forms.again(request.word, markup.written(request.rest))
        if button is not None:
            told = words(*error.parts, " Do you mean it?")
            return {**told, "blocks": [*told["blocks"], button]}
    repeat = UserError(*error.parts, f" {_REPEAT[request.type]} once more if you mean it.")
    return _said(request, repeat, names, reference=None)


_REPEAT: Final = {
    InteractionType.COMMAND: "Send the same line",
    InteractionType.SUBMISSION: "Send the form",
    InteractionType.BUTTON: "Press the button",
    InteractionType.CHOICE: "Choose it",
    InteractionType.SHORTCUT: "Choose it",
}


def user_error(
    request: Request, error: UserError, names: Mapping[str, str], *, is_recorded: bool = True
) -> Answer:
    """Return the body for a mistake: beside the input it belongs to, or as a message.

    What is recorded carries the reference by which `incident-bot trace` finds it, unless it only
    says what is to be corrected in a form.
    """
    is_form = request.type is InteractionType.SUBMISSION
    is_slip = is_form and isinstance(error, InvalidInput)
    reference = logs.request_id.get() if is_recorded and not is_slip else None
    return _said(request, error, names, reference=reference)


def _said(
    request: Request, error: UserError, names: Mapping[str, str], *, reference: str | None
) -> Answer:
    if request.type is InteractionType.SUBMISSION:
        named = error.field if isinstance(error, InvalidInput) else None
        block_id = named if named in request.form else next(iter(request.form), None)
        plain = sentences.plain(error.parts, names)
        sentence = f"{plain} (Reference {reference})" if reference else plain
        if block_id is None:  # Slack takes errors only beside an input
            view = forms.confirmation("Not done", fit(sentence, MAX_SECTION))
            return {"response_action": "update", "view": view}
        return {"response_action": "errors", "errors": {block_id: sentence}}
    if request.type is InteractionType.CHOICE:
        return nothing()
    told = words(*error.parts)
    buttons = remedies.buttons(error.offers, _line(request))
    return {**told, "blocks": [*told["blocks"], *buttons, *_note(reference)]}


def _note(reference: str | None) -> list[Block]:
    return [context(f"Reference {reference}")] if reference else []


def _line(request: Request) -> str:
    """Return the line that was typed, as Slack would send it."""
    is_typed = request.type is InteractionType.COMMAND or request.is_again
    return f"{request.word} {markup.written(request.rest)}".rstrip() if is_typed else ""


def words(*parts: Part) -> Answer:
    """Say a sentence to the person alone."""
    text = sentences.markup(parts, MAX_SECTION)
    return ephemeral(text, [section(text)])


def ephemeral(text: str, blocks: Sequence[Mapping[str, Any]]) -> Answer:
    body: Answer = {"response_type": "ephemeral", "text": text}
    return {**body, "blocks": list(blocks)} if blocks else body


def internal_error(request: Request, reference: str) -> Answer:
    """Return the body for a bug of ours."""
    sentence = f"Something broke, reference {reference}. Nothing was recorded."
    return _said(request, UserError(sentence), {}, reference=None)


def unavailable(request: Request, sentence: str = NOT_RECORDED) -> Answer:
    """Return the body when nothing was recorded: a form stays open with all that was typed."""
    return user_error(request, UserError(sentence), {})
