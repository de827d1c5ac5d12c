"""The check that somebody can take command."""

from incident_bot.errors import InvalidInput
from incident_bot.store import people
from incident_bot.store.database import Tx


def require_able_to_command(tx: Tx, user_id: str) -> None:
    """Raise InvalidInput for an app and for somebody whose account is deactivated."""
    person = people.find(tx, user_id)
    if person is None or not (person.is_bot or person.is_deactivated):
        return
    why = "is an app" if person.is_bot else "has a deactivated account"
    raise InvalidInput(
        f"{person.name} {why} and cannot take command. Pick somebody else.", field="commander"
    )
