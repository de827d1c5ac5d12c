"""`make check-slack`: what Slack is asked, what is made of its verdicts, and what is kept of them.

A local server stands in for Slack: no answer of the real Slack is on record yet.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.cli.manifest import manifest
from slack_sandbox.blockkit import seen
from slack_sandbox.blockkit.blocks import message_problems
from slack_sandbox.blockkit.views import view_problems
from tests.docs import ROOT
from tests.slack_live.__main__ import NO_VERDICT, OK, PARTED, main
from tests.slack_live.shapes import ANSWERS, SUITES, Shape, collected, replayed, save
from tests.slack_live.standin import Standin, fault, standing_in

TOKENS: Final = {"blocks.validate": "xoxb-hush", "apps.manifest.validate": "xoxe.xoxp-hush"}
GOOD: Final = [{"type": "divider"}]
BAD: Final = [{"type": "section", "text": {"type": "invalid", "text": "x"}}]
FORM: Final = {"type": "modal", "title": {"type": "plain_text", "text": "A form"}, "blocks": GOOD}


@pytest.fixture
def shapes(tmp_path: Path) -> Iterator[Path]:
    """A folder in which the sandbox keeps what it judges."""
    folder = tmp_path / "shapes"
    folder.mkdir()
    seen.keep_in(folder)
    yield folder
    seen.keep_in(None)


def by_the_rules(kind: str, payload: Any) -> list[dict[str, Any]]:
    """Judge as the sandbox does."""
    if kind == "manifest":
        return []
    problems = message_problems(payload["blocks"]) if kind == "message" else view_problems(payload)
    return [fault("/0", each) for each in problems]


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with standing_in(Standin(tokens=TOKENS, judge=by_the_rules)) as there:
        monkeypatch.setenv("SLACK_API_URL", there.url)
        monkeypatch.setenv("SLACK_BOT_TOKEN", TOKENS["blocks.validate"])
        monkeypatch.setenv("SLACK_CONFIG_TOKEN", TOKENS["apps.manifest.validate"])
        yield there


def judged(shapes: Path) -> tuple[int, Path]:
    """Judge what was kept, as fast as it goes; returns the code and the folder of the answers."""
    seen.keep_in(None)
    answers = shapes.parent / "answers"
    answers.mkdir(exist_ok=True)
    given = ["--shapes", str(shapes), "--answers", str(answers), "--per-minute", "60000"]
    return main(given), answers


def test_without_tokens_it_says_what_it_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_CONFIG_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == OK
    assert capsys.readouterr().out == (
        "Left out: messages and forms, since SLACK_BOT_TOKEN is not set.\n"
        "Left out: the manifest, since SLACK_CONFIG_TOKEN is not set.\n"
    )


def test_one_of_each_outline_is_kept_with_the_bad_ones(shapes: Path) -> None:
    for text in ("abcd", "abce", "a" * 3000):
        message_problems([{"type": "section", "text": {"type": "mrkdwn", "text": text}}])
    message_problems(BAD)
    view_problems(FORM)
    kept = collected(shapes)
    assert sorted(each.kind for each in kept) == ["message", "message", "message", "view"]
    assert [each.payload for each in kept if each.problems()] == [BAD]


def test_slack_is_asked_about_each_and_the_answers_are_kept(
    shapes: Path, slack: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    for blocks in (GOOD, BAD):
        message_problems(blocks)
    view_problems(FORM)
    code, answers = judged(shapes)
    assert code == OK
    url = "https://bot.example.com"
    wanted: list[tuple[str, Any]] = [("message", {"blocks": GOOD}), ("message", {"blocks": BAD})]
    wanted += [("view", FORM), ("manifest", manifest(url))]
    assert sorted(slack.asked, key=str) == sorted(wanted, key=str)
    kept = [json.loads(path.read_text()) for path in answers.iterdir()]
    assert sorted(each["slack"]["ok"] for each in kept) == [False, True, True]
    assert replayed(answers) == []
    said = capsys.readouterr().out
    assert said == (
        "Slack judged 3 messages and forms; 0 verdicts part.\nSlack takes the manifest.\n"
    )


def test_where_the_verdicts_part_both_are_said(
    shapes: Path, slack: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.judge = lambda kind, payload: (
        [] if kind == "manifest" or payload["blocks"] == BAD else [fault("/0/type", "no divider")]
    )
    message_problems(GOOD)
    message_problems(BAD)
    code, answers = judged(shapes)
    assert code == PARTED
    said = capsys.readouterr().out
    assert ": Slack refuses what the sandbox takes: no divider (/0/type)\n" in said
    assert ": Slack takes what the sandbox refuses: [ERROR] unsupported type: invalid" in said
    assert len(replayed(answers)) == 2, "what is kept makes the ordinary test fail, until it agrees"


def test_a_manifest_that_slack_refuses_is_said_with_the_place(
    shapes: Path, slack: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    place = fault("/settings/interactivity", "Interactivity requires a Request URL")
    slack.judge = lambda kind, _: [place] if kind == "manifest" else []
    assert judged(shapes)[0] == PARTED
    wanted = "the manifest: Interactivity requires a Request URL (/settings/interactivity)\n"
    assert wanted in capsys.readouterr().out


def test_a_rate_limit_is_waited_for(shapes: Path, slack: Standin) -> None:
    message_problems(GOOD)
    slack.limited = 1
    assert judged(shapes)[0] == OK
    assert ("message", {"blocks": GOOD}) in slack.asked


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1/api/"])
def test_what_is_no_verdict_is_kept_out_of_the_answers(
    url: str,
    shapes: Path,
    slack: Standin,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    message_problems(GOOD)
    slack.tokens = {}
    if url:
        monkeypatch.setenv("SLACK_API_URL", url)
    code, answers = judged(shapes)
    assert code == NO_VERDICT
    said = capsys.readouterr().err
    assert said in (
        "Slack gave no verdict (invalid_auth).\n",
        "Slack cannot be reached (NewConnectionError).\n",
    )
    assert list(answers.iterdir()) == []


def test_the_sandbox_agrees_with_every_answer_of_slack_that_is_on_record() -> None:
    assert replayed(ANSWERS) == []


def test_an_answer_on_record_that_the_sandbox_parts_from_is_found(tmp_path: Path) -> None:
    shape = Shape(name="message-1", kind="message", payload=BAD)
    save(tmp_path, shape, {"ok": True})
    (said,) = replayed(tmp_path)
    assert said.startswith("message-1: Slack takes what the sandbox refuses: ")


def test_the_suites_that_render_are_there() -> None:
    assert [each for each in SUITES if not (ROOT / each).is_dir()] == []
