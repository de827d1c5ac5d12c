"""Payloads as the database keeps them: dataclasses to JSON and back."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(payload: Any) -> dict[str, Any]:
    """A dataclass as JSON's types; tuples become lists, and moments text."""
    return dataclasses.asdict(payload, dict_factory=_json_object)


def _json_object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in items
    }


def from_json(made: type[T], stored: Mapping[str, Any]) -> T:
    """The dataclass that was stored; fields that this version does not know are left out.

    Raises KeyError for a field without a default that is not there.
    """
    hints = get_type_hints(made)
    given: dict[str, Any] = {}
    for each in dataclasses.fields(made):  # type: ignore[arg-type]
        if each.name in stored:
            given[each.name] = _value(hints[each.name], stored[each.name])
        elif each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
            raise KeyError(each.name)
    return made(**given)


def _value(hint: Any, stored: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        if stored is None:
            return None
        (hint,) = [each for each in get_args(hint) if each is not NoneType]
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in stored)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return from_json(hint, stored)
    if hint is datetime:
        return datetime.fromisoformat(stored)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(stored)
    return stored
