"""An installation for each test, ended with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import _database as database
from tests.deploy.building import build, copy_of_checkout
from tests.deploy.site import Site, site


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole-suite",
        action="store_true",
        help="run all tests on the newest Python, not only the quick ones; 20 minutes more",
    )


@pytest.fixture
def bot(tmp_path: Path, empty_database_url: str, redis_url: str) -> Iterator[Site]:
    """An installation on an empty database."""
    with site(tmp_path, empty_database_url, redis_url) as installed:
        yield installed


@pytest.fixture
def second_database_url() -> Iterator[str]:
    """Another empty database."""
    yield from database("template1")


@pytest.fixture(scope="session")
def single_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The single file for the machine's own Python; everything of a release is beside it."""
    return build(copy_of_checkout(tmp_path_factory.mktemp("checkout")), "binary.dist")


@pytest.fixture(scope="session")
def dist(single_file: Path) -> Path:
    """The folder with all that a release has."""
    return single_file.parent
