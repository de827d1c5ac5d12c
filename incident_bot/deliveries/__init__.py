"""Kinds of delivery: each file in this folder that has a KIND is one, and is found by itself."""

import importlib
import pkgutil
from typing import Any, Final

from incident_bot.deliveries.kind import DeliveryKind
from incident_bot.domain.deliveries import KnownKinds, Queue

_SHARED: Final = frozenset(
    {"kind", "payloads", "posting", "paced_statuspage", "reminding", "vendors"}
)
"""Files that kinds share, which are none themselves."""


def _discovered() -> dict[str, DeliveryKind[Any]]:
    found: dict[str, DeliveryKind[Any]] = {}
    for info in pkgutil.iter_modules(__path__):
        if info.name in _SHARED:
            continue
        kind = getattr(importlib.import_module(f"{__name__}.{info.name}"), "KIND", None)
        if not isinstance(kind, DeliveryKind) or kind.name != info.name:
            raise TypeError(f"deliveries/{info.name}.py has no KIND of that name")
        found[kind.name] = kind
    return found


KINDS: Final = _discovered()

KNOWN: Final = KnownKinds(
    names=tuple(KINDS),
    sharing=tuple(kind.name for kind in KINDS.values() if kind.shares_destination),
)
"""The kinds that this version delivers; others are left to the version that wrote them."""

QUEUES: Final = tuple(each for each in Queue if each in {kind.queue for kind in KINDS.values()})
