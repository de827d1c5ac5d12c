"""A template for declaring an incident, and which of its questions were answered."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from incident_bot.domain.incidents import Severity
from incident_bot.domain.text import folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of incident with what to write about it; an empty service leaves the choice open.

    Lines of the description that end in a question mark or a colon are questions.
    """

    name: str
    title: str
    severity: Severity
    service: str
    description: str
    enabled: bool


_BULLET: Final = re.compile(r"^(?:[\s>*•·-]+|\d+[.)]\s+)+")
_QUESTION: Final = re.compile(r"[?:][)\]\"']*$")
_SEVERAL: Final = re.compile(r"(?<=\?)\s+")
_NOTHING: Final = re.compile(r"[\s?:;,._*•·…|/()-]*")


def answered(text: str, templates: Iterable[Template]) -> str:
    """Return what somebody wrote, without the questions of templates that have no answer.

    An answer stands behind its question or on the lines that follow. A question that is of no
    template is somebody's own, and stays.
    """
    own = {_bare(line) for each in templates for line in each.description.splitlines()}
    asked = _questions(own)
    kept: list[str] = []
    waiting: list[str] = []  # a question, and what is blank behind it
    for line in text.splitlines():
        bare = _bare(line)
        is_question = bare.startswith(asked)
        if not _says_nothing(bare, asked):
            if not is_question and bare not in own:
                kept += waiting
            waiting = []
            kept.append(line)
        elif is_question:
            waiting = [line]
        else:
            (waiting or kept).append(line)
    return "\n".join(kept).strip()


def _bare(line: str) -> str:
    """Return a line as it is compared: folded, without a bullet or a number before it."""
    return _BULLET.sub("", folded(line))


def _questions(lines: Iterable[str]) -> tuple[str, ...]:
    """Return each question of these lines, the longest first; a line may hold several."""
    found = {part for line in lines if _QUESTION.search(line) for part in _SEVERAL.split(line)}
    return tuple(sorted(found, key=len, reverse=True))


def _says_nothing(bare: str, asked: Iterable[str]) -> bool:
    """Say whether nothing is left of a line once the questions and punctuation are gone."""
    for question in asked:
        bare = bare.replace(question, "")
    return _NOTHING.fullmatch(bare) is not None
