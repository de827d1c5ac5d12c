"""A wish to declare an incident, checked, however it was expressed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from incident_bot.domain.incidents import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    Severity,
    checked_description,
    checked_title,
    parse_service,
    parse_severity,
    services_called,
)
from incident_bot.domain.templates import Template, answered
from incident_bot.domain.text import (
    first_word,
    machine_word,
    sanitize,
    visible,
    without_separator,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRequest:
    """A checked wish to declare: its severity and service exist, and its title fits."""

    title: str
    severity: Severity
    service: str
    declarer_user_id: str
    commander_user_id: str
    description: str

    @classmethod
    def parse(
        cls,
        *,
        title: str,
        severity: str,
        service: str,
        declarer_user_id: str,
        commander_user_id: str,
        description: str = "",
        services: Sequence[str],
        templates: Sequence[Template] = (),
    ) -> "DeclareRequest":
        """Read it from words of any origin; raises InvalidInput, naming the field.

        Questions of the templates that the description does not answer are left out.
        """
        return cls(
            severity=parse_severity(sanitize(severity)),
            service=parse_service(service, services),
            title=checked_title(sanitize(title)),
            declarer_user_id=declarer_user_id,
            commander_user_id=commander_user_id,
            description=checked_description(answered(sanitize(description), templates)),
        )


_SEVERITY: Final = re.compile(r"(?:p|sev|severity)[- ]?([0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenDeclare:
    """A declaration in one line, as far as it was understood.

    `is_whole` says that it names everything, so that it can be declared as it is. The words for
    people are the title, shortened where it has too many; then the description has all of them.
    """

    severity: Severity | None = None
    service: str = ""
    title: str = ""
    description: str = ""
    is_whole: bool = False


def understood(text: str, services: Sequence[str]) -> SpokenDeclare:
    """Read a line: severity and service in any order, and then what is wrong.

    Where there is only one service it need not be named. A severity that does not exist, such as
    P0, is taken for the nearest one, and never declared as it is.
    """
    said, is_exact, rest = SpokenDeclare(), True, text
    while True:
        found, exact, after = _next_fact(rest, said, services)
        if found is said:
            break
        said, is_exact, rest = found, is_exact and exact, without_separator(after)
    if said.severity is None and rest.strip():  # a sentence that begins with a service stays whole
        rest = text
    words = rest.strip() if visible(rest) else ""
    title = " ".join(words.split())
    if not said.service and len(services) == 1:
        said = replace(said, service=services[0])
    is_named = said.severity is not None and said.service != ""
    return replace(
        _with_mentioned(said, words, services),
        title=cut_title(title),
        description=words[:MAX_DESCRIPTION] if len(title) > MAX_TITLE else "",
        is_whole=is_named and is_exact and 0 < len(title) <= MAX_TITLE,
    )


def _next_fact(
    text: str, said: SpokenDeclare, services: Sequence[str]
) -> tuple[SpokenDeclare, bool, str]:
    """Read a severity or a service at the beginning, if one stands there that is still missing.

    Also return whether it exists as it was said, and what follows. The name of a service may
    contain what else would separate it from the title.
    """
    for is_glued in (False, True):
        word, rest = first_word(text, is_glued=is_glued)
        number = _SEVERITY.fullmatch(machine_word(word))
        if said.severity is None and number:
            level = int(number[1])
            return replace(said, severity=_nearest(level)), 1 <= level <= len(Severity), rest
        if not said.service and len(called := services_called(word, services)) == 1:
            return replace(said, service=called[0]), True, rest
    return said, True, text


def _with_mentioned(said: SpokenDeclare, text: str, services: Sequence[str]) -> SpokenDeclare:
    """Add what is missing and mentioned later on, if only one is; a form shows it first."""
    if said.severity is not None and said.service:
        return said
    words = text.split()
    numbers = {found[1] for word in words if (found := _SEVERITY.fullmatch(machine_word(word)))}
    named = [services_called(word, services) for word in words]
    mentioned = {called[0] for called in named if len(called) == 1}
    if said.severity is None and len(numbers) == 1:
        said = replace(said, severity=_nearest(int(*numbers)))
    if not said.service and len(mentioned) == 1:
        said = replace(said, service=mentioned.pop())
    return said


def _nearest(level: int) -> Severity:
    return list(Severity)[min(max(level, 1), len(Severity)) - 1]


def cut_title(title: str) -> str:
    """Shorten a title at the end of a word, where there is one."""
    if len(title) <= MAX_TITLE:
        return title
    kept = title[: MAX_TITLE - 1]
    return (kept.rpartition(" ")[0] or kept) + "…"
