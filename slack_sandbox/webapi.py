"""/api/<method> over HTTP: arguments and token read, ordered faults carried out, calls recorded."""

import json
import time
from email.utils import formatdate
from typing import Any

from slack_sandbox import api, strikes
from slack_sandbox.errors import RateLimited, SlackError
from slack_sandbox.faults import Fault, Faults, Kind
from slack_sandbox.model import Call, Json
from slack_sandbox.rates import Rates
from slack_sandbox.wire import Request, Response, as_json
from slack_sandbox.workspace import Workspace

# Refusals that only a mistake in the app can earn, whatever the workspace looks like.
_OF_THE_APP = """
invalid_arguments invalid_attachments invalid_blocks invalid_blocks_format invalid_json
invalid_metadata_format invalid_metadata_schema invalid_name_maxlength invalid_name_punctuation
invalid_name_required invalid_name_specials json_not_object markdown_text_conflict
metadata_too_large missing_scope msg_blocks_too_long msg_too_long no_text not_authed too_long
too_many_attachments too_many_users unknown_method view_too_large
"""
_MISTAKES = frozenset(_OF_THE_APP.split())
_JSON_IN_FORM = ("blocks", "attachments", "metadata", "view", "files")


class WebApi:
    def __init__(self, space: Workspace, faults: Faults, rates: Rates) -> None:
        self.space, self.faults, self.rates = space, faults, rates

    def handle(self, request: Request) -> Response:
        method = request.path.removeprefix("/api/")
        try:
            args = _arguments(request)
        except SlackError as error:
            return as_json(error.as_json())
        slow, fault = self.faults.pick(method, self._channels(args))
        if slow:
            time.sleep(slow.ms / 1000)
        call = _Incoming(self, method, args, _token(request, args), request.is_json, fault)
        response = call.answered() if fault is None else call.struck(fault)
        response.headers["Date"] = formatdate(self.space.clock(), usegmt=True)
        return response

    def _channels(self, args: Json) -> set[str]:
        """All the names by which a fault may mean the channel of this call."""
        wanted = str(args.get("channel") or args.get("channel_id") or "")
        found = self.space.channels.get(wanted) or self.space.named(wanted)
        return {wanted, found.id, found.name, *found.members * found.is_im} if found else {wanted}


class _Incoming:
    """One call on its way through the fault that may strike it."""

    def __init__(
        self,
        web: WebApi,
        method: str,
        args: Json,
        token: str | None,
        is_json: bool,
        fault: Fault | None,
    ) -> None:
        self.web, self.method, self.args = web, method, args
        self.token, self.is_json, self.fault = token, is_json, fault

    def answered(self) -> Response:
        """Apply the call and answer as a healthy Slack does."""
        space = self.web.space
        with space.lock:
            try:
                answer = api.answer(
                    space, self.web.rates, self.method, self.args, self.token, self.is_json
                )
                scopes = ",".join(sorted(space.scopes))
                now = formatdate(space.clock(), usegmt=True)
                response = as_json(answer, X_OAuth_Scopes=scopes, Date=now)
                self._record(True, None, answer)
            except RateLimited as error:
                response = as_json(error.as_json(), 429, Retry_After=str(error.retry_after))
                self._record(False, error.code)
            except SlackError as error:
                response = as_json(error.as_json())
                self._record(False, error.code, error.as_json())
                if error.code in _MISTAKES:
                    space.violated(f"{self.method}: {error.as_json()}")
            return response

    def struck(self, fault: Fault) -> Response:
        if fault.kind is Kind.REVOKE:
            code = fault.code if fault.code != "internal_error" else "token_revoked"
            self.web.space.token_error = code
            return self.answered()
        broken = _broken(fault)
        answer = strikes.taken(fault, self.answered, broken)
        if answer is None:
            self._record(False, fault.code if fault.kind is Kind.ERROR else str(fault.kind))
            return broken
        return answer

    def _record(self, ok: bool, error: str | None, answer: Json | None = None) -> None:
        channel: Any = (answer or {}).get("channel")
        channel = channel.get("id") if isinstance(channel, dict) else channel
        self.web.space.record(
            Call(
                method=self.method,
                args=_readable(self.args),
                at=self.web.space.clock(),
                ok=ok,
                error=error,
                fault=self.fault.kind if self.fault else None,
                answer=answer or {},
                channel=channel or self.args.get("channel") or self.args.get("channel_id"),
            )
        )


def _broken(fault: Fault) -> Response:
    match fault.kind:
        case Kind.RATE_LIMITED:
            wait = strikes.wait_header(fault)
            return as_json({"ok": False, "error": "ratelimited"}, 429, **wait)
        case Kind.ERROR:
            return as_json({"ok": False, "error": fault.code})
    return strikes.broken(fault)


def _arguments(request: Request) -> Json:
    if not request.is_json:
        return {**request.query, **request.form()}
    try:
        args = json.loads(request.body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(args, dict):
        raise SlackError("json_not_object")
    return args


def _token(request: Request, args: Json) -> str | None:
    """From the header; a form may carry it instead, a JSON body may not."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    in_form = args.pop("token", None)
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return None if request.is_json else in_form


def _readable(args: Json) -> Json:
    readable = dict(args)
    for name in _JSON_IN_FORM:
        if isinstance(readable.get(name), str):
            try:
                readable[name] = json.loads(readable[name])
            except ValueError:
                continue
    return readable
