"""A healthy installation for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doctor.healthy_stack import Stack, healthy


@pytest.fixture
def stack(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stack]:
    with healthy(database_url, redis_url, tmp_path, monkeypatch) as stack:
        yield stack
