"""The check that somebody can take command."""

from incident_bot.domain import permissions
from incident_bot.store import people
from incident_bot.store.database import Tx


def require_able_to_command(tx: Tx, user_id: str) -> None:
    """Raise InvalidInput for whomever command cannot be handed to, saying why."""
    person, standing = people.with_standing(tx, user_id)
    permissions.require_able_to_command(user_id, person, standing)
