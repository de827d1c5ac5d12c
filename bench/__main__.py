"""Measure the bot against its targets, on real processes and servers of its own.

    python -m bench [--quick] [--json FILE] [BENCHMARK ...]

It prints a table, and exits with 0 whether the targets are reached or not: how fast a machine is
says nothing about whether the bot is right. `--quick` measures so little that the figures only
show that each benchmark works. It ends by itself after ten minutes.
"""

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from bench import answers, backlog, burst, complete, declare_told, fan_out, first_call, start
from bench.figures import Figure, table

_LONGEST_SECONDS: Final = 600

BENCHMARKS: Final[dict[str, Callable[[bool], Sequence[Figure]]]] = {
    "start": start.measure,
    "answers": answers.measure,
    "burst": burst.measure,
    "first_call": first_call.measure,
    "declare_told": declare_told.measure,
    "fan_out": fan_out.measure,
    "complete": complete.measure,
    "backlog": backlog.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="measure little, in a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("benchmarks", nargs="*", metavar="BENCHMARK", help=", ".join(BENCHMARKS))
    args = parser.parse_args()
    if unknown := [each for each in args.benchmarks if each not in BENCHMARKS]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    signal.signal(signal.SIGALRM, _took_too_long)
    signal.alarm(_LONGEST_SECONDS)
    figures: list[Figure] = []
    try:
        for name in args.benchmarks or BENCHMARKS:
            began = time.monotonic()
            figures += BENCHMARKS[name](args.quick)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    finally:
        print(table(figures))
    if args.json:
        args.json.write_text(json.dumps(_report(figures), indent=1), encoding="utf-8")


def _took_too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"The benchmarks were ended after {_LONGEST_SECONDS} seconds.")


def _report(figures: Sequence[Figure]) -> dict[str, object]:
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} processors, {platform.machine()}, {platform.release()}",
        "python": platform.python_version(),
        "figures": [each.as_json() for each in figures],
    }


if __name__ == "__main__":
    main()
