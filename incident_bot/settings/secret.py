"""A value that must not be shown."""


class Secret:
    """A value that never shows itself in a log, a traceback or a repr; false when empty.

    Not a string: the JSON encoder would write a subclass of str as it is.
    """

    __slots__ = ("_hidden",)

    def __init__(self, value: str) -> None:
        self._hidden = value

    def reveal(self) -> str:
        """Return the value itself, for the one call that needs it."""
        return self._hidden

    def __bool__(self) -> bool:
        return bool(self._hidden)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._hidden == other._hidden

    def __hash__(self) -> int:
        return hash(self._hidden)

    def __repr__(self) -> str:
        return "'***'"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _: str) -> str:
        return "***"
