"""The benchmarks: each still runs, and prints its table."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from bench.__main__ import BENCHMARKS
from bench.figures import Figure, table

ROOT = Path(__file__).parent.parent
_LONGEST_SECONDS: Final = 400


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Its output goes to files: a pipe is held open by all that it has started."""
    command = [sys.executable, "-m", *words]
    with (
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=err, start_new_session=True
        ) as program,
    ):
        try:
            code = program.wait(_LONGEST_SECONDS)
        except BaseException:
            os.killpg(program.pid, signal.SIGKILL)
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_it_runs_and_has_a_target(benchmark: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    ran = run("bench", "--quick", "--json", str(file), benchmark)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("| measure | target | "), ran.stdout
    figures = json.loads(file.read_text())["figures"]
    assert len(figures) == ran.stdout.count("\n") - 2
    assert any(each["at_most"] is not None or each["at_least"] is not None for each in figures)


def test_the_growth_of_cost_is_measured() -> None:
    few = ("--incidents", "2000", "--small", "500", "--due", "500", "--rounds", "1")
    ran = run("bench.growth", *few)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("| measure | target | "), ran.stdout


def test_a_benchmark_that_there_is_not_is_refused_with_the_names_of_those_there_are() -> None:
    ran = run("bench", "fanout")
    assert ran.returncode == 2
    assert "there is no fanout; there are " in ran.stderr
    assert all(each in ran.stderr for each in BENCHMARKS)


@pytest.mark.parametrize(
    ("figure", "is_reached"),
    [
        (Figure(name="x", value=2.0, at_most=2.0), True),
        (Figure(name="x", value=2.1, at_most=2.0), False),
        (Figure(name="x", value=2.0, at_least=2.0), True),
        (Figure(name="x", value=1.9, at_least=2.0), False),
    ],
)
def test_a_target_that_is_missed_is_said(figure: Figure, is_reached: bool) -> None:
    assert figure.is_reached is is_reached
    assert ("MISSED" in table([figure])) is not is_reached


def test_data_that_would_take_too_much_is_not_made_to_the_end() -> None:
    ran = run("bench.growth", "--incidents", "100000", "--gigabytes", "0.05")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "stopped after" in ran.stderr
