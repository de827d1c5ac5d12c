"""Names that look like a setting's and are no setting's."""

import logging
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

log = logging.getLogger(__name__)

ENVIRONMENT: Final = "the environment"

_WARNED: Final = "INCIDENT_BOT_WARNED"
"""Holds the names that were warned of, by this process or the one that started it."""

_ALIKE: Final = 0.885
"""As difflib counts it: a letter more, less or changed in ten, and no other word in the name."""

_SHORT: Final = 5
"""Names of fewer letters, PORT and HOST, are like too many others: HOSTS, POST, SORT."""

_OF_OTHERS: Final = frozenset({"SLACK_API_TOKEN"})
"""Names that other programs are known to have, however like they are."""

_OURS: Final = ("P1_", "P2_", "P3_", "P4_", "STATUSPAGE_")
"""A name that begins so, in a file of settings, is meant for the bot."""


def warn(
    names: Iterable[str], where: str, environ: Mapping[str, str], known: frozenset[str]
) -> None:
    """Log each name that seems to be meant for a setting, once.

    One that is only like a setting's is another program's where that setting has its value.
    """
    for name in sorted({*names} - known - _OF_OTHERS - {*_warned()}):
        is_ours = where != ENVIRONMENT and name.startswith(_OURS)
        meant = _meant(name, known, 0.0 if is_ours else _ALIKE)
        if meant and (is_ours or not _is_set(meant, environ)):
            log.warning(f"{name} in {where} is no setting; did you mean {meant}?")
            os.environ[_WARNED] = ",".join([*_warned(), name])


def _warned() -> list[str]:
    return [name for name in os.environ.get(_WARNED, "").split(",") if name]


def _meant(name: str, known: frozenset[str], least: float) -> str | None:
    plain = name.upper().replace("-", "_")
    if plain in known:
        return plain
    long = sorted(each for each in known if len(each.removesuffix("_FILE")) >= _SHORT)
    transposed = sorted(each for each in known if sorted(each) == sorted(plain))  # PROT
    return next(iter([*get_close_matches(plain, long, 1, least), *transposed]), None)


def _is_set(name: str, environ: Mapping[str, str]) -> bool:
    base = name.removesuffix("_FILE")
    return bool(environ.get(base) or environ.get(f"{base}_FILE"))
