"""Scopes of a bot token: the default ones, and those each kind of channel asks for."""

_DEFAULT = """
commands chat:write chat:write.public channels:manage channels:join channels:read
channels:history groups:write groups:read groups:history im:write im:read im:history
users:read users:read.email usergroups:read pins:read pins:write bookmarks:read bookmarks:write
reactions:read reactions:write files:write canvases:write
"""
DEFAULT_SCOPES = frozenset(_DEFAULT.split())

_FAMILY = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


def asked(purpose: str, kind: str) -> tuple[str, ...]:
    """The scopes of which any one allows `purpose` in that kind of channel."""
    family = _FAMILY[kind]
    if purpose in ("read", "history"):
        return (f"{family}:{purpose}",)
    broad = ("channels:manage", "channels:write") if kind == "public" else (f"{family}:write",)
    if purpose == "topic":
        return (*broad, f"{family}:write.topic")
    if purpose == "invite" and kind in ("public", "private"):
        return (*broad, f"{family}:write.invites")
    return broad
