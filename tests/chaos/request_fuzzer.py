"""Corrupt real requests at random: odd values inside, odd bytes anywhere."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from slack_sandbox.app_link import AppRequest

_KEY: Final = re.compile(
    rb"(?:trigger_id(?:=|%22%3A\+%22)|nonce%5C%22%3A(?:\+|%20)?%5C%22)[\w.-]{12,}"
)
PATHS: Final = (
    "/slack/commands",
    "/slack/commands",
    "/slack/interactions",
    "/slack/interactions",
    "/slack/events",
)
_ODD_TEXTS: Final = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202egnp.exe",
    "a\u0301" * 300,
    "👩‍👩‍👧‍👦" * 60,
    "\r\n{}\x1b[2J\u2028",
    "<!channel> <@U0ADA> <http://a|b>",
    "'; drop table incidents; --",
    "%s %(a)s {0} $1",
    "9" * 400,
    "-1",
    "P1",
    "INC-99999999999999999999",
)
_HUGE_TEXTS: Final = ("x" * 60_000, random.Random(1).randbytes(9_000).hex(), "[" * 20_000)
_HUGE_SHARE: Final = 0.03  # they take as long as fifty others
_ODD_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [None],
    [[[[{}]]]],
    {"id": None},
    {"": ""},
    {"value": ["x"]},
)


@dataclass(slots=True)
class RequestFuzzer:
    """Makes corrupted copies of these requests."""

    seeds: list[AppRequest]
    dice: random.Random

    def corrupted(self) -> AppRequest:
        path = self.dice.choice(PATHS)
        request = self.dice.choice([each for each in self.seeds if each.path == path])
        body = request.body
        if self.dice.random() < 0.9:  # else it is taken for a repeat
            body = _KEY.sub(
                lambda found: found[0][:-6] + self.dice.randbytes(3).hex().encode(), body
            )
        for _ in range(self.dice.choice((1, 1, 1, 2, 3))):
            body = self.dice.choice((self._odd_value, self._odd_value, self._odd_bytes))(body)
        headers = dict(request.headers)
        if self.dice.random() < 0.05:
            headers["Content-Type"] = self.dice.choice(
                ("", "text/plain", "multipart/form-data", "\u00ff")
            )
        path = request.path
        if self.dice.random() < 0.05:
            path = self.dice.choice(PATHS)
        return AppRequest(path, body, headers)

    def _odd_value(self, body: bytes) -> bytes:
        try:
            if body.startswith(b"{"):
                return as_json(self._with_odd_part(json.loads(body)))
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            if "payload" in fields and self.dice.random() < 0.95:
                fields["payload"] = as_json(
                    self._with_odd_part(json.loads(fields["payload"]))
                ).decode()
            else:
                name = self.dice.choice([*fields, "more"])
                fields[name] = self._odd_text()
            return urlencode(fields, errors="surrogatepass").encode()
        except (ValueError, RecursionError):
            return self._odd_bytes(body)

    def _with_odd_part(self, value: Any) -> Any:
        """Replace, remove or double one value somewhere inside."""
        positions = list(_positions(value))
        if not positions:
            return self._odd_part()
        where, key = self.dice.choice(positions)
        match self.dice.randrange(6):
            case 0:
                del where[key]
            case 1 if isinstance(where, list):
                where.append(where[key])
            case 2 if isinstance(where, dict) and isinstance(where[key], str):
                where[key] += self._odd_text()
            case _:
                where[key] = self._odd_part()
        return value

    def _odd_text(self) -> str:
        return self.dice.choice(_HUGE_TEXTS if self.dice.random() < _HUGE_SHARE else _ODD_TEXTS)

    def _odd_part(self) -> Any:
        return self.dice.choice(_ODD_VALUES) if self.dice.random() < 0.5 else self._odd_text()

    def _odd_bytes(self, body: bytes) -> bytes:
        at = self.dice.randrange(len(body) + 1)
        junk = self.dice.randbytes(self.dice.choice((1, 1, 4, 64)))
        return self.dice.choice(
            (
                body[:at] + junk + body[at:],
                body[:at] + junk + body[at + len(junk) :],
                body[:at],
                body[at:],
                body + body[:at],
                body[:at] + b"%00%ff%ed%a0%80" + body[at:],
            )
        )


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _positions(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container inside with each of its keys."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in list(keys):
        yield value, key
        yield from _positions(value[key])
