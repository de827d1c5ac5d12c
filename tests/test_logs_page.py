"""docs/LOGS.md: every line that the bot writes, and every field of one, is there and no other."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from tests.docs import ROOT

_PAGE: Final = (ROOT / "docs" / "LOGS.md").read_text(encoding="utf-8")
_LEVELS: Final = {"debug", "info", "warning", "error", "critical", "exception", "log"}
_LOGGERS: Final = {"log", "_log", "_trouble", "trouble"}
_ANY: Final = "…"
"""Stands on the page for the part of a message that differs."""

_OF_EACH_LINE: Final = {
    "timestamp",
    "level",
    "severity",
    "logger",
    "target",
    "message",
    "request_id",
    "incident",
    "delivery",
    "exc_info",
}


@cache
def modules() -> dict[Path, ast.Module]:
    files = sorted((ROOT / "incident_bot").rglob("*.py"))
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def nodes(module: ast.AST) -> Iterator[ast.AST]:
    return ast.walk(module)


@cache
def functions() -> dict[str, list[ast.FunctionDef]]:
    """Return the functions of the product by their names."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in chain.from_iterable(map(nodes, modules().values())):
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def writes_a_line(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if not isinstance(node.func, ast.Attribute):
        return isinstance(node.func, ast.Name) and node.func.id == "say"
    owner = node.func.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return name in _LOGGERS and node.func.attr in {*_LEVELS, "say"}


def lines() -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    """Yield each call that writes a line, with the function it stands in."""
    for function in chain.from_iterable(functions().values()):
        for node in nodes(function):
            if isinstance(node, ast.Call) and writes_a_line(node):
                yield function, node


def texts(node: ast.expr) -> set[str]:
    """Return the texts that an expression may be, with a mark for what is filled in."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) and node.value else set()
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else _ANY for part in node.values)
        return {"".join(map(str, parts))}
    return texts(node.body) | texts(node.orelse) if isinstance(node, ast.IfExp) else set()


def messages_of_the_code() -> set[str]:
    found = {text for _, call in lines() for given in call.args for text in texts(given)}
    for file, module in modules().items():
        outcome = [
            text
            for node in nodes(module)
            if isinstance(node, ast.keyword) and node.arg == "outcome"
            for text in texts(node.value)
        ]
        is_command = file.parent.name == "commands"
        found |= {f"INC-{_ANY} {text}" if is_command else text for text in outcome}
    return found - {f"{_ANY} {_ANY}"}


def keys(node: ast.expr, function: ast.FunctionDef) -> set[str]:
    """Return the names in a dict that is written here, or made by a function of ours."""
    if isinstance(node, ast.Dict):
        found = set()
        for key, value in zip(node.keys, node.values, strict=True):
            found |= keys(value, function) if key is None else texts(key)
        return found
    if isinstance(node, ast.Name):
        return assigned(node.id, function)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return {key for made in functions()[name] for key in returned(made)}
    assert isinstance(node, ast.IfExp), ast.dump(node)
    return keys(node.body, function) | keys(node.orelse, function)


def returned(function: ast.FunctionDef) -> set[str]:
    found = [node.value for node in nodes(function) if isinstance(node, ast.Return)]
    return {key for value in found if value for key in keys(value, function)}


def assigned(name: str, function: ast.FunctionDef) -> set[str]:
    """Return the keys of the dicts that a local name is given."""
    if function.args.kwarg and function.args.kwarg.arg == name:
        return set()  # the caller names them
    found: set[str] = set()
    for node in nodes(function):
        for target, value in pairs(node):
            if isinstance(target, ast.Name) and target.id == name:
                found |= keys(value, function)
    assert found, f"{name} in {function.name}"
    return found


def pairs(node: ast.AST) -> Sequence[tuple[ast.expr, ast.expr]]:
    if not isinstance(node, ast.Assign):
        return ()
    (target,) = node.targets
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        return tuple(zip(target.elts, node.value.elts, strict=True))
    return ((target, node.value),)


def fields_of_the_code() -> set[str]:
    found = set(_OF_EACH_LINE)
    for function, call in lines():
        for given in call.keywords:
            if given.arg == "extra":
                found |= keys(given.value, function)
            elif given.arg != "exc_info":  # of Trouble, which takes fields by name
                found.add(str(given.arg))
    return found


def rows(heading: str) -> list[str]:
    """Return the first cells of the tables below a heading."""
    part = _PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE)


def test_every_line_is_on_the_page_once_and_no_other() -> None:
    listed = rows("Lines")
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == messages_of_the_code()


def test_every_field_is_on_the_page_once_and_no_other() -> None:
    listed = rows("Fields")
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == fields_of_the_code()
