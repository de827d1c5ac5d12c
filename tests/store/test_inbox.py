"""The requests that were taken, of Slack and of others."""

import pytest

from incident_bot.store import inbox
from incident_bot.store.database import Database


@pytest.mark.parametrize("key", ["line:1", "once:1"])
def test_what_is_typed_in_a_shell_is_no_request_of_slack(database: Database, key: str) -> None:
    assert database.run(lambda tx: inbox.claim_key(tx, key))
    assert database.run(inbox.last_received) is None
    at = database.run(lambda tx: inbox.claim_key(tx, "command:1") and tx.now)
    assert database.run(inbox.last_received) == at
