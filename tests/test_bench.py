"""The benchmarks: each still runs, and prints its table."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("benchmark", "options"),
    [
        ("answers", ["--rounds", "1", "--seconds", "0.1"]),
        ("declare_told", ["--runs", "1"]),
        ("fan_out", ["--messages", "30"]),
        ("growth", ["--incidents", "2000", "--small", "500", "--due", "500", "--rounds", "1"]),
        ("first_call", ["--declares", "20"]),
    ],
)
def test_it_runs(benchmark: str, options: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"bench.{benchmark}", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("| measure | target | "), ran.stdout


def test_data_that_would_take_too_much_is_not_made_to_the_end() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.growth", "--incidents", "100000", "--gigabytes", "0.05"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "stopped after" in ran.stderr
