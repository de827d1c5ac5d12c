"""Slack's client: what it looks up, page by page and from inside, and what it makes of refusals."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Final

import pytest

from incident_bot.clients.slack import Posted, Slack
from incident_bot.clients.slack_refusals import TOKEN_HOLD
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render.text import section
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from slack_sandbox.model import BOT_USER, Channel, Hook, Message

HOUR: Final = timedelta(hours=1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def slack(sandbox: Sandbox) -> Slack:
    return Slack(Secret("xoxb-sandbox"), sandbox.api_url)


def now() -> datetime:
    return datetime.now(UTC)


def post(slack: Slack, to: str, key: str, under: Posted | None = None) -> Posted:
    ts = under.ts if under else None
    return slack.post(to, text=key, blocks=[], key=key, thread_ts=ts)


# Rate-limit holds


def test_a_call_under_a_hold_is_not_sent(sandbox: Sandbox, slack: Slack) -> None:
    guarded = slack.respecting({"chat.postMessage:C0P1": 7.0})
    with pytest.raises(DeliveryError) as refused:
        post(guarded, "C0P1", "one")
    error = refused.value
    assert (error.reason, error.retry_after) == (Reason.RATE_LIMITED, 7.0)
    assert (error.retryable, error.ambiguous, error.hold) == (True, False, None)
    assert sandbox.calls == []
    post(guarded, "C0P2", "two")
    post(slack, "C0P1", "three")
    assert len(sandbox.calls) == 2


def test_a_held_token_is_sent_with_no_call(sandbox: Sandbox, slack: Slack) -> None:
    guarded = slack.respecting({TOKEN_HOLD: 7.0, "chat.postMessage:C0P1": 90.0})
    for call in (lambda: post(guarded, "C0P1", "one"), guarded.workspace):
        with pytest.raises(DeliveryError) as refused:
            call()
        error = refused.value
        assert (error.reason, error.retry_after) == (Reason.TOKEN_REFUSED, 7.0)
        assert (error.retryable, error.ambiguous, error.hold) == (True, False, None)
    assert sandbox.calls == []


def test_a_held_method_is_held_in_every_channel(sandbox: Sandbox, slack: Slack) -> None:
    guarded = slack.respecting({"chat.postMessage": 7.0, "chat.postMessage:C0P1": 3.0})
    for channel_id in ("C0P1", "C0P2"):
        with pytest.raises(DeliveryError) as refused:
            post(guarded, channel_id, "one")
        assert refused.value.retry_after == 7.0
    assert sandbox.calls == []
    guarded.workspace()


def test_no_link_in_a_message_is_unfurled(sandbox: Sandbox, slack: Slack) -> None:
    post(slack, "C0P1", "https://example.com")
    (message,) = sandbox.channel("C0P1").messages
    assert not message.unfurls


def test_a_message_that_is_pinned_already_stays_so(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.workspace.join(sandbox.channel("C0P1"), "U0BOT")
    posted = post(slack, "C0P1", "one")
    for _ in range(2):
        slack.pin(posted)
    assert sandbox.channel("C0P1").pins == [posted.ts]


# Inviting


def crowd(sandbox: Sandbox, count: int) -> list[str]:
    return [sandbox.add_user(f"U{number:04}", f"owner-{number}").id for number in range(count)]


def room(sandbox: Sandbox) -> str:
    return sandbox.add_channel("C0ROOM", "room", members=["U0BOT"]).id


@pytest.mark.parametrize("count", [1, 99, 100, 101, 200, 250])
def test_more_people_than_a_call_takes_are_all_invited(
    sandbox: Sandbox, slack: Slack, count: int
) -> None:
    people, channel_id = crowd(sandbox, count), room(sandbox)
    assert slack.invite(channel_id, people) == {}
    assert sandbox.channel(channel_id).members == ["U0BOT", *people], "the first are invited first"
    assert len(sandbox.calls_to("conversations.invite")) == (count + 99) // 100


@pytest.mark.parametrize("place", [0, 60, 149])
def test_one_who_cannot_be_invited_keeps_out_nobody(
    sandbox: Sandbox, slack: Slack, place: int
) -> None:
    people, channel_id = crowd(sandbox, 150), room(sandbox)
    asked = [*people[:place], "U0NOBODY", *people[place:]]
    assert slack.invite(channel_id, asked) == {"U0NOBODY": "user_not_found"}
    assert set(sandbox.channel(channel_id).members) == {"U0BOT", *people}


def test_where_all_of_a_call_are_refused_the_others_are_invited(
    sandbox: Sandbox, slack: Slack
) -> None:
    people, channel_id = crowd(sandbox, 20), room(sandbox)
    strangers = [f"U0NONE{number}" for number in range(100)]
    refused = slack.invite(channel_id, [*strangers, *people])
    assert refused == dict.fromkeys(strangers, "user_not_found")
    assert set(sandbox.channel(channel_id).members) == {"U0BOT", *people}


def test_an_invitation_that_is_repeated_asks_no_more_often(sandbox: Sandbox, slack: Slack) -> None:
    """Slack takes 50 invitations a minute, so the second attempt must not need one for each."""
    people, channel_id = crowd(sandbox, 150), room(sandbox)
    sandbox.faults.add("accept_then_500", "conversations.invite")
    with pytest.raises(DeliveryError):
        slack.invite(channel_id, people)
    assert slack.invite(channel_id, people) == {}
    assert set(sandbox.channel(channel_id).members) == {"U0BOT", *people}
    assert len(sandbox.calls_to("conversations.invite")) == 3


# Joining

POSTED: Final = Posted(channel_id="C0ROOM", ts="1700000000.000100")

IN_A_CHANNEL: Final[dict[str, Callable[[Slack], object]]] = {
    "conversations.setTopic": lambda it: it.set_topic("C0ROOM", "P1"),
    "conversations.invite": lambda it: it.invite("C0ROOM", ["U0BEN"]),
    "pins.add": lambda it: it.pin(POSTED),
    "chat.postMessage": lambda it: post(it, "C0ROOM", "one"),
    "chat.update": lambda it: it.update(POSTED, text="two", blocks=[]),
    "files.completeUploadExternal": lambda it: it.upload(
        "C0ROOM", filename="INC-1.md", title="INC-1", content="# INC-1"
    ),
    "conversations.history": lambda it: it.find_posted("C0ROOM", key="one", since=now()),
    "conversations.replies": lambda it: it.find_posted(
        "C0ROOM", key="one", since=now(), thread_ts=POSTED.ts
    ),
    "reactions.add": lambda it: it.add_reaction("C0ROOM", POSTED.ts, "memo"),
    "chat.postEphemeral": lambda it: it.whisper("C0ROOM", "U0ADA", text="Sorry."),
}
"""A call of each method that acts in a channel."""


@pytest.fixture
def left(sandbox: Sandbox) -> Channel:
    """A public channel in which the bot has posted, and from which it was removed."""
    sandbox.workspace.scopes -= {"chat:write.public"}
    channel = sandbox.add_channel("C0ROOM", "room", members=["U0ADA"])
    said = sandbox.workspace.message(channel, BOT_USER, "one")
    said.ts = POSTED.ts
    sandbox.workspace.post(said)
    return channel


@pytest.mark.parametrize("method", IN_A_CHANNEL)
def test_where_the_bot_was_removed_it_joins_and_goes_on(
    sandbox: Sandbox, slack: Slack, left: Channel, method: str
) -> None:
    sandbox.faults.add("error", method, code="not_in_channel")
    IN_A_CHANNEL[method](slack)
    assert BOT_USER in left.members
    assert [each.error for each in sandbox.calls_to(method)] == ["not_in_channel", None]
    assert len(sandbox.calls_to("conversations.join")) == 1


@pytest.mark.parametrize("method", IN_A_CHANNEL)
def test_a_channel_that_stays_closed_is_asked_twice_and_no_more(
    sandbox: Sandbox, slack: Slack, left: Channel, method: str
) -> None:
    sandbox.faults.add("error", method, times=None, code="not_in_channel")
    with pytest.raises(DeliveryError) as refused:
        IN_A_CHANNEL[method](slack)
    assert refused.value.reason is Reason.NOT_IN_CHANNEL
    assert (len(sandbox.calls_to(method)), len(sandbox.calls_to("conversations.join"))) == (2, 1)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("method_not_supported_for_channel_type", Reason.NOT_IN_CHANNEL),  # it is private
        ("is_archived", Reason.ARCHIVED),
        ("channel_not_found", Reason.NOT_FOUND),
        ("ratelimited", Reason.RATE_LIMITED),
        ("internal_error", Reason.VENDOR_FAULT),
    ],
)
def test_where_it_cannot_join_the_refusal_says_why(
    sandbox: Sandbox, slack: Slack, left: Channel, code: str, reason: Reason
) -> None:
    sandbox.faults.add("error", "conversations.join", code=code)
    with pytest.raises(DeliveryError) as refused:
        slack.set_topic(left.id, "P1")
    assert refused.value.reason is reason
    assert len(sandbox.calls_to("conversations.setTopic")) == 1


def test_any_other_refusal_is_no_reason_to_join(sandbox: Sandbox, slack: Slack) -> None:
    with pytest.raises(DeliveryError) as refused:
        slack.find_posted("C0NOWHERE", key="wanted", since=now())
    assert refused.value.reason is Reason.NOT_FOUND
    assert sandbox.calls_to("conversations.join") == []


# Looking


def test_everybody_is_read_however_many_pages_they_fill(sandbox: Sandbox, slack: Slack) -> None:
    for number in range(1001):
        sandbox.add_user(f"U{number:04}", f"person-{number}")
    pages = list(slack.people())
    assert len(pages) == 2
    found = [person.user_id for page in pages for person in page]
    assert sorted(found) == sorted(sandbox.workspace.users)


def test_a_channel_of_ours_is_found_if_it_was_made_then(sandbox: Sandbox, slack: Slack) -> None:
    made = slack.create_channel("inc-checkout")
    assert slack.find_own_channel("inc-checkout", made_after=now()) == made
    assert slack.find_own_channel("inc-checkout", made_after=now() + HOUR) is None
    assert slack.find_own_channel("inc-payments", made_after=now()) is None


def test_a_channel_of_somebody_else_is_not_ours(sandbox: Sandbox, slack: Slack) -> None:
    slack.create_channel("inc-checkout")
    sandbox.channel("inc-checkout").creator = "U0BEN"
    assert slack.find_own_channel("inc-checkout", made_after=now() - HOUR) is None


def test_a_message_is_found_by_its_key(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.channel("C0P1").members.append("U0BOT")
    there, other = post(slack, "C0P1", "wanted"), post(slack, "C0P1", "other")
    assert slack.find_posted("C0P1", key="wanted", since=now()) == there
    assert slack.find_posted("C0P1", key="other", since=now()) == other
    assert slack.find_posted("C0P1", key="none", since=now()) is None
    assert slack.find_posted("C0P1", key="wanted", since=now() + HOUR) is None


def test_a_reply_is_found_in_its_thread(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.channel("C0P1").members.append("U0BOT")
    root = post(slack, "C0P1", "root")
    reply = post(slack, "C0P1", "wanted", under=root)
    assert slack.find_posted("C0P1", key="wanted", since=now(), thread_ts=root.ts) == reply
    assert slack.find_posted("C0P1", key="wanted", since=now()) is None


def test_a_direct_message_is_found_by_its_person(sandbox: Sandbox, slack: Slack) -> None:
    there = post(slack, "U0DAN", "wanted")
    assert slack.find_posted("U0DAN", key="wanted", since=now()) == there
    assert there.channel_id.startswith("D")


def test_an_old_message_is_found_behind_many_newer_ones(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.channel("C0P1").members.append("U0BOT")
    there = post(slack, "C0P1", "wanted")
    for number in range(250):
        sandbox.say("U0BEN", "C0P1", f"Is it down? {number}")
    assert slack.find_posted("C0P1", key="wanted", since=now()) == there
    assert len(sandbox.calls_to("conversations.history")) == 2


def test_a_file_is_found_by_its_title_and_time(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.channel("C0P1").members.append("U0BOT")
    assert not slack.has_file("C0P1", "INC-1", since=now())
    slack.upload("C0P1", filename="INC-1.md", title="INC-1", content="# INC-1")
    assert slack.has_file("C0P1", "INC-1", since=now())
    assert not slack.has_file("C0P1", "INC-1, version 2", since=now())
    assert not slack.has_file("C0P1", "INC-1", since=now() + HOUR)


# Answering


def respond(slack: Slack, url: str, *, replace: bool = False) -> None:
    slack.respond(url, text="Posted.", blocks=[section("Posted.")], replace_original=replace)


def hook(sandbox: Sandbox, message: Message) -> str:
    """A response_url, as it comes with a press on this message."""
    space = sandbox.workspace
    space.hooks["H1"] = Hook(
        "H1", "U0ADA", "C0GENERAL", made_at=space.clock(), message_ts=message.ts
    )
    return f"{sandbox.origin}/hooks/H1"


@pytest.fixture
def pressed(sandbox: Sandbox) -> Message:
    return sandbox.say("U0BEN", "C0GENERAL", "Claim it?")


def test_an_answer_reaches_the_person_it_is_for_alone(
    sandbox: Sandbox, slack: Slack, pressed: Message
) -> None:
    respond(slack, hook(sandbox, pressed))
    (shown,) = sandbox.ephemerals("U0ADA")
    assert shown.text == "Posted."
    assert [block["text"] for block in shown.blocks] == [section("Posted.")["text"]]
    assert [each.text for each in sandbox.channel("C0GENERAL").messages] == ["Claim it?"]


def test_an_answer_can_replace_the_message_that_was_pressed(
    sandbox: Sandbox, slack: Slack, pressed: Message
) -> None:
    respond(slack, hook(sandbox, pressed), replace=True)
    assert sandbox.ephemerals("U0ADA") == []
    assert [each.text for each in sandbox.channel("C0GENERAL").messages] == ["Posted."]


@pytest.mark.parametrize(("status", "ambiguous"), [(404, False), (410, False), (500, True)])
def test_a_response_url_that_is_over_is_final(status: int, ambiguous: bool, slack: Slack) -> None:
    """A server error may come after the answer was shown."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(DeliveryError) as refused:
            respond(slack, f"http://127.0.0.1:{server.server_port}/hooks/H1")
        server.shutdown()
    error = refused.value
    assert (error.reason, error.detail) == (Reason.EXPIRED, f"HTTP {status}")
    assert (error.retryable, error.ambiguous) == (False, ambiguous)
