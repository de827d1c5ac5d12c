"""One setting: its name, its default, how it is read and what it means."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Setting(Generic[T]):
    """One environment variable: how it is read and what it means to an operator."""

    name: str
    parse: Callable[[str], T]
    default: str | None
    help: str
    older_names: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        return self.name.lower()
