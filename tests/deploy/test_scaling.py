"""Scaling out: two webs and two workers on one database, and what each process needs."""

import os
import threading
from pathlib import Path

from incident_bot.embedded import process
from tests.deploy.site import Site, announced

DECLARES = 60


def family(pid: int) -> list[int]:
    """A process and all that came from it."""
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stats[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
            except OSError:
                continue
    found = [pid]
    for one in found:
        found += [child for child, parent in stats.items() if parent == one]
    return found


def megabytes(pid: int) -> float:
    """Return the memory a process adds: its own pages, and its share of the shared ones."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return (
        next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
    )


def test_many_webs_and_workers_tell_everything_exactly_once(bot: Site) -> None:
    bot.run("migrate")
    ports = [bot.port, process.free_port()]
    programs = {
        f"worker-{number}": bot.start("worker", log=f"worker-{number}") for number in (1, 2)
    }
    for number, port in enumerate(ports, start=1):
        programs[f"web-{number}"] = bot.start("web", log=f"web-{number}", PORT=str(port))
        bot.wait_until_ready(f"http://127.0.0.1:{port}")

    turn = threading.Lock()

    def declare(own: int) -> None:
        for number in range(own, DECLARES, 4):
            with turn:  # the sandbox reaches one of the two at a time
                bot.slack.app.url = f"http://127.0.0.1:{ports[number % 2]}"
                bot.declare(f"Trouble {number}")

    people = [threading.Thread(target=declare, args=[own]) for own in range(4)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    bot.settle(120)

    assert announced(bot.slack, "C0P2") == {f"Trouble {number}": 1 for number in range(DECLARES)}
    made = [channel.name for channel in bot.slack.channels if channel.name.startswith("inc-")]
    assert len(made) == len(set(made)) == DECLARES
    assert bot.slack.violations == []
    assert bot.count("state = 'dead'") == 0
    busy = {name for name in programs if "worker" in name and "delivered" in bot.log(name)}
    assert busy == {"worker-1", "worker-2"}
    for name, program in sorted(programs.items()):
        sizes = [megabytes(pid) for pid in family(program.pid)]
        print(f"{name}: {len(sizes)} processes, {sum(sizes):.0f} MB, largest {max(sizes):.0f} MB")
    connections = bot.sql(
        "select count(*) from pg_stat_activity where application_name = 'incident-bot'"
        " and datname = current_database()"
    )
    print(f"{connections[0][0]} connections, {os.cpu_count()} processors")
