"""Limits where a response_url may lead: a signed request must not make us call anybody else."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit


def is_allowed(url: str, origins: Sequence[str]) -> bool:
    """Return whether the URL's scheme, host and port are exactly those of one of the origins."""
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return False
    return any(
        (parts.scheme, parts.hostname, _port(parts.scheme, port)) == _parts(origin)
        for origin in origins
    )


def _parts(origin: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(origin)
    return parts.scheme, parts.hostname, _port(parts.scheme, parts.port)


def _port(scheme: str, port: int | None) -> int | None:
    return port if port is not None else {"https": 443, "http": 80}.get(scheme)
