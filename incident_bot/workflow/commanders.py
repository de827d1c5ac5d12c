"""Look somebody up: what they count as here, and whether they can take command."""

from incident_bot.domain import permissions
from incident_bot.domain.people import Person, Standing
from incident_bot.settings import Settings
from incident_bot.store import people
from incident_bot.store.database import Tx


def with_standing(tx: Tx, user_id: str, settings: Settings) -> tuple[Person | None, Standing]:
    """Return somebody, if the directory knows them, and what they count as here."""
    person, standing = people.with_standing(tx, user_id)
    return person, standing_here(standing, settings)


def standing_here(standing: Standing, settings: Settings) -> Standing:
    """Return what somebody counts as here: a guest is a member where GUESTS says so."""
    is_trusted = standing is Standing.GUEST and settings.guests
    return Standing.MEMBER if is_trusted else standing


def require_able_to_command(tx: Tx, user_id: str, settings: Settings) -> None:
    """Raise InvalidInput for whomever command cannot be handed to, saying why."""
    person, standing = with_standing(tx, user_id, settings)
    permissions.require_able_to_command(user_id, person, standing)
