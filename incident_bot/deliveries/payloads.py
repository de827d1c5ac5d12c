"""Payloads as the database keeps them: dataclasses to JSON and back."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(payload: Any) -> dict[str, Any]:
    """A dataclass as JSON's types: tuples become lists, and moments text.

    `dataclasses.asdict` would copy each value deeply, which for nine payloads costs a declare as
    much as a statement.
    """
    return {name: _plain(getattr(payload, name)) for name in payload.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return to_json(value) if dataclasses.is_dataclass(value) else value


def from_json(made: type[T], stored: Mapping[str, Any]) -> T:
    """The dataclass that was stored; fields that this version does not know are left out.

    Raises KeyError for a field without a default that is not there.
    """
    hints = _hints(made)  # type: ignore[arg-type]  # to mypy a generic class has no hash
    given: dict[str, Any] = {}
    for each in dataclasses.fields(made):  # type: ignore[arg-type]
        if each.name in stored:
            given[each.name] = _value(hints[each.name], stored[each.name])
        elif each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
            raise KeyError(each.name)
    return made(**given)


@cache  # it evaluates the text of each annotation, and there is a payload for each delivery
def _hints(made: type) -> dict[str, Any]:
    return get_type_hints(made)


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
