"""The table that the contract for all clients of vendors runs over.

A new client joins by its rows in CALLS; a test fails while a client, or a method of one, has none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from incident_bot.clients.heartbeat import Heartbeat
from incident_bot.clients.slack import Posted, Slack
from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.clients.statuspage import NewPublicIncident, PublicUpdate, Statuspage
from incident_bot.errors import Reason
from tests.clients.answers import ANSWERS, REFUSED, SECRET, Failure, error_body, ok_body

_SINCE: Final = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method of a client, called against a vendor that answers its requests with `bodies`.

    `exceptions` holds by step what this call makes of answers that it sees in its own way; None
    says that it takes them for a success. Steps before `first_step` are another row's.
    """

    client: type
    method: str
    make: Callable[[Any, str], object]
    bodies: Sequence[bytes]
    writes: bool = True
    first_step: int = 0
    exceptions: Mapping[int, Mapping[str, Failure | None]] = field(default_factory=dict)

    def failure(self, step: int, answer: str) -> Failure | None:
        known = {answer: ANSWERS[answer][1], **RULES[self.client], **self.exceptions.get(step, {})}
        return known[answer]


_ANY_JSON_OBJECT: Final = {0: {"another shape": None}}
_ANY_JSON: Final = {0: {"another shape": None, "a number": None}}
_POSTED: Final = Posted(channel_id="C1", ts="1.0")
_MESSAGE: Final[dict[str, Any]] = {"text": "hello", "blocks": []}
_IDENTITY: Final = ok_body(user_id="U0BOT", team_id="T1", user="bot", team="Acme")
_MESSAGES: Final = ok_body(messages=[])
_COMPONENT: Final = ok_body(id="comp-api", name="API", status="operational")
_NEW: Final = NewPublicIncident(
    title="Down",
    message="Orders fail.",
    status="investigating",
    impact="major",
    component_ids=["comp-api"],
    notify=True,
)
_UPDATE: Final = PublicUpdate(message="Up again.", status="monitoring", notify=True)

_OF_A_HEARTBEAT: Final[Mapping[str, Failure | None]] = {
    # The next beat tries again, and the body means nothing.
    **{name: REFUSED for name in ANSWERS if name[0] == "4" or name == "redirect"},
    **{
        name: Failure(reason=Reason.VENDOR_FAULT, retryable=False)
        for name in ANSWERS
        if name[0] == "5"
    },
    **dict.fromkeys(
        ("HTML", "nothing", "half of JSON", "endless nesting", "a number", "another shape")
    ),
}
_OF_SLACK: Final[Mapping[str, Failure | None]] = {
    "401": Failure(reason=Reason.TOKEN_REFUSED, retry_after=15, is_held=True),
}
RULES: Final[Mapping[type, Mapping[str, Failure | None]]] = {
    Heartbeat: _OF_A_HEARTBEAT,
    Slack: _OF_SLACK,
    SlackLookup: _OF_SLACK,
    Statuspage: {
        "400 that echoes the key": REFUSED,
        # The key is everybody's: all wait until it is right again.
        "401": Failure(reason=Reason.NOT_AUTHORISED, retry_after=300, is_held=True),
    },
}
"""Some clients classify these answers in a way of their own, whatever the call."""

_OF_AN_UPLOAD: Final[Mapping[str, Failure | None]] = {
    # Nobody sees the file before the next step completes it, and the body means nothing.
    **{
        name: Failure(reason=Reason.VENDOR_FAULT)
        for name in ANSWERS
        if name[0] in "45" or name == "redirect"
    },
    **dict.fromkeys(
        ("HTML", "nothing", "half of JSON", "endless nesting", "a number", "another shape")
    ),
}
_OF_A_RESPONSE_URL: Final[Mapping[str, Failure | None]] = {
    **{
        name: Failure(reason=Reason.EXPIRED, retryable=False, ambiguous=name[0] == "5")
        for name in ANSWERS
        if name[0] in "45" or name == "redirect"
    },
    **dict.fromkeys(
        ("HTML", "nothing", "half of JSON", "endless nesting", "a number", "another shape")
    ),
}

_slack: Final = partial(Call, client=Slack)
_lookup: Final = partial(Call, client=SlackLookup)
_statuspage: Final = partial(Call, client=Statuspage)
_reads: Final = partial(Call, client=Statuspage, writes=False)

CALLS: Final[Sequence[Call]] = (
    Call(
        client=Heartbeat, method="beat", make=lambda it, _: it.beat(), bodies=[b"OK"], writes=False
    ),
    _slack(method="own_user_id", make=lambda it, _: it.own_user_id(), bodies=[_IDENTITY]),
    _slack(
        method="clock",
        make=lambda it, _: it.clock(),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(method="workspace", make=lambda it, _: it.workspace(), bodies=[_IDENTITY]),
    _slack(
        method="create_channel",
        make=lambda it, _: it.create_channel("inc-1"),
        bodies=[ok_body(channel={"id": "C1", "name": "inc-1"})],
    ),
    _slack(
        method="find_own_channel",
        make=lambda it, _: it.find_own_channel(["inc-1"], made_after=_SINCE),
        bodies=[ok_body(channels=[{"id": "C1", "name": "inc-1", "created": 2**33}]), _IDENTITY],
    ),
    _slack(
        method="invite",
        make=lambda it, _: it.invite("C1", ["U0ADA", "U0BEN"]),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="invite",
        make=lambda it, _: it.invite("C1", ["U0ADA", "U0BEN"]),
        bodies=[error_body("user_not_found"), ok_body(), ok_body()],
        first_step=1,
        exceptions={step: {"another shape": None} for step in (1, 2)},
    ),
    _slack(
        method="direct_channel",
        make=lambda it, _: it.direct_channel("U0ADA"),
        bodies=[ok_body(channel={"id": "D1"})],
    ),
    _slack(
        method="set_topic",
        make=lambda it, _: it.set_topic("C1", "P1"),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="post",
        make=lambda it, _: it.post("C1", key="key", **_MESSAGE),
        bodies=[ok_body(channel="C1", ts="1.0")],
    ),
    _slack(
        method="update",
        make=lambda it, _: it.update(_POSTED, **_MESSAGE),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="pin",
        make=lambda it, _: it.pin(_POSTED),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="own_notices",
        make=lambda it, _: it.own_notices("C1", since=_SINCE),
        bodies=[
            ok_body(messages=[{"ts": "1.0", "user": "U1", "subtype": "channel_topic"}]),
            _IDENTITY,
        ],
    ),
    _slack(
        method="delete",
        make=lambda it, _: it.delete(_POSTED),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="find_posted",
        make=lambda it, _: it.find_posted("U0ADA", key="key", since=_SINCE),
        bodies=[ok_body(channel={"id": "D1"}), _MESSAGES],
    ),
    _slack(
        method="find_posted",
        make=lambda it, _: it.find_posted("C1", key="key", since=_SINCE),
        bodies=[error_body("not_in_channel"), ok_body(), _MESSAGES],
        first_step=1,
        exceptions={1: {"another shape": None}},
    ),
    _slack(
        method="has_file",
        make=lambda it, _: it.has_file("C1", "INC-1", since=_SINCE),
        bodies=[_MESSAGES],
    ),
    _slack(
        method="upload",
        make=lambda it, _: it.upload("C1", filename="INC-1.md", title="INC-1", content="text"),
        bodies=[ok_body(upload_url=f"$ORIGIN/{SECRET}", file_id="F1"), b"OK", ok_body()],
        exceptions={1: _OF_AN_UPLOAD, 2: {"another shape": None}},
    ),
    _slack(
        method="message",
        make=lambda it, _: it.message("C1", "1700000000.000100"),
        bodies=[ok_body(messages=[{"ts": "1700000000.000100", "text": "hello"}])],
    ),
    _slack(
        method="add_reaction",
        make=lambda it, _: it.add_reaction("C1", "1700000000.000100", "memo"),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="remove_reaction",
        make=lambda it, _: it.remove_reaction("C1", "1700000000.000100", "memo"),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="whisper",
        make=lambda it, _: it.whisper("C1", "U0ADA", text="hello"),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="person", make=lambda it, _: it.person("U1"), bodies=[ok_body(user={"id": "U1"})]
    ),
    _slack(
        method="people",
        make=lambda it, _: list(it.people()),
        bodies=[ok_body(members=[], response_metadata={"next_cursor": "2"}), ok_body(members=[])],
    ),
    _slack(
        method="open_view",
        make=lambda it, _: it.open_view("trigger", {}),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="update_view",
        make=lambda it, _: it.update_view("V1", {}),
        bodies=[ok_body()],
        exceptions=_ANY_JSON_OBJECT,
    ),
    _slack(
        method="respond",
        make=lambda it, origin: it.respond(
            f"{origin}/hooks/{SECRET}", replace_original=False, **_MESSAGE
        ),
        bodies=[b"ok"],
        exceptions={0: _OF_A_RESPONSE_URL},
    ),
    _lookup(method="identity", make=lambda it, _: it.identity(), bodies=[_IDENTITY]),
    _lookup(
        method="app_id",
        make=lambda it, _: it.app_id(),
        bodies=[ok_body(bot_id="B1"), ok_body(bot={"app_id": "A1"})],
    ),
    _lookup(
        method="channel",
        make=lambda it, _: it.channel("C1"),
        bodies=[ok_body(channel={"id": "C1", "name": "p1"})],
        exceptions={0: {"404": None}},
    ),
    _lookup(
        method="channel_named",
        make=lambda it, _: it.channel_named("p1"),
        bodies=[ok_body(channels=[])],
    ),
    _lookup(
        method="person", make=lambda it, _: it.person("U1"), bodies=[ok_body(user={"id": "U1"})]
    ),
    _lookup(
        method="people",
        make=lambda it, _: list(it.people()),
        bodies=[ok_body(members=[])],
    ),
    _lookup(
        method="people_named",
        make=lambda it, _: it.people_named("ada"),
        bodies=[ok_body(members=[])],
    ),
    _lookup(
        method="is_inside",
        make=lambda it, _: it.is_inside("C1"),
        bodies=[_MESSAGES],
        exceptions={0: {**_ANY_JSON_OBJECT[0], "404": None}},
    ),
    _lookup(
        method="socket_address",
        make=lambda it, _: it.socket_address(),
        bodies=[ok_body(url="wss://wss.example.com/link")],
    ),
    _reads(method="components", make=lambda it, _: it.components(), bodies=[b"[]"]),
    _reads(method="component", make=lambda it, _: it.component("comp-api"), bodies=[_COMPONENT]),
    _statuspage(
        method="set_component",
        make=lambda it, _: it.set_component("comp-api", "operational"),
        bodies=[_COMPONENT],
        exceptions=_ANY_JSON,
    ),
    _reads(method="unresolved", make=lambda it, _: it.unresolved(), bodies=[b"[]"]),
    _reads(method="incident", make=lambda it, _: it.incident("i1"), bodies=[ok_body(id="i1")]),
    _statuspage(
        method="create_incident",
        make=lambda it, _: it.create_incident(_NEW, key="key"),
        bodies=[ok_body(id="i1")],
    ),
    _statuspage(
        method="update_incident",
        make=lambda it, _: it.update_incident("i1", _UPDATE, key="key", number=7),
        bodies=[ok_body(id="i1")],
        exceptions=_ANY_JSON,
    ),
    _statuspage(
        method="delete_incident",
        make=lambda it, _: it.delete_incident("i1"),
        bodies=[ok_body(id="i1")],
        exceptions=_ANY_JSON,
    ),
    _statuspage(
        method="publish_postmortem",
        make=lambda it, _: it.publish_postmortem("i1", "It was the cache."),
        bodies=[ok_body(), ok_body()],
        exceptions=dict.fromkeys(range(2), _ANY_JSON[0]),
    ),
)
