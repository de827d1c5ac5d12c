"""Workers are killed at random moments: nothing is lost, nothing happens twice."""

from pathlib import Path

from tests.chaos.kills import run


def test_fifty_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    report = run(tmp_path, database_url, redis_url, kills=50)
    assert report.declares > 50
    assert (report.lost, report.doubled, report.out_of_order) == ([], [], [])
    assert report.unsettled == []
