"""Inputs of a form: how one starts, becomes Slack's JSON, and when it is complete."""

from typing import Any

from slack_sandbox.blockkit.elements import options_of
from slack_sandbox.model import Json

# element type -> the field of its state, and the field of the element it starts from
_FIELDS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
REQUIRED = "Please complete this required field."


def initial(element: Json) -> Json | None:
    """The state an element starts with; None for a button and other elements without state."""
    fields = _FIELDS.get(element["type"])
    if fields is None:
        return None
    empty: Any = [] if fields[0].endswith("s") else None
    return {"type": element["type"], fields[0]: element.get(fields[1], empty) or empty}


def state(element: Json, value: Any, offered: list[Json]) -> Json:
    """A person's value as Slack's JSON. Raises ValueError if the element offers no such option."""
    is_menu = element["type"] == "overflow"  # its state is in its action, and in no form
    field = "selected_option" if is_menu else _FIELDS[element["type"]][0]
    if field.startswith("selected_option"):
        options = offered or options_of(element)
        if field == "selected_options":
            value = [_option(options, each) for each in value or []]
        else:
            value = None if value in (None, "") else _option(options, value)
    elif field.endswith("s"):
        value = list(value or [])
    elif value == "":
        value = None
    return {"type": element["type"], field: value}


def _option(options: list[Json], value: Any) -> Json:
    wanted = value["value"] if isinstance(value, dict) else value
    for option in options:
        if option["value"] == wanted:
            return option
    raise ValueError(f"no option {wanted!r} among {[option['value'] for option in options]}")


def held(element: Json, value: Json) -> Any:
    return value.get(_FIELDS[element["type"]][0])


def complaint(block: Json, value: Json) -> str | None:
    """Say what Slack's own client would before it lets a form go; None when it is complete."""
    element = block["element"]
    content = held(element, value)
    if not content:
        return None if block.get("optional") else REQUIRED
    if isinstance(content, str) and element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if len(content) < least:
            return f"Must be at least {least} characters long."
        if len(content) > most:
            return f"Must be at most {most} characters long."
    return None
