"""The kind of a delivery, the job that it gets to send, and the outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from incident_bot.clients.slack import Posted, Slack
from incident_bot.deliveries import payloads
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import AmbiguousSend, Delivery, DeliveryRecord, Draft, Queue
from incident_bot.domain.incidents import Incident
from incident_bot.domain.past_updates import PastUpdate
from incident_bot.errors import DeliveryError
from incident_bot.store.database import Tx

P = TypeVar("P")
T = TypeVar("T")

ANSWERED_WITHIN: Final = timedelta(minutes=30)
"""Slack takes answers to what somebody did for so long (docs.slack.dev: response_url)."""

CHANNELS_ARE_SET_BY: Final = "P1_CHANNELS or P2_CHANNELS"
PEOPLE_ARE_SET_BY: Final = "P1_USERS"

WhenDead = Callable[[Incident, DeliveryRecord], Sequence[Draft]]
"""Makes what follows when a delivery was given up."""

WhenFailing = Callable[[Tx, Delivery, DeliveryError], None]
"""Writes what follows when an attempt failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The payload of a kind that reads all it needs when it is sent."""


NOTHING: Final = Nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[P]):
    """A claimed delivery with what it needs to be sent.

    `posted` is the message that it acts on, if that is known, and `posted_payload` that of the
    delivery which posted it. `possible_duplicate_since` says since when its own message may be
    there without our knowing; None when it is not. `last_updates` are the newest update and perhaps
    one more, for a kind that shows them. `run` runs a transaction.
    """

    delivery: Delivery
    is_reconciled: bool
    payload: P
    vendors: Vendors
    run: Callable[[Callable[[Tx], Any]], Any]
    about: Incident | None = None
    posted: Posted | None = None
    posted_payload: Any = None
    possible_duplicate_since: datetime | None = None
    last_updates: Sequence[PastUpdate] = ()

    @property
    def incident(self) -> Incident:
        assert self.about, "only replies and views are about no incident"
        return self.about

    @property
    def key(self) -> str:
        """The key in a posted message's metadata, by which it is found again.

        All attempts at a reconciled kind share a key, so that a later delivery finds the message.
        """
        last = self.delivery.kind if self.is_reconciled else self.delivery.id
        return f"{self.incident.uid}/{self.delivery.destination}/{last}"

    @property
    def channel_id(self) -> str:
        assert self.incident.channel_id, "only sent once the channel is there"
        return self.incident.channel_id

    @property
    def slack(self) -> Slack:
        """The vendor that nearly every kind goes to."""
        return self.vendors.slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a send: the message, people who were refused, and what else to record.

    `doubt` says how an earlier attempt was dealt with that may have arrived; `is_new` whether it is
    one more message in its channel rather than a change of one. `then` is called once all that is
    recorded; nobody calls it again where the worker ends before.
    """

    posted: Posted | None = None
    refused: dict[str, str] = field(default_factory=dict)
    doubt: AmbiguousSend | None = None
    is_new: bool = False
    record: Callable[[Tx], None] | None = None
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryKind(Generic[P]):
    """A kind of delivery: its facts, and how it is sent. None of the facts has a default.

    `destination` is where all of this kind go, or None when each says so. A `reconciled` kind
    brings something to the current state, so that one delivery stands for all before it; any other
    is posted once. `waits_for_channel` holds it back until the incident's channel is there.
    `shares_destination` says that other incidents' deliveries go to the same place. `acts_on` names
    the kind whose message it changes or hangs on. `listed` shows it in `/incident delivery`.
    `when_dead` says who hears that it did not arrive; None for what nobody misses. `patience` is
    how long it is tried while the vendor does not take it; None for the usual day. Where
    `others_go_on`, what stands behind it can do without it: it never waits for a scope. One that
    `shows_updates` gets the newest to render. What `can_wait` goes after all that is urgent.
    What is `read_when_claimed` shows its incident as it was then, since whatever changes it later
    writes a delivery that follows; it is none that looks for a message of its own. `set_by` are
    the settings that name its destinations, but for who runs the incident. One that
    `is_probe` tells nobody anything: it is tried once, leaves no row, and counts as no message.
    """

    name: str
    queue: Queue
    payload: type[P]
    send: Callable[[Job[P]], Outcome]
    destination: str | None
    reconciled: bool
    waits_for_channel: bool
    shares_destination: bool
    acts_on: str | None
    listed: bool
    when_dead: WhenDead | None
    is_about_incident: bool = True
    others_go_on: bool = False
    shows_updates: bool = False
    can_wait: bool = False
    read_when_claimed: bool = False
    is_probe: bool = False
    patience: timedelta | None = None
    set_by: str = ""
    when_failing: WhenFailing | None = None

    def draft(
        self,
        payload: P,
        *,
        to: str | None = None,
        throttled: bool = False,
        due_at: datetime | None = None,
    ) -> Draft:
        """A delivery of this kind, to be written."""
        destination = to or self.destination
        assert destination, f"{self.name} has no destination of its own"
        return Draft(
            kind=self.name,
            queue=self.queue,
            destination=destination,
            payload=payloads.to_json(payload),
            waits=self.waits_for_channel,
            is_reconciled=self.reconciled,
            is_about_incident=self.is_about_incident,
            throttled=throttled,
            can_wait=self.can_wait,
            due_at=due_at,
        )

    def restore(self, stored: Any) -> P:
        """The payload as it was drafted."""
        return payloads.from_json(self.payload, stored)


def unmissed(
    name: str,
    payload: type[P],
    send: Callable[[Job[P]], Outcome],
    *,
    patience: timedelta,
    destination: str | None = None,
    others_go_on: bool = False,
    can_wait: bool = False,
    when_failing: WhenFailing | None = None,
) -> DeliveryKind[P]:
    """Return a kind that Slack gets once, with or without an incident's channel; nobody misses it.

    It is not listed, and nobody hears that it did not arrive.
    """
    return DeliveryKind(
        name=name,
        queue=Queue.NOTIFICATIONS,
        payload=payload,
        send=send,
        destination=destination,
        reconciled=False,
        waits_for_channel=False,
        shares_destination=False,
        acts_on=None,
        listed=False,
        when_dead=None,
        others_go_on=others_go_on,
        can_wait=can_wait,
        patience=patience,
        when_failing=when_failing,
    )
