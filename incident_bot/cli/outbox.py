"""List deliveries, retry dead ones, and drop those that are no longer needed."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.clients.queue import Notifier
from incident_bot.domain.deliveries import DeliveryRecord, State
from incident_bot.domain.people import OPERATOR
from incident_bot.errors import UserError
from incident_bot.store import audit, outbox
from incident_bot.store.database import Database, Tx

SUMMARY = "list, retry and drop deliveries"

_NUMBERED: Final = "the delivery's number"
_RETRIED: Final = f"{_NUMBERED}, or all"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="deliveries, newest first")
    listing.add_argument("--state", type=State, choices=list(State), help="only these")
    listing.add_argument("--limit", type=int, default=50, help="how many at the most (50)")
    listing.add_argument("--json", action="store_true", help="for a script")
    for name, help_text in (
        ("show", "everything about one delivery"),
        ("retry", "retry a dead delivery, or every one with `all`"),
        ("drop", "give a delivery up for good"),
    ):
        sub = actions.add_parser(name, help=help_text)
        sub.add_argument("id", help=_RETRIED if name == "retry" else _NUMBERED)
        sub.add_argument("--json", action="store_true", help="for a script")


def run(args: argparse.Namespace) -> int:
    config = settings.from_environment()
    notifier = Notifier(config.redis_url)
    with Database(config.database_url, pool_size=1, notify=notifier.notify) as database:
        print(database.run(lambda tx: _ACTIONS[args.action](tx, args)))
    return OK


def _list(tx: Tx, args: argparse.Namespace) -> str:
    found = outbox.find(tx, state=args.state, limit=args.limit)
    if args.json:
        return json.dumps([asdict(line) for line in found], default=str)
    return "\n".join(_line(line) for line in found) or "There are none."


def _line(line: DeliveryRecord) -> str:
    about = f"INC-{line.incident_id}" if line.incident_id else "-"
    why = f"  ({line.reason}: {line.detail})" if line.reason else ""
    return f"{line.id}  {line.state}  {about}  {line.kind} → {line.destination}{why}"


def _show(tx: Tx, args: argparse.Namespace) -> str:
    facts = asdict(outbox.by_id(tx, _number(args.id)))
    if args.json:
        return json.dumps(facts, default=str)
    return "\n".join(f"{name}: {value}" for name, value in facts.items() if value is not None)


def _retry(tx: Tx, args: argparse.Namespace) -> str:
    if args.id == "all":
        dead = outbox.find(tx, state=State.DEAD, limit=1_000_000)
        numbers = [line.id for line in dead if not line.is_blank]
    else:
        numbers = [_number(args.id)]
    for number in numbers:
        outbox.retry(tx, number)
        _audit(tx, "outbox retry", number)
    return f"{len(numbers)} due again."


def _drop(tx: Tx, args: argparse.Namespace) -> str:
    outbox.drop(tx, _number(args.id))
    _audit(tx, "outbox drop", _number(args.id))
    return f"{args.id} is dropped."


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise UserError(f"“{text}” is not the number of a delivery; `outbox list` shows them.")
    return int(text)


def _audit(tx: Tx, action: str, delivery_id: int) -> None:
    line = outbox.by_id(tx, delivery_id)
    audit.add(
        tx,
        action,
        actor=OPERATOR,
        incident_id=line.incident_id,
        detail=f"{delivery_id} {line.kind} to {line.destination}",
    )


_ACTIONS: Final[dict[str, Callable[[Tx, argparse.Namespace], str]]] = {
    "list": _list,
    "show": _show,
    "retry": _retry,
    "drop": _drop,
}
