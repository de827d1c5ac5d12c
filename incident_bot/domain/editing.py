"""Corrections of an incident: what it is called, which service it is on, what is said of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Final

from incident_bot.domain.incidents import (
    Incident,
    checked_description,
    checked_title,
    parse_service,
)
from incident_bot.domain.text import sanitize

_NAMED: Final = re.compile(r"\s*(title|service|description)\s*[:\uff1a]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The parts of an incident that can be corrected."""

    title: str
    service: str
    description: str

    @classmethod
    def of(cls, incident: Incident) -> "Wording":
        return cls(title=incident.title, service=incident.service, description=incident.description)

    @property
    def digests(self) -> dict[str, str]:
        """Return a digest of each part, by which a form knows what it showed."""
        return {name: _digest(text) for name, text in asdict(self).items()}

    def checked(self, services: Sequence[str]) -> "Wording":
        """Return it as an incident keeps it; raises InvalidInput, naming the field."""
        return Wording(
            title=checked_title(sanitize(self.title)),
            service=parse_service(self.service, services),
            description=checked_description(self.description),
        )

    def since(self, shown: Mapping[str, str], recorded: "Wording") -> tuple["Wording", list[str]]:
        """Return what to record for this, which a form wants that showed what `shown` digests.

        What was left as shown undoes nothing newer. Also return the parts that somebody else has
        corrected meanwhile, to something else.
        """
        wanted, now = asdict(self), asdict(recorded)
        for name in wanted:
            if _digest(wanted[name]) == shown[name]:
                wanted[name] = now[name]
        meanwhile = [name for name in now if _digest(now[name]) != shown[name]]
        return replace(self, **wanted), [name for name in meanwhile if wanted[name] != now[name]]


def choices(incident: Incident, services: Sequence[str]) -> tuple[str, ...]:
    """Return the services to choose from: also its own, were that no longer among the settings."""
    return tuple(dict.fromkeys((*services, incident.service)))


def named_part(text: str) -> tuple[str, str]:
    """Split a line such as “title: Checkout is slow”; no name where it does not begin with one."""
    found = _NAMED.match(text)
    return (found[1].lower(), text[found.end() :]) if found else ("", text)


def _digest(text: str) -> str:
    return sha256(text.strip().encode()).hexdigest()[:16]
