"""Sanitize typed text: remove what no database can hold and no reader can see."""

import re
import unicodedata
from typing import Final

_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)


def sanitize(text: str) -> str:
    """Composed Unicode without controls, direction overrides or halves of characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", whole))
