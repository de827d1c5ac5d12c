"""List deliveries, retry dead ones, and drop those that are no longer needed."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Final, TypeVar

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples
from incident_bot.clients.queue import Notifier
from incident_bot.domain.deliveries import DeliveryRecord, State
from incident_bot.domain.people import OPERATOR
from incident_bot.errors import UserError
from incident_bot.store import audit, outbox
from incident_bot.store.database import Tx

T = TypeVar("T")

_FIELDS: Final = [each.name for each in fields(DeliveryRecord)]

_number: Final = click.argument("number", metavar="ID", help="The delivery's number.")


@click.group(help=__doc__, epilog=examples("outbox list", "outbox retry all"))
def command() -> None:
    pass


@command.command("list", epilog=examples("outbox list --state dead", "outbox list --json"))
@click.option("--state", type=click.Choice([each.value for each in State]), help="List only these.")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1_000_000),
    metavar="N",
    default=50,
    show_default=True,
    help="List so many at the most.",
)
@with_json(*_FIELDS, for_each="delivery")
def list_(state: str | None, limit: int) -> Answer:
    """List deliveries, newest first."""
    chosen = State(state) if state else None
    found = _run(lambda tx: outbox.find(tx, state=chosen, limit=limit))
    lines = [_line(each) for each in found]
    return Answer(found=[asdict(each) for each in found], lines=lines or ["There are none."])


def _line(line: DeliveryRecord) -> str:
    about = f"INC-{line.incident_id}" if line.incident_id else "-"
    why = f"  ({line.reason}: {line.detail})" if line.reason else ""
    return f"{line.id}  {line.state}  {about}  {line.kind} → {line.destination}{why}"


@command.command(epilog=examples("outbox show 1234", "outbox show 1234 --json"))
@_number
@with_json(*_FIELDS)
def show(number: str) -> Answer:
    """Show everything about one delivery."""
    facts = asdict(_run(lambda tx: outbox.by_id(tx, _parsed(number))))
    lines = [f"{name}: {value}" for name, value in facts.items() if value is not None]
    return Answer(found=facts, lines=lines)


@command.command(epilog=examples("outbox retry 1234", "outbox retry all"))
@click.argument("number", metavar="ID", help="The delivery's number, or `all`.")
@with_json("retried")
def retry(number: str) -> Answer:
    """Retry a dead delivery, or every one with `all`."""
    numbers = _run(lambda tx: _retry(tx, number))
    return Answer(found={"retried": numbers}, lines=[f"{len(numbers)} due again."])


def _retry(tx: Tx, wanted: str) -> list[int]:
    if wanted == "all":
        dead = outbox.find(tx, state=State.DEAD, limit=1_000_000)
        numbers = [line.id for line in dead if not line.is_blank]
    else:
        numbers = [_parsed(wanted)]
    for number in numbers:
        outbox.retry(tx, number)
        _audit(tx, "outbox retry", number)
    return numbers


@command.command(epilog=examples("outbox drop 1234"))
@_number
@with_json("dropped")
def drop(number: str) -> Answer:
    """Give a delivery up for good."""
    dropped = _run(lambda tx: _drop(tx, _parsed(number)))
    return Answer(found={"dropped": dropped}, lines=[f"{dropped} is dropped."])


def _drop(tx: Tx, number: int) -> int:
    outbox.drop(tx, number)
    _audit(tx, "outbox drop", number)
    return number


def _run(work: Callable[[Tx], T]) -> T:
    """Run one transaction; the workers are told of what it set in motion."""
    config = settings.from_environment()
    with opened(config.database_url, notify=Notifier(config.redis_url).notify) as database:
        return database.run(work)


def _parsed(text: str) -> int:
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
