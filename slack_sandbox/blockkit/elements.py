"""The interactive elements of Block Kit and their limits."""

from typing import Any

from slack_sandbox.blockkit.schema import (
    Report,
    Rule,
    anything,
    boolean,
    choice,
    integer,
    many,
    plain,
    shape,
    string,
    text,
)

CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)
OPTION = shape(
    {"text": text(75), "value": string(150)}, {"description": text(75), "url": string(3000)}
)
OPTION_GROUP = shape({"label": plain(75), "options": many(OPTION, 100)})
_ID: dict[str, Rule] = {"action_id": string(255)}
_COMMON: dict[str, Rule] = {**_ID, "focus_on_load": boolean, "confirm": CONFIRM}
_PICK: dict[str, Rule] = {**_COMMON, "placeholder": plain(150)}
_DISPATCH = shape(
    {},
    {"trigger_actions_on": many(choice("on_enter_pressed", "on_character_entered"), 2)},
)
_FILTER = shape(
    {},
    {
        "include": many(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of a select, whether grouped or not."""
    groups = element.get("option_groups") or []
    return list(element.get("options") or []) + [o for g in groups for o in g["options"]]


def _one_list(report: Report, element: Any, at: str) -> None:
    if bool(element.get("options")) == bool(element.get("option_groups")):
        report.add(at, "must provide exactly one of options or option_groups")


def _initial_is_an_option(report: Report, element: Any, at: str) -> None:
    wanted = element.get("initial_options") or []
    wanted = [*wanted, element["initial_option"]] if element.get("initial_option") else wanted
    if any(option not in options_of(element) for option in wanted):
        report.add(at, "initial_option must match one of the options")


def _select(initial: str, rule: Rule, **more: Rule) -> Rule:
    return shape({}, {**_PICK, initial: rule, **more})


def _multi(initial: str, rule: Rule, **more: Rule) -> Rule:
    most: Rule = integer(1, 1000)
    return _select(initial, many(rule, 1000), max_selected_items=most, **more)


_LISTS: dict[str, Rule] = {
    "options": many(OPTION, 100),
    "option_groups": many(OPTION_GROUP, 100),
}
_CONVERSATIONS: dict[str, Rule] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_URL: dict[str, Rule] = {"response_url_enabled": boolean}
_LENGTHS: dict[str, Rule] = {"min_length": integer(0, 3000), "max_length": integer(1, 3000)}


def _static(multi: bool) -> Rule:
    own: dict[str, Rule] = (
        {"initial_options": many(OPTION, 100), "max_selected_items": integer(1, 100)}
        if multi
        else {"initial_option": OPTION}
    )
    return shape({}, {**_PICK, **_LISTS, **own}, _one_list, _initial_is_an_option)


def _typed(**more: Rule) -> Rule:
    return shape(
        {},
        {
            **_ID,
            "focus_on_load": boolean,
            "placeholder": plain(150),
            "initial_value": string(3000, 0),
            "dispatch_action_config": _DISPATCH,
            **more,
        },
    )


BUTTON = shape(
    {"text": plain(75)},
    {
        **_ID,
        "value": string(2000, 0),
        "url": string(3000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = shape(
    {"alt_text": string(2000)},
    {"image_url": string(3000), "slack_file": anything},
)
SELECTS: dict[str, Rule] = {
    "static_select": _static(multi=False),
    "multi_static_select": _static(multi=True),
    "external_select": _select("initial_option", OPTION, min_query_length=integer(0, 100)),
    "multi_external_select": _multi("initial_options", OPTION, min_query_length=integer(0, 100)),
    "users_select": _select("initial_user", string(20)),
    "multi_users_select": _multi("initial_users", string(20)),
    "conversations_select": _select("initial_conversation", string(20), **_CONVERSATIONS, **_URL),
    "multi_conversations_select": _multi("initial_conversations", string(20), **_CONVERSATIONS),
    "channels_select": _select("initial_channel", string(20), **_URL),
    "multi_channels_select": _multi("initial_channels", string(20)),
}
PICKERS: dict[str, Rule] = {
    "datepicker": _select("initial_date", string(10)),
    "timepicker": _select("initial_time", string(5), timezone=string(100)),
    "datetimepicker": shape({}, {**_COMMON, "initial_date_time": integer(10**9, 10**10)}),
    "radio_buttons": shape(
        {"options": many(OPTION, 10)}, {**_COMMON, "initial_option": OPTION}, _initial_is_an_option
    ),
    "checkboxes": shape(
        {"options": many(OPTION, 10)},
        {**_COMMON, "initial_options": many(OPTION, 10)},
        _initial_is_an_option,
    ),
}
TYPED: dict[str, Rule] = {
    "plain_text_input": _typed(multiline=boolean, **_LENGTHS),
    "email_text_input": _typed(),
    "url_text_input": _typed(),
    "number_input": _typed(is_decimal_allowed=boolean, min_value=string(20), max_value=string(20)),
}
_OVERFLOW: Rule = shape({"options": many(OPTION, 5)}, {**_ID, "confirm": CONFIRM})
IN_ACTIONS: dict[str, Rule] = {"button": BUTTON, "overflow": _OVERFLOW, **SELECTS, **PICKERS}
IN_SECTION: dict[str, Rule] = {**IN_ACTIONS, "image": IMAGE}
IN_INPUT: dict[str, Rule] = {**SELECTS, **PICKERS, **TYPED}
