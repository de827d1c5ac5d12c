"""Put each mutant into a copy of the code and run the tests that should see it.

One that lives is a line that no test guards, unless the catalogue explains why it may live.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Final
from xml.etree import ElementTree

from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.valkey import Valkey
from mutants import ROOT, Mutant
from mutants.catalogue import by_package

_NOT_COPIED: Final = (".git", ".venv*", ".dev", ".hypothesis", ".*_cache", "build", "dist")
_LEAST_SECONDS: Final = 60.0
_LONGER: Final = 3.0
"""A mutant's tests may take so much longer than without it; then they count as hanging."""

_TOTAL_SECONDS: Final = 3600.0
_END_SECONDS: Final = 10.0
_FAILED: Final = (1, 2, None)
"""Exit codes of pytest: a test failed, the code could not be imported, or it was ended."""


class Fate(StrEnum):
    """The result of running a mutant's tests."""

    KILLED = "killed"
    LIVED = "lived"
    EXPLAINED = "explained"
    UNFIT = "unfit"
    NOT_RUN = "not run"


_BAD: Final = frozenset({Fate.LIVED, Fate.UNFIT, Fate.NOT_RUN})


@dataclass(frozen=True, slots=True)
class _TestRun:
    """One run of pytest; `code` is None when it had to be ended."""

    code: int | None
    output: str
    seconds: float


class Tree:
    """A copy of the project with servers of its own, to break and to test."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder / "tree"
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        self._postgres = Postgres(folder, fsync=False, connections=300)
        self._valkey = Valkey(folder, fsync=False, databases=64)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(self.folder),
            "TESTS_DATABASE_URL": self._postgres.start(),
            "TESTS_REDIS_URL": self._valkey.start(),
        }

    @property
    def servers_run(self) -> bool:
        return self._postgres.pid is not None and self._valkey.pid is not None

    def restart(self) -> None:
        """Start again, at the same addresses, what does not run any more."""
        for server in (self._postgres, self._valkey):
            if server.pid is None:
                server.start()

    def stop(self) -> None:
        self._postgres.stop()
        self._valkey.stop()

    def test(self, tests: Sequence[str], *options: str, seconds: float, compiles: bool) -> _TestRun:
        """Run tests in this copy; `compiles` keeps what Python compiled for the next run."""
        began = time.monotonic()
        words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        process = subprocess.Popen(
            [*words, *options, *tests],
            cwd=self.folder,
            env={**self._environment, "PYTHONDONTWRITEBYTECODE": "" if compiles else "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return _TestRun(None, _end(process), time.monotonic() - began)
        return _TestRun(process.returncode, output, time.monotonic() - began)

    @contextmanager
    def with_fault(self, mutant: Mutant) -> Iterator[None]:
        """The copy with the fault in it; raises ValueError when it cannot be put in."""
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8")
        was = path.stat()
        changed = mutant.applied(text)
        path.write_text(changed, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(text, encoding="utf-8")
            # As old as it was, so that what was compiled from it still counts.
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def _end(process: "subprocess.Popen[str]") -> str:
    """End a run of pytest, which ends the programs that it started unless it hangs."""
    for end in (signal.SIGINT, signal.SIGKILL):
        os.killpg(process.pid, end)
        try:
            return process.communicate(timeout=_END_SECONDS)[0]
        except subprocess.TimeoutExpired:
            continue
    return ""


class Run:
    """All that is tried in one go, within one limit of time."""

    def __init__(self, mutants: Sequence[Mutant], *, jobs: int, until: float) -> None:
        self._mutants = mutants
        self._jobs = jobs
        self._until = until
        self._waiting: SimpleQueue[Mutant] = SimpleQueue()
        self._printing = Lock()
        self._took: dict[str, float] = {}
        self.fates = dict.fromkeys((each.id for each in mutants), Fate.NOT_RUN)
        self.faults: list[str] = []
        self.has_begun = False

    def all(self) -> None:
        """Run the tests on the unchanged code, then on each mutant."""
        with ExitStack() as stack:
            first = stack.enter_context(_tree(ROOT))
            if not self._measure(first):
                return
            more = [stack.enter_context(_tree(first.folder)) for _ in range(self._jobs - 1)]
            self.has_begun = True
            for mutant in self._mutants:
                self._waiting.put(mutant)
            threads = [
                Thread(target=self._work, args=[tree], daemon=True) for tree in (first, *more)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _measure(self, tree: Tree) -> bool:
        """Return whether the tests pass without a mutant, and remember how long each takes."""
        union = sorted({test for mutant in self._mutants for test in mutant.tests})
        report = tree.folder.parent / "report.xml"
        options = [f"--junitxml={report}", "-o", "junit_family=xunit1"]
        if self._jobs > 1:
            options += ["-n", str(self._jobs)]
        print(f"without a mutant: {len(union)} tests or files of them", flush=True)
        result = tree.test(union, *options, seconds=self._left(), compiles=True)
        if result.code != 0:
            self.faults.append(f"The tests fail without a mutant:\n{result.output[-4000:]}")
            return False
        print(f"{'passed':<10} {result.seconds:5.1f} s", flush=True)
        self._took = _durations(report)
        return True

    def _work(self, tree: Tree) -> None:
        while True:
            try:
                mutant = self._waiting.get_nowait()
            except Empty:
                break
            seconds = max(_LEAST_SECONDS, _LONGER * _sum(self._took, mutant.tests))
            if seconds > self._left():
                continue
            began = time.monotonic()
            fate, why = _try(tree, mutant, seconds)
            self.fates[mutant.id] = fate
            with self._printing:
                print(f"{fate:<10} {time.monotonic() - began:5.1f} s  {mutant.id}", flush=True)
                if fate in _BAD:
                    print(f"  {mutant.file}: {why}", flush=True)
        self._check_afterwards(tree)

    def _check_afterwards(self, tree: Tree) -> None:
        """Run some tests without a mutant: a server that had died would also have failed them."""
        tests = self._mutants[0].tests
        again = tree.test(tests, seconds=_LONGER * _LEAST_SECONDS, compiles=False)
        if again.code != 0:
            self.faults.append(f"Tests fail afterwards, without a mutant:\n{again.output[-4000:]}")

    def _left(self) -> float:
        return self._until - time.monotonic()


def _try(tree: Tree, mutant: Mutant, seconds: float) -> tuple[Fate, str]:
    """Run a mutant's tests; return its fate and what to print about it."""
    try:
        with tree.with_fault(mutant):
            result = tree.test(mutant.tests, seconds=seconds, compiles=False)
            if not tree.servers_run:  # a server that ended says nothing of the mutant
                tree.restart()
                result = tree.test(mutant.tests, seconds=seconds, compiles=False)
    except (ValueError, SyntaxError, OSError) as error:
        return Fate.UNFIT, str(error)
    if result.code == 0:
        return Fate.EXPLAINED if mutant.explained else Fate.LIVED, mutant.suffers
    return Fate.KILLED if result.code in _FAILED else Fate.UNFIT, result.output[-1000:]


@contextmanager
def _tree(source: Path) -> Iterator[Tree]:
    folder = Path(tempfile.mkdtemp(prefix="incident-bot-mutants-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs under another account
    tree = Tree(folder, source)
    try:
        yield tree
    finally:
        tree.stop()
        shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _durations(report: Path) -> dict[str, float]:
    """Seconds by the node id of each test, without its parameters."""
    took: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.attrib["classname"].replace(".", "/") + ".py"
        name = case.attrib["name"].partition("[")[0]
        took[f"{file}::{name}"] += float(case.attrib["time"])
    return took


def _sum(took: dict[str, float], tests: Sequence[str]) -> float:
    wanted = [test.partition("[")[0] for test in tests]
    return sum(
        seconds
        for node, seconds in took.items()
        if any(node == each or node.startswith(f"{each}::") for each in wanted)
    )


def _chosen(only: Sequence[str]) -> dict[str, list[Mutant]]:
    """The mutants that were asked for by id or by package, or all."""
    chosen = {
        package: [each for each in mutants if not only or {each.id, package} & set(only)]
        for package, mutants in by_package().items()
    }
    return {package: mutants for package, mutants in chosen.items() if mutants}


def _in_turn(chosen: dict[str, list[Mutant]]) -> list[Mutant]:
    """One of each package after the other, so that a limit of time leaves none of them out."""
    mutants: list[Mutant] = []
    queues = [list(each) for each in chosen.values()]
    while any(queues):
        mutants += [queue.pop(0) for queue in queues if queue]
    return mutants


def _table(chosen: dict[str, list[Mutant]], fates: dict[str, Fate]) -> str:
    rows = [("package", *Fate)]
    for package, mutants in chosen.items():
        count = Counter(fates[each.id] for each in mutants)
        rows.append((package, *(str(count[fate]) for fate in Fate)))
    total = Counter(fates.values())
    rows.append(("all", *(str(total[fate]) for fate in Fate)))
    return "\n".join(f"{row[0]:<12}" + "".join(f"{each:>11}" for each in row[1:]) for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="ids or packages")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    args = parser.parse_args()
    chosen = _chosen(args.only)
    if not chosen:
        parser.error(f"there is no mutant {' '.join(args.only)}")
    run = Run(_in_turn(chosen), jobs=args.jobs, until=time.monotonic() + _TOTAL_SECONDS)
    run.all()
    if run.has_begun:
        print("\n".join(["", _table(chosen, run.fates)]))
        for name, fate in run.fates.items():
            if fate in _BAD:
                print(f"{fate}: {name}")
    for fault in run.faults:
        print(fault)
    return 1 if run.faults or _BAD & set(run.fates.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
