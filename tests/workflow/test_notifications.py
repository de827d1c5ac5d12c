"""The severity decides who is notified of what."""

import pytest

from incident_bot.domain import routing
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Draft
from incident_bot.domain.incidents import Severity
from incident_bot.settings import Settings
from incident_bot.workflow import notifications
from tests.builders import declare_request, settings
from tests.domain.examples import incident

CONFIG = settings(p1_channels="C0P1,C0BOARD", p2_channels="C0P2", p1_users="U0DAN,U0FAY")


def drafts(severity: Severity, config: Settings = CONFIG) -> list[Draft]:
    return notifications.on_declare(declare_request(severity), config)


def destinations(found: list[Draft], kind: str) -> list[str]:
    return [draft.destination for draft in found if draft.kind == kind]


@pytest.mark.parametrize(
    ("severity", "channels", "people"),
    [
        (Severity.P1, ["C0P1", "C0BOARD"], ["U0DAN", "U0FAY", "U0ADA"]),
        (Severity.P2, ["C0P2"], ["U0ADA"]),
        (Severity.P3, [], ["U0ADA"]),
        (Severity.P4, [], ["U0ADA"]),
    ],
)
def test_who_is_told_of_a_new_incident_follows_its_severity(
    severity: Severity, channels: list[str], people: list[str]
) -> None:
    found = drafts(severity)
    assert destinations(found, "announcement") == channels
    assert destinations(found, "direct_message") == people


@pytest.mark.parametrize("severity", list(Severity))
def test_each_incident_gets_one_channel_with_card_pin_topic_and_people(severity: Severity) -> None:
    found = drafts(severity)
    kinds = [draft.kind for draft in found]
    once = ("channel", "card", "pin", "topic", "invite")
    assert [kinds.count(kind) for kind in once] == [1] * len(once)
    in_order = [draft.kind for draft in found if draft.destination == INCIDENT_CHANNEL]
    assert in_order == ["channel", "card", "pin"]


@pytest.mark.parametrize("severity", list(Severity))
def test_everything_but_the_channel_waits_for_the_channel(severity: Severity) -> None:
    assert [draft.kind for draft in drafts(severity) if not draft.waits] == ["channel"]


def test_nobody_is_told_twice_however_many_roles_they_have() -> None:
    config = settings(p1_users="U0ADA,U0DAN", service_owners='{"checkout": ["U0BEN", "U0ADA"]}')
    found = drafts(Severity.P1, config)
    assert destinations(found, "direct_message") == ["U0ADA", "U0DAN"]
    [invited] = [draft.payload["user_ids"] for draft in found if draft.kind == "invite"]
    assert tuple(invited) == ("U0ADA", "U0BEN")


def test_commander_declarer_and_owners_of_the_service_are_invited() -> None:
    config = settings(service_owners='{"checkout": ["U0EVE"], "payments": ["U0CLEO"]}')
    declared = incident(commander_user_id="U0BEN", declarer_user_id="U0ADA")
    assert routing.responders(declared, config) == ("U0BEN", "U0ADA", "U0EVE")
