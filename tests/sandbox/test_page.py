"""The page shows each person their own workspace and does what they press."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from slack_sandbox import Sandbox, Tour, Try
from slack_sandbox.look import MOST_MESSAGES
from tests.sandbox.conftest import Call, FakeApp
from tests.sandbox.page_caller import press, state, texts


def test_the_page_and_all_it_loads_are_served_by_the_sandbox(slack: Sandbox) -> None:
    page = requests.get(slack.origin, timeout=5)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert requests.get(f"{slack.origin}/archives/C0P1/p1", timeout=5).text == page.text
    folder = Path(sys.modules["slack_sandbox"].__path__[0]) / "static"
    for file in folder.iterdir():
        assert requests.get(f"{slack.origin}/static/{file.name}", timeout=5).ok
    assert requests.get(f"{slack.origin}/static/..%2fpage.py", timeout=5).status_code == 404


def test_no_script_of_the_page_turns_text_into_markup() -> None:
    folder = Path(sys.modules["slack_sandbox"].__path__[0]) / "static"
    scripts = "".join(file.read_text() for file in folder.glob("*.js"))
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert unsafe not in scripts


def test_each_person_sees_only_what_slack_shows_them(slack: Sandbox, call: Call) -> None:
    slack.add_channel("C0SECRET", "secret", private=True, members=["U0BEN"])
    call("conversations.join", channel="C0GENERAL")
    call("chat.postEphemeral", channel="C0GENERAL", user="U0BEN", text="only Ben")
    call("chat.postMessage", channel="U0BEN", text="to Ben")
    assert "only Ben" in texts(state(slack, "U0BEN"))
    assert "only Ben" not in texts(state(slack, "U0ADA"))
    assert "C0SECRET" in [c["id"] for c in state(slack, "U0BEN")["channels"]]
    assert "C0SECRET" not in [c["id"] for c in state(slack, "U0ADA")["channels"]]
    direct = slack.workspace.direct("U0BEN").id
    assert texts(state(slack, "U0BEN", direct)) == ["to Ben"]
    assert "to Ben" not in texts(state(slack, "U0ADA", direct))


def test_what_a_person_types_is_text(slack: Sandbox) -> None:
    press(slack, "say", channel="C0GENERAL", text="<!channel> @ben & <b>")
    (message,) = slack.channel("general").messages
    assert message.text == "&lt;!channel&gt; <@U0BEN> &amp; &lt;b&gt;"
    assert message.pings == {"U0BEN"}


def test_a_command_typed_on_the_page_reaches_the_app(slack: Sandbox, app: FakeApp) -> None:
    app.says({"text": "hello"})
    assert press(slack, "command", channel="C0GENERAL", text="/incident help").json()["ok"]
    assert app.received[0][0] == "/slack/commands"
    assert "hello" in texts(state(slack))


def test_the_page_is_given_the_pins_whatever_their_age(slack: Sandbox, call: Call) -> None:
    call("conversations.join", channel="C0GENERAL")
    ts = call("chat.postMessage", channel="C0GENERAL", text="the card")["ts"]
    call("pins.add", channel="C0GENERAL", timestamp=ts)
    for number in range(MOST_MESSAGES):
        slack.say("U0ADA", "general", str(number))
    shown = state(slack)
    assert "the card" not in texts(shown)
    assert [message["text"] for message in shown["open"]["pins"]] == ["the card"]


def test_the_page_is_given_the_tour() -> None:
    tour = Tour(facts=["<@U0DAN> hears of it."], tries=[Try(line="/incident", shows="the help")])
    with Sandbox(tour=tour) as slack:
        assert state(slack)["tour"] == {
            "facts": ["<@U0DAN> hears of it."],
            "tries": [{"line": "/incident", "shows": "the help"}],
        }


def test_nonsense_is_refused(slack: Sandbox) -> None:
    assert press(slack, "dance").status_code == 400
    assert press(slack, "click", channel="C0GENERAL", ts="1.2", action_id="x").status_code == 400
    form = requests.post(f"{slack.origin}/ui/say", data={"user": "U0ADA"}, timeout=5)
    assert form.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/ui/state", "/control/state", "/status", "/api/users.list"),
        *("/statuspage/v1/pages/p", "/hooks/1", "/upload/1", "/files/1"),
    ],
)
@pytest.mark.parametrize(
    "stranger",
    [
        *({"Host": "evil.test"}, {"Host": "evil.test:4000"}, {"Host": "127.0.0.1.evil.test"}),
        *({"Origin": "http://evil.test"}, {"Origin": "null"}),
    ],
)
def test_no_other_site_reaches_anything(
    slack: Sandbox, path: str, stranger: dict[str, str]
) -> None:
    for method in ("GET", "POST"):
        answer = requests.request(method, slack.origin + path, headers=stranger, timeout=5)
        assert answer.status_code == 403


def test_a_name_that_was_given_reaches_it() -> None:
    with Sandbox(hosts=["slack.test"]) as slack:
        for host, expected in (("slack.test:80", 200), ("other.test", 403)):
            answer = requests.get(f"{slack.origin}/", headers={"Host": host}, timeout=5)
            assert answer.status_code == expected


def test_changes_are_pushed(slack: Sandbox) -> None:
    with requests.get(f"{slack.origin}/ui/live", stream=True, timeout=5) as live:
        lines = (line for line in live.iter_lines(chunk_size=1) if line)
        first = next(lines)
        slack.say("U0ADA", "general", "x")
        assert next(lines) != first


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_keeps_its_state_and_stops_at_once(tmp_path: Path, stop: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    saved = tmp_path / "state.json"
    arguments = ["sandbox", "--port", str(port), "--state", str(saved)]
    start = "import sys; from incident_bot.cli import main; sys.exit(main(sys.argv[1:]))"
    origin = f"http://127.0.0.1:{port}"
    for expected in ([], ["kept"]):
        with subprocess.Popen(
            [sys.executable, "-c", start, *arguments], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert origin.encode() in process.stdout.readline()
            asked = {"user": "U0ADA", "channel": "C0GENERAL"}
            assert texts(requests.get(f"{origin}/ui/state", asked, timeout=5).json()) == expected
            said = {**asked, "text": "kept"}
            requests.post(f"{origin}/ui/say", json=said, timeout=5)
            begun = time.monotonic()
            process.send_signal(stop)
            assert process.wait(5) == 0
            assert time.monotonic() - begun < 2
