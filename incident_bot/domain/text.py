"""Sanitize typed text, and read those of its words that are meant for the bot.

Words for people stay as they were typed. Words for the bot, such as a severity, are read as they
were meant, whatever a phone or a copied page made of them.
"""

import re
import unicodedata
from typing import Final

_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that leave no mark (unicode.org: Default_Ignorable_Code_Point), and blank ones."""

_JOINERS: Final = "\u200c\u200d"
"""These shape what stands at both sides of them, so inside a word they belong to it."""

_INVISIBLE: Final = re.compile(f"[{_UNSEEN}]")
_START: Final = re.compile(rf"[\s{_UNSEEN}{_JOINERS}]*")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\u2e3a\u2e3b]")
_QUOTES: Final = "\"'`\u2018-\u201f\u00ab\u00bb\u2039\u203a"
_BEFORE: Final = re.compile(rf"^[\s{_QUOTES}-]+")
_AFTER: Final = re.compile(rf"[\s{_QUOTES}:;,.!?\u3001\u3002-]+$")
_LETTERS: Final = re.compile(rf"[{_QUOTES}]*((?:\w|[{_UNSEEN}])+)")
_SEPARATOR: Final = re.compile("[:;,\u2013\u2014\uff1a\uff1b\uff0c]")
_ALONE: Final = re.compile("[-:;,\u2010-\u2015\u2212\uff1a\uff1b\uff0c]+\\s+")


def sanitize(text: str) -> str:
    """Composed Unicode without controls, direction marks or halves of characters."""
    if _is_plain(text):
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", whole))


def _is_plain(text: str) -> bool:
    """Say whether there is nothing to sanitize, as in most words: a look instead of six passes."""
    return text.isascii() and text.isprintable()


def visible(text: str) -> str:
    """Return the text as it is, or nothing when nobody could see any of it."""
    bare = re.sub(f"[{_JOINERS}]", "", _INVISIBLE.sub("", text))
    return text if bare.strip() else ""


def folded(text: str) -> str:
    """Return what tells one word for the bot from another: one form, one case, one dash."""
    if _is_plain(text):
        return text.strip().lower()
    wide = unicodedata.normalize("NFKC", sanitize(text))
    plain = _DASHES.sub("-", _INVISIBLE.sub("", wide)).strip().strip(_JOINERS)
    return unicodedata.normalize("NFKC", plain.casefold())


def machine_word(text: str) -> str:
    """Return a word for the bot, folded, without the quotes and punctuation around it."""
    return _AFTER.sub("", _BEFORE.sub("", folded(text)))


def first_word(text: str, *, is_glued: bool = True) -> tuple[str, str]:
    """Split off the first word for the bot, as it was typed; the rest stays as it was typed.

    Punctuation that stands alone is no word. With `is_glued` a separator ends the word even
    where no space follows, as in “P2—all down”.
    """
    start = text[_START.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing too
    word, rest = _split(start, is_glued=is_glued)
    return first_word(rest, is_glued=is_glued) if rest and not machine_word(word) else (word, rest)


def without_separator(text: str) -> str:
    """Return what follows a word for the bot without a dash or colon that stands between them."""
    alone = _ALONE.match(text)
    return text[alone.end() :] if alone else text


def leading_word(text: str) -> tuple[str, str]:
    """Return the letters that the text begins with, folded, and all that follows as it is."""
    start = text[_START.match(text).end() :]  # type: ignore[union-attr]
    letters = _LETTERS.match(start)
    return (folded(letters[1]), start[letters.end() :]) if letters else ("", start)


def _split(text: str, *, is_glued: bool) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1) or [""]
    found = _SEPARATOR.search(word) if is_glued else None
    if found and machine_word(word[: found.start()]) and machine_word(word[found.end() :]):
        return word[: found.start()], text[found.end() :]
    return word, "".join(rest)
