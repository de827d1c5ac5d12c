"""Slack's refusals and what each means for a delivery: try again, look first, or give up."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from incident_bot.clients.transport import retry_after_seconds
from incident_bot.errors import DeliveryError, Reason

TOKEN_HOLD: Final = "slack"
"""The hold of every call that sends the token, while Slack refuses it."""

_LONG_SECONDS: Final = 300.0
_TOKEN_SECONDS: Final = 15.0  # a new token, or a passing refusal, is noticed so soon
_SCOPE_SECONDS: Final = 60.0

# docs.slack.dev: "some aspect of the operation may have succeeded before the error was raised"
_AMBIGUOUS: Final = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "update_failed",
}
_LATER: Final = {
    "external_channel_migrating": _LONG_SECONDS,
    "team_added_to_org": _LONG_SECONDS,
    "org_login_required": _LONG_SECONDS,
    "accesslimited": _LONG_SECONDS,
}
_RATE: Final = {"ratelimited", "rate_limited", "too_many_requests", "message_limit_exceeded"}
# All calls fail until somebody mends the token, and none of them is at fault.
_TOKEN: Final = {
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "team_access_not_granted",
    "two_factor_setup_required",
}
_FINAL: Final[Mapping[str, Reason]] = {
    **dict.fromkeys(
        (
            "not_allowed_token_type",
            "ekm_access_denied",
            "restricted_action",
            "cannot_create_channel",
        ),
        Reason.NOT_AUTHORISED,
    ),
    **dict.fromkeys(("channel_not_found", "message_not_found", "not_found"), Reason.NOT_FOUND),
    **dict.fromkeys(("is_archived", "is_inactive"), Reason.ARCHIVED),
    "not_in_channel": Reason.NOT_IN_CHANNEL,
    "name_taken": Reason.NAME_TAKEN,
    **dict.fromkeys(
        (
            "user_not_found",
            "no_user",
            "cant_invite_self",
            "cant_invite",
            "already_in_channel",
            "user_is_restricted",
            "ura_max_channels",
            "org_user_not_in_team",
            "user_disabled",
            "user_not_visible",
            "invitee_cant_see_channel",
        ),
        Reason.PERSON,
    ),
    **dict.fromkeys(
        ("expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"), Reason.EXPIRED
    ),
}


def refusal(response: Any, hold: str, scopes: Sequence[str] = ()) -> DeliveryError:
    """Make the DeliveryError for an answer of Slack's that is not a success.

    `scopes` are those of the manifest that the method needs.
    """
    status = int(getattr(response, "status_code", 0) or 0)
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    code = _code(data)
    if status == 429 or code in _RATE:
        return _rate_limited(headers, hold)
    if status >= 500 or code in _AMBIGUOUS:
        detail = code if code in _AMBIGUOUS else f"HTTP {status}"
        return DeliveryError(Reason.VENDOR_FAULT, str(detail), retryable=True, ambiguous=True)
    if code is None:
        return DeliveryError(Reason.GARBAGE, f"HTTP {status}", retryable=True, ambiguous=True)
    if code in _LATER:
        return DeliveryError(Reason.VENDOR_FAULT, code, retryable=True, retry_after=_LATER[code])
    if code in _TOKEN:
        return _held_for_token(Reason.TOKEN_REFUSED, code, _TOKEN_SECONDS, TOKEN_HOLD)
    if code == "missing_scope":
        return _missing_scope(data, hold, scopes)
    people = refused_people(data)
    reason = _FINAL.get(code, Reason.PERSON if people else Reason.REFUSED)
    return DeliveryError(reason, code, refused=people)


def refused_people(answer: Any) -> dict[str, str]:
    """Return Slack's error code for each person whom an answer names as refused."""
    errors = answer.get("errors")
    named = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    return {
        each["user"]: code
        for each in named
        if isinstance(each.get("user"), str) and (code := _code(each))
    }


def _code(data: Any) -> str | None:
    """Read Slack's error code; None for anything that does not look like one."""
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else None


def _missing_scope(data: Any, hold: str, scopes: Sequence[str]) -> DeliveryError:
    """Tell a scope that the token lost from one that only a private channel asks for."""
    needed = str(data.get("needed") or "")
    detail = f"missing_scope, needs {needed}" if needed else "missing_scope"
    wanted = [each.strip() for each in needed.split(",")]
    is_for_private = all(each.startswith("groups:") for each in wanted)
    if is_for_private and not set(wanted) & set(scopes):
        return DeliveryError(Reason.MISSING_SCOPE, detail)
    # One of these is needed in some channels alone, so that the method works in the others.
    is_for_some = all(each.startswith(("groups:", "im:", "mpim:")) for each in wanted)
    method = hold.partition(":")[0]
    held = None if is_for_some else method
    return _held_for_token(Reason.MISSING_SCOPE, detail, _SCOPE_SECONDS, held)


def _held_for_token(reason: Reason, detail: str, seconds: float, hold: str | None) -> DeliveryError:
    return DeliveryError(reason, detail, retryable=True, retry_after=seconds, hold=hold)


def _rate_limited(headers: Mapping[str, str], hold: str) -> DeliveryError:
    raw = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return DeliveryError(
        Reason.RATE_LIMITED,
        "HTTP 429",
        retryable=True,
        retry_after=retry_after_seconds(raw),
        hold=hold,
    )
