"""People's actions reach the app signed and in Slack's form, and its answer takes effect."""

import json
import time
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from slack_sandbox import Sandbox
from slack_sandbox.signing import signature
from tests.sandbox.conftest import Call, FakeApp


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def text_input(block_id: str, **element: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id),
        "element": {"type": "plain_text_input", "action_id": "typed", **element},
    }


def modal(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": list(blocks),
        **more,
    }


def fields(app: FakeApp) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(app.received[-1][2].decode()).items()}


def payload(app: FakeApp) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(fields(app)["payload"])
    return answer


def opened(slack: Sandbox, call: Call, app: FakeApp, view: dict[str, Any]) -> None:
    slack.command("U0ADA", "general", "/incident declare")
    assert call("views.open", trigger_id=fields(app)["trigger_id"], view=view)["ok"]


def test_the_signature_is_the_one_slack_publishes() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
        b"channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&"
        b"command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
        b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    assert signature(secret, "1531420618", body) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


def test_a_name_ends_before_the_end_of_a_sentence(slack: Sandbox, app: FakeApp) -> None:
    slack.add_user("U0DOT", "ada.o-k")
    slack.command("U0ADA", "general", "/incident note ask @ben. Or @ada.o-k, or #general-")
    assert fields(app)["text"] == "note ask <@U0BEN>. Or <@U0DOT>, or <#C0GENERAL|general>-"


def test_a_command_arrives_signed_with_names_made_ids(slack: Sandbox, app: FakeApp) -> None:
    slack.add_channel("C0SECRET", "secret", private=True)
    slack.command("U0ADA", "general", "/incident commander @ben #general #secret @nobody")
    path, headers, body = app.received[0]
    sent = fields(app)
    assert path == "/slack/commands"
    assert sent["text"] == "commander <@U0BEN> <#C0GENERAL|general> <#C0SECRET|> @nobody"
    assert (sent["command"], sent["user_id"], sent["team_id"]) == (
        "/incident",
        "U0ADA",
        "T0SANDBOX",
    )
    expected = signature("sandbox-signing-secret", headers["X-Slack-Request-Timestamp"], body)
    assert headers["X-Slack-Signature"] == expected


def test_the_answer_to_a_command_is_ephemeral_unless_it_says_otherwise(
    slack: Sandbox, app: FakeApp
) -> None:
    app.says({"text": "for you"})
    assert slack.command("U0ADA", "general", "/incident").text == "for you"
    app.says({"text": "for all", "response_type": "in_channel"})
    slack.command("U0ADA", "general", "/incident")
    assert [m.text for m in slack.ephemerals("U0ADA")] == ["for you"]
    assert [m.text for m in slack.channel("general").messages] == ["for all"]


def test_slackbot_answers_a_command_that_is_not_installed(slack: Sandbox, app: FakeApp) -> None:
    answer = slack.command("U0ADA", "general", "/<b>foo bar")
    assert answer.error == "/<b>foo is not a valid command."
    assert app.received == []
    (told,) = slack.ephemerals("U0ADA")
    assert (told.user, told.text) == ("USLACKBOT", "/&lt;b&gt;foo is not a valid command.")


def test_a_command_in_a_thread_is_refused_there(slack: Sandbox, app: FakeApp) -> None:
    ts = slack.say("U0ADA", "general", "x").ts
    slack.command("U0ADA", "general", "/incident list", thread_ts=ts)
    assert app.received == []
    (told,) = slack.ephemerals("U0ADA")
    assert told.text == "/incident is not supported in threads. Sorry!"
    assert told.thread_ts == ts


def test_a_failing_app_is_shown_to_the_person(slack: Sandbox, app: FakeApp) -> None:
    app.status = 500
    assert slack.command("U0ADA", "general", "/incident").error == "http_service_error"
    assert 'failed with the error "http_service_error"' in slack.ephemerals("U0ADA")[0].text


def test_a_request_can_be_repeated_byte_for_byte(slack: Sandbox, app: FakeApp) -> None:
    slack.command("U0ADA", "general", "/incident")
    assert slack.last_request
    slack.resend(slack.last_request)
    assert app.received[0][2] == app.received[1][2]


def test_a_click_carries_the_message_and_a_response_url(
    slack: Sandbox, call: Call, app: FakeApp
) -> None:
    press = {"type": "button", "text": plain("Claim"), "action_id": "claim", "value": "7"}
    blocks = [{"type": "actions", "block_id": "b", "elements": [press]}]
    ts = call("chat.postMessage", channel="C0GENERAL", text="x", blocks=blocks)["ts"]
    slack.click("U0BEN", "general", ts, "claim")
    sent = payload(app)
    assert sent["type"] == "block_actions"
    assert sent["user"]["id"] == "U0BEN"
    assert sent["container"]["message_ts"] == sent["message"]["ts"] == ts
    assert sent["actions"][0].items() >= {"action_id": "claim", "value": "7"}.items()
    answer = requests.post(
        sent["response_url"], json={"text": "claimed", "replace_original": True}, timeout=5
    )
    assert answer.ok
    assert slack.channel("general").messages[0].text == "claimed"


def test_a_choice_in_a_menu_carries_its_option(slack: Sandbox, call: Call, app: FakeApp) -> None:
    options = [{"text": plain(each), "value": each} for each in ("edit 7", "cancel 7")]
    menu = {"type": "overflow", "action_id": "more", "options": options}
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu]}]
    ts = call("chat.postMessage", channel="C0GENERAL", text="x", blocks=blocks)["ts"]
    slack.click("U0BEN", "general", ts, "more", "cancel 7")
    (action,) = payload(app)["actions"]
    wanted = {"type": "overflow", "action_id": "more", "selected_option": options[1]}
    assert action.items() >= wanted.items()
    with pytest.raises(ValueError, match="no option 'close 7'"):
        slack.click("U0BEN", "general", ts, "more", "close 7")


def test_a_response_url_works_five_times_within_half_an_hour(slack: Sandbox, app: FakeApp) -> None:
    slack.command("U0ADA", "general", "/incident")
    url = fields(app)["response_url"]
    got = [requests.post(url, json={"text": "x"}, timeout=5).status_code for _ in range(6)]
    assert got == [200] * 5 + [404]
    assert slack.violations == ["response_url: used_url"]
    slack.command("U0ADA", "general", "/incident")
    slack.workspace.clock = lambda: time.time() + 1801
    late = requests.post(fields(app)["response_url"], json={"text": "x"}, timeout=5)
    assert late.json()["error"] == "expired_url"


def test_a_trigger_opens_one_view_within_three_seconds(
    slack: Sandbox, call: Call, app: FakeApp
) -> None:
    opened(slack, call, app, modal())
    again = call("views.open", trigger_id=fields(app)["trigger_id"], view=modal())
    assert again["error"] == "exchanged_trigger_id"
    assert call("views.open", trigger_id="1.x", view=modal())["error"] == "invalid_trigger_id"
    slack.command("U0ADA", "general", "/incident declare")
    trigger = fields(app)["trigger_id"]
    slack.workspace.triggers[trigger].made_at -= 3.1
    assert call("views.open", trigger_id=trigger, view=modal())["error"] == "expired_trigger_id"


def test_a_form_is_checked_sent_and_closed(slack: Sandbox, call: Call, app: FakeApp) -> None:
    form = modal(text_input("name"), text_input("more") | {"optional": True})
    opened(slack, call, app, form)
    heard = len(app.received)
    assert slack.submit("U0ADA").errors == {"name": "Please complete this required field."}
    assert len(app.received) == heard
    assert slack.submit("U0ADA", {"name": "boom"}).error is None
    values = payload(app)["view"]["state"]["values"]
    assert values["name"]["typed"] == {"type": "plain_text_input", "value": "boom"}
    assert values["more"]["typed"]["value"] is None
    assert slack.view("U0ADA") is None


def test_errors_must_name_input_blocks(slack: Sandbox, call: Call, app: FakeApp) -> None:
    opened(slack, call, app, modal(text_input("name"), {"type": "divider", "block_id": "line"}))
    app.says({"response_action": "errors", "errors": {"name": "Too vague."}})
    assert slack.submit("U0ADA", {"name": "x"}).errors == {"name": "Too vague."}
    assert slack.violations == []
    app.says({"response_action": "errors", "errors": {"line": "?"}})
    slack.submit("U0ADA", {"name": "x"})
    assert "errors_not_input_blocks" in slack.violations[0]
    assert slack.view("U0ADA")


def test_update_push_and_clear_change_the_stack(slack: Sandbox, call: Call, app: FakeApp) -> None:
    opened(slack, call, app, modal())
    for title in ("two", "three"):
        app.says({"response_action": "push", "view": modal(title=plain(title))})
        slack.submit("U0ADA")
    slack.submit("U0ADA")
    assert "push_limit_reached" in slack.violations[0]
    app.says({"response_action": "update", "view": modal(title=plain("new"))})
    answer = slack.submit("U0ADA")
    assert answer.view
    assert answer.view.title == "new"
    app.says({"response_action": "clear"})
    slack.submit("U0ADA")
    assert slack.view("U0ADA") is None


def test_what_was_typed_survives_an_update_only_under_the_same_ids(
    slack: Sandbox, call: Call, app: FakeApp
) -> None:
    opened(slack, call, app, modal(text_input("a"), text_input("b")))
    slack.choose("U0ADA", "a", "kept")
    view = slack.view("U0ADA")
    assert view
    fresh = modal(text_input("a", initial_value="new"), text_input("c", initial_value="new"))
    stale = call("views.update", view_id=view.id, hash="1.x", view=fresh)
    assert stale["error"] == "hash_conflict"
    assert call("views.update", view_id=view.id, hash=view.hash, view=fresh)["ok"]
    assert [state["value"] for state in view.typed.values()] == ["kept", "new"]


def test_a_dispatching_input_and_suggestions_reach_the_app(
    slack: Sandbox, call: Call, app: FakeApp
) -> None:
    element = {"type": "external_select", "action_id": "service", "min_query_length": 1}
    block = {
        "type": "input",
        "block_id": "s",
        "label": plain("s"),
        "element": element,
        "dispatch_action": True,
    }
    opened(slack, call, app, modal(block))
    app.says({"options": [{"text": plain("api"), "value": "api"}]})
    assert slack.suggest("U0ADA", "service", "a").options[0]["value"] == "api"
    assert payload(app)["type"] == "block_suggestion"
    app.reply = b""
    slack.choose("U0ADA", "service", "api")
    assert payload(app)["actions"][0]["selected_option"]["value"] == "api"
    assert payload(app)["container"]["type"] == "view"


def test_a_closed_view_is_told_when_it_asked(slack: Sandbox, call: Call, app: FakeApp) -> None:
    opened(slack, call, app, modal(notify_on_close=True))
    slack.close("U0ADA")
    assert (payload(app)["type"], payload(app)["is_cleared"]) == ("view_closed", False)
    opened(slack, call, app, modal())
    heard = len(app.received)
    slack.close("U0ADA")
    assert len(app.received) == heard


def test_an_event_is_sent_when_subscribed_and_retried_on_demand(
    slack: Sandbox, app: FakeApp
) -> None:
    slack.channel("general").members.append("U0BOT")
    slack.react("U0ADA", "general", slack.say("U0BEN", "general", "x").ts, "eyes")
    slack.events.subscribed.add("reaction_added")
    slack.react("U0DAN", "general", slack.channel("general").messages[0].ts, "eyes")
    slack.wait_for(lambda: app.received)
    assert json.loads(app.received[0][2])["event"]["user"] == "U0DAN"
    app.status = 500
    slack.event({"type": "app_home_opened", "user": "U0ADA"}, event_id="Ev1", retries=(0, 0, 0))
    tries = app.received[-4:]
    assert {json.loads(body)["event_id"] for _, _, body in tries} == {"Ev1"}
    numbers = [headers.get("X-Slack-Retry-Num") for _, headers, _ in tries]
    assert numbers == [None, "1", "2", "3"]


@pytest.mark.parametrize("kind", ["user_change", "team_join"])
def test_any_event_can_be_sent(slack: Sandbox, app: FakeApp, kind: str) -> None:
    person = slack.add_user("U0FAY", "fay", deleted=True).as_api()
    assert slack.event({"type": kind, "user": person}).error is None
    path, headers, body = app.received[-1]
    assert (path, headers["Content-Type"]) == ("/slack/events", "application/json")
    assert json.loads(body)["event"]["user"]["deleted"] is True


def test_a_change_of_a_person_is_dated_and_told(slack: Sandbox, app: FakeApp) -> None:
    slack.events.subscribed.add("user_change")
    slack.workspace.clock = lambda: 1_800_000_000.5
    changed = slack.change_user("U0BEN", name="benno", deleted=True)
    assert slack.user("U0BEN") == changed
    slack.wait_for(lambda: app.received)
    told = json.loads(app.received[0][2])["event"]["user"]
    assert (told["id"], told["profile"]["display_name"]) == ("U0BEN", "benno")
    assert (told["deleted"], told["updated"]) == (True, 1_800_000_000)
