"""A tour of the workspace, for somebody who is new to it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from slack_sandbox.model import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Something to try: what it shows, in mrkdwn, and the line to type for it, if it is one."""

    shows: str
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """`facts` are mrkdwn, about who is who and what is announced where."""

    facts: Sequence[str]
    tries: Sequence[Try]

    def as_json(self) -> Json:
        return asdict(self)
