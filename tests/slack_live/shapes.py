"""Messages and forms that the tests made, what Slack said of each, and where the two verdicts part.

The sandbox keeps one of each outline while tests run with SLACK_SHAPES=FOLDER.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from slack_sandbox.blockkit.blocks import message_problems
from slack_sandbox.blockkit.views import view_problems
from tests.docs import ROOT

ANSWERS: Final = Path(__file__).parent / "answers"
"""The folder of Slack's answers, a file for each shape; `make check-slack` writes them."""

SUITES: Final = tuple(
    f"tests/{name}"
    for name in ("commands", "deliveries", "events", "journeys", "render", "sandbox", "web")
)
"""The tests that render, and those of the sandbox, whose shapes are mostly hostile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The blocks of a message, or a view."""

    name: str
    kind: str
    payload: Any

    def problems(self) -> list[str]:
        """Return what the sandbox refuses in it."""
        if self.kind == "message":
            return message_problems(self.payload)
        kind = self.payload.get("type") if isinstance(self.payload, dict) else None
        return view_problems(self.payload, "home" if kind == "home" else "modal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Slack's word on a shape or a manifest: the faults that it names, none when it takes it."""

    is_taken: bool
    faults: Sequence[str] = ()


def collected(folder: Path) -> list[Shape]:
    """Read the shapes of a folder, and drop what is no longer like it was when it was kept."""
    return [_shape(path) for path in sorted(folder.glob("*-*.json"))]


def _shape(path: Path) -> Shape:
    found = json.loads(path.read_text(encoding="utf-8"))
    return Shape(name=path.stem, kind=found["kind"], payload=found["payload"])


def collect(folder: Path) -> int:
    """Run the tests that render, so that the sandbox keeps what they send; returns their code."""
    environment = {**os.environ, "SLACK_SHAPES": str(folder)}
    for name in ("SLACK_BOT_TOKEN", "SLACK_CONFIG_TOKEN", "SLACK_API_URL"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *SUITES]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def save(folder: Path, shape: Shape, answer: Mapping[str, Any]) -> None:
    """Keep Slack's answer to a shape, for the test that compares it with the sandbox's verdict."""
    kept = {"kind": shape.kind, "payload": shape.payload, "slack": answer}
    text = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / f"{shape.name}.json").write_text(text + "\n", encoding="utf-8")


def difference(shape: Shape, said: Verdict) -> str | None:
    """Say where the sandbox and Slack part about a shape; None when they agree."""
    ours = shape.problems()
    if said.is_taken and ours:
        return f"{shape.name}: Slack takes what the sandbox refuses: {'; '.join(ours)}"
    if not said.is_taken and not ours:
        faults = "; ".join(said.faults)
        return f"{shape.name}: Slack refuses what the sandbox takes: {faults}"
    return None


def verdict(answer: Mapping[str, Any]) -> Verdict | None:
    """Read an answer of blocks.validate or apps.manifest.validate; None when it is no verdict.

    docs.slack.dev: blocks.validate; a refusal lists its faults under `errors`, each with a pointer.
    """
    if answer.get("ok"):
        return Verdict(is_taken=True)
    errors = answer.get("errors")
    if not isinstance(errors, list) or not errors:
        return None
    faults = [f"{each.get('message')} ({each.get('pointer')})" for each in errors]
    return Verdict(is_taken=False, faults=faults)


def replayed(folder: Path) -> list[str]:
    """Compare every answer that is kept with what the sandbox says today."""
    found = []
    for path in sorted(folder.glob("*-*.json")):
        said = verdict(json.loads(path.read_text(encoding="utf-8"))["slack"])
        assert said is not None, f"{path.name} holds no verdict"
        found.append(difference(_shape(path), said))
    return [each for each in found if each]
