"""Slack's refusals: which are tried again, which may have been taken, which are final."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.clients.slack_refusals import TOKEN_HOLD, refusal
from incident_bot.errors import DeliveryError, Reason

HOLD = "chat.postMessage:C0P1"
CANARY = "xoxb-c4n4ry"


def answer(code: Any = None, *, status: int = 200, **headers: str) -> SimpleNamespace:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = {"ok": False, "error": code, "needed": "pins:write", "provided": CANARY}
    return SimpleNamespace(status_code=status, headers=named, data=data)


def outcome(error: DeliveryError) -> tuple[Reason, bool, bool]:
    return error.reason, error.retryable, error.ambiguous


FINAL = {
    "not_allowed_token_type": Reason.NOT_AUTHORISED,
    "ekm_access_denied": Reason.NOT_AUTHORISED,
    "restricted_action": Reason.NOT_AUTHORISED,
    "cannot_create_channel": Reason.NOT_AUTHORISED,
    "channel_not_found": Reason.NOT_FOUND,
    "message_not_found": Reason.NOT_FOUND,
    "not_found": Reason.NOT_FOUND,
    "is_archived": Reason.ARCHIVED,
    "is_inactive": Reason.ARCHIVED,
    "not_in_channel": Reason.NOT_IN_CHANNEL,
    "name_taken": Reason.NAME_TAKEN,
    "user_not_found": Reason.PERSON,
    "no_user": Reason.PERSON,
    "already_in_channel": Reason.PERSON,
    "invitee_cant_see_channel": Reason.PERSON,
    "cant_invite": Reason.PERSON,
    "cant_invite_self": Reason.PERSON,
    "user_is_restricted": Reason.PERSON,
    "ura_max_channels": Reason.PERSON,
    "org_user_not_in_team": Reason.PERSON,
    "user_disabled": Reason.PERSON,
    "user_not_visible": Reason.PERSON,
    "expired_trigger_id": Reason.EXPIRED,
    "exchanged_trigger_id": Reason.EXPIRED,
    "invalid_trigger_id": Reason.EXPIRED,
    "invalid_blocks": Reason.REFUSED,
    "msg_too_long": Reason.REFUSED,
    "no_text": Reason.REFUSED,
    "a_code_of_next_year": Reason.REFUSED,
}


@pytest.mark.parametrize(("code", "reason"), FINAL.items())
def test_a_refusal_that_will_not_change_is_final(code: str, reason: Reason) -> None:
    error = refusal(answer(code), HOLD)
    assert outcome(error) == (reason, False, False)
    assert error.detail.startswith(code)
    assert (error.retry_after, error.hold) == (None, None)


@pytest.mark.parametrize(
    "code",
    [
        *("internal_error", "fatal_error", "service_unavailable"),
        *("request_timeout", "update_failed"),
    ],
)
@pytest.mark.parametrize("status", [200, 500, 503])
def test_a_fault_of_slacks_may_have_been_taken_all_the_same(code: str, status: int) -> None:
    error = refusal(answer(code, status=status), HOLD)
    assert outcome(error) == (Reason.VENDOR_FAULT, True, True)
    assert error.detail == code


@pytest.mark.parametrize("code", [None, "<html>", "invalid_auth"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_ambiguous_whatever_its_body_says(code: Any, status: int) -> None:
    error = refusal(answer(code, status=status), HOLD)
    assert outcome(error) == (Reason.VENDOR_FAULT, True, True)
    assert error.detail == f"HTTP {status}"


@pytest.mark.parametrize(
    "code",
    ["external_channel_migrating", "team_added_to_org", "org_login_required", "accesslimited"],
)
def test_a_workspace_under_maintenance_is_asked_again_much_later(code: str) -> None:
    error = refusal(answer(code), HOLD)
    assert outcome(error) == (Reason.VENDOR_FAULT, True, False)
    assert error.retry_after == 300


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ratelimited", 429),
        (None, 429),
        ("invalid_auth", 429),
        ("ratelimited", 200),
        ("rate_limited", 200),
        ("too_many_requests", 200),
        ("message_limit_exceeded", 200),
    ],
)
def test_a_rate_limit_names_its_hold_and_was_not_taken(code: Any, status: int) -> None:
    error = refusal(answer(code, status=status, Retry_After="7"), HOLD)
    assert outcome(error) == (Reason.RATE_LIMITED, True, False)
    assert (error.retry_after, error.hold) == (7, HOLD)


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_the_header_counts_however_it_is_written(name: str) -> None:
    response = SimpleNamespace(status_code=429, headers={name: "9"}, data={})
    assert refusal(response, HOLD).retry_after == 9


def test_a_rate_limit_without_the_header_waits_five_seconds() -> None:
    assert refusal(answer("ratelimited", status=429), HOLD).retry_after == 5


@pytest.mark.parametrize(
    "data", [None, "", "<html>502</html>", b"\xff", [], {}, {"error": None}, {"error": 7}]
)
@pytest.mark.parametrize("status", [0, 200, 404])
def test_an_answer_that_is_not_slacks_is_ambiguous(data: Any, status: int) -> None:
    response = SimpleNamespace(status_code=status, headers={}, data=data)
    assert outcome(refusal(response, HOLD)) == (Reason.GARBAGE, True, True)


@pytest.mark.parametrize(
    "code", [f"bad token {CANARY}", f"<p>{CANARY}</p>", "line\nbreak", "", "_", {}, [CANARY]]
)
def test_no_error_repeats_a_body(code: Any) -> None:
    error = refusal(answer(code), HOLD)
    assert error.reason is Reason.GARBAGE
    assert CANARY not in f"{error} {error.detail} {error!r}"


@pytest.mark.parametrize(
    "code",
    [
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("team_access_not_granted", "two_factor_setup_required"),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_token_that_is_refused_holds_every_call_for_a_moment(code: str, status: int) -> None:
    error = refusal(answer(code, status=status), HOLD)
    assert outcome(error) == (Reason.TOKEN_REFUSED, True, False)
    assert (error.detail, error.retry_after, error.hold) == (code, 15, TOKEN_HOLD)
    assert error.is_put_off


def needing(needed: str) -> SimpleNamespace:
    data = {"error": "missing_scope", "needed": needed, "provided": CANARY}
    return SimpleNamespace(status_code=200, headers={}, data=data)


@pytest.mark.parametrize("needed", ["pins:write", "channels:manage,groups:write", ""])
def test_a_scope_that_the_token_lost_holds_its_method_alone(needed: str) -> None:
    error = refusal(needing(needed), "pins.add:C0P1", ["pins:write"])
    assert outcome(error) == (Reason.MISSING_SCOPE, True, False)
    assert (error.hold, error.retry_after) == ("pins.add", 60)
    assert error.is_put_off
    assert (f"needs {needed}" in error.detail) == bool(needed)
    assert CANARY not in str(error)


@pytest.mark.parametrize("needed", ["groups:history", "im:history"])
def test_a_scope_that_some_channels_need_holds_no_other(needed: str) -> None:
    error = refusal(needing(needed), "conversations.history", ["groups:history", "im:history"])
    assert outcome(error) == (Reason.MISSING_SCOPE, True, False)
    assert (error.hold, error.retry_after) == (None, 60)


@pytest.mark.parametrize("needed", ["groups:write", "groups:write.topic,groups:write"])
def test_a_scope_that_only_a_private_channel_asks_for_is_final(needed: str) -> None:
    error = refusal(needing(needed), "conversations.setTopic", ["channels:manage"])
    assert outcome(error) == (Reason.MISSING_SCOPE, False, False)
    assert (error.hold, error.is_put_off) == (None, False)


@pytest.mark.parametrize("code", ["cant_invite", "a_code_of_next_year"])
def test_a_refusal_that_names_people_is_about_them(code: str) -> None:
    data = {"error": code, "errors": [{"user": "U0BEN", "error": code}, {"user": "U0EVE"}, "?"]}
    error = refusal(SimpleNamespace(status_code=200, headers={}, data=data), HOLD)
    assert (error.reason, error.refused) == (Reason.PERSON, {"U0BEN": code})


@given(
    data=st.none() | st.text() | st.dictionaries(st.sampled_from(["error", "needed"]), st.text()),
    status=st.integers(0, 599),
    header=st.text(),
)
def test_every_answer_becomes_a_delivery_error(data: Any, status: int, header: str) -> None:
    response = SimpleNamespace(status_code=status, headers={"Retry-After": header}, data=data)
    error = refusal(response, HOLD)
    assert error.retryable or not error.ambiguous
    assert error.hold in {None, HOLD, TOKEN_HOLD, HOLD.partition(":")[0]}
