"""Looks at the settings themselves, as `incident-bot check` does."""

from incident_bot import settings
from incident_bot.doctor.installation import Installation
from incident_bot.domain.findings import Finding, fine, warning, wrong
from incident_bot.settings import inspection


def look(installation: Installation) -> list[Finding]:
    environ = installation.environ
    if faults := settings.errors_in(environ):
        return [_named(each) for each in faults]
    file = inspection.file_in_use()
    source = f"the environment and {file}" if file.is_file() else "the environment"
    odd = [warning("settings", each) for each in inspection.oddities(environ)]
    return [fine("settings", f"Those from {source} can be read."), *odd]


def _named(fault: str) -> Finding:
    """Take a fault's setting, which it begins with, for what it is about."""
    name, mark, text = fault.partition(": ")
    return wrong(name, text) if mark else wrong("settings", fault)
