"""Looks at Redis, which only wakes the workers: what it loses, a sweep finds within seconds."""

from typing import Final

from incident_bot.clients import redis_lookup
from incident_bot.clients.redis_lookup import Server
from incident_bot.doctor.installation import Installation
from incident_bot.domain.findings import Finding, fine, warning, wrong
from incident_bot.errors import UserError

_URL: Final = "REDIS_URL"
_DROPS_JOBS: Final = "allkeys"
"""The policies that begin so drop any key; the others leave jobs, which do not expire."""


def look(installation: Installation) -> list[Finding]:
    try:
        found = redis_lookup.state(installation.config.redis_url)
    except UserError as error:
        return [wrong(_URL, str(error))]
    return judged(found)


def judged(found: Server) -> list[Finding]:
    """Judge a server by its own account."""
    if found.is_too_old:
        text = f"{found} is too old: the bot needs Redis 6.2 or Valkey 7.2 or later."
        return [wrong(_URL, text)]
    if found.refusal:
        text = (
            f"{found} takes no writes ({found.refusal}): name the primary, give it room, or let "
            "the role do what RQ does."
        )
        return [wrong(_URL, text)]
    kept = (
        "its keys are kept over a restart"
        if found.is_durable
        else "its keys are gone after a restart, by which nothing is lost"
    )
    findings = [fine(_URL, f"{found} answers and takes writes; {kept}.")]
    if found.is_bounded and found.eviction.startswith(_DROPS_JOBS):
        findings.append(
            warning(
                _URL,
                f"maxmemory-policy is {found.eviction}, so that a full Redis drops jobs and each "
                "waits for a sweep: set `maxmemory-policy noeviction`.",
            )
        )
    return findings
