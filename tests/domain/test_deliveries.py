"""Urgent deliveries go out after a minute, even if they may then be posted twice."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import pytest

from incident_bot.domain.deliveries import LONGEST_LOOK, Bookmark, Delivery
from incident_bot.domain.incidents import Severity

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def delivery(severity: Severity, waited: timedelta) -> Delivery:
    return Delivery(
        id=1,
        incident_id=1,
        kind="incident_update",
        destination="C0P1",
        payload={},
        urgency=severity.urgency,
        request_id=None,
        attempts=2,
        failures=0,
        bookmark=Bookmark(),
        check_before_send=True,
        is_suspect=False,
        lease_token=uuid4(),
        created_at=NOON,
        give_up_at=NOON + timedelta(days=1),
        claimed_at=NOON + waited,
    )


@pytest.mark.parametrize(
    ("severity", "cannot_wait"),
    [(Severity.P1, True), (Severity.P2, True), (Severity.P3, False), (Severity.P4, False)],
)
def test_news_of_a_p1_or_p2_cannot_wait_for_a_look_for_longer_than_a_minute(
    severity: Severity, cannot_wait: bool
) -> None:
    longer = LONGEST_LOOK + timedelta(seconds=1)
    assert delivery(severity, longer).cannot_wait is cannot_wait
    assert not delivery(severity, LONGEST_LOOK).cannot_wait
