"""Builders of objects that many tests need, with sensible default values."""

from dataclasses import replace
from typing import Any, Final

from incident_bot.clients.slack import Slack
from incident_bot.deliveries import KINDS
from incident_bot.deliveries.direct_message import About
from incident_bot.deliveries.kind import Job
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import Delivery, Draft
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.settings import Settings, load
from incident_bot.store import declaring
from incident_bot.store.database import Database, Tx

ENVIRONMENT: Final = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_SIGNING_SECRET": "sandbox-signing-secret",
    "SERVICES": "api-gateway,checkout,payments",
    "SERVICE_OWNERS": '{"api-gateway":["U0BEN","U0EVE"]}',
    "P1_CHANNELS": "C0P1",
    "P2_CHANNELS": "C0P2",
    "P1_USERS": "U0DAN",
    "CONFIRM_FLOODS": "off",
}
"""The settings of the sandbox's workspace; nothing listens at the database's address.

Tests do within moments what people do in hours, so nobody is asked whether they mean it.
"""


def settings(**overrides: str) -> Settings:
    """Settings by attribute, as text: settings(database_url=url, web_threads="2")."""
    return load({**ENVIRONMENT, **{name.upper(): value for name, value in overrides.items()}})


def declare_request(
    severity: Severity = Severity.P3,
    *,
    title: str = "It is slow",
    service: str = "checkout",
    declarer_user_id: str = "U0ADA",
    commander_user_id: str = "U0ADA",
) -> DeclareRequest:
    """Ada's wish to declare, or somebody else's."""
    return DeclareRequest(
        title=title,
        description="",
        service=service,
        severity=severity,
        declarer_user_id=declarer_user_id,
        commander_user_id=commander_user_id,
    )


def recorded(
    tx: Tx,
    severity: Severity = Severity.P3,
    *,
    title: str = "It is slow",
    service: str = "checkout",
) -> Incident:
    """An incident that Ada has declared, in the record alone: nothing is to be delivered."""
    wanted = declare_request(severity, title=title, service=service)
    return declaring.declare(tx, wanted, [], channel_id=None)


def drafted(kind: str, to: str | None = None, **payload: Any) -> Draft:
    """A delivery of a kind, to be written and due at once: drafted("direct_message", "U0DAN")."""
    found = KINDS[kind]
    if kind == "direct_message":
        payload.setdefault("event", About.DECLARED)
    return replace(found.draft(found.payload(**payload), to=to), waits=False)


def job(
    delivery: Delivery,
    database: Database,
    slack: Slack,
    paced_statuspage: PacedStatuspage | None = None,
    **more: Any,
) -> Job[Any]:
    """A claimed delivery that is about to be sent."""
    kind = KINDS[delivery.kind]
    return Job(
        delivery=delivery,
        is_reconciled=kind.reconciled,
        payload=kind.restore(delivery.payload),
        vendors=Vendors(slack=slack, paced_statuspage=paced_statuspage),
        run=database.run,
        **more,
    )
