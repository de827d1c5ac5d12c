"""Addresses: read by the very libraries that will use them, and never shown.

A refusal quotes nothing: whatever is wrong with an address, a part of its password may stand where
the library sees a port or an option.
"""

import ipaddress
import re
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from redis import ConnectionPool

from incident_bot.settings.secret import Secret
from incident_bot.settings.values import Wrong, listed, shown

PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
"""Every client reads these, in lower case too."""

CERTIFICATES: Final = {
    "SSL_CERT_FILE": "file",
    "SSL_CERT_DIR": "folder",
    "REQUESTS_CA_BUNDLE": "file or folder",
    "CURL_CA_BUNDLE": "file or folder",
}
"""These variables name the certificates that every client trusts, as a file or a folder."""

_ESCAPE: Final = (
    "write special characters of the user and password as %23 for #, %2F for /, %3F for ?, "
    "%40 for @, %3A for : and %25 for %"
)
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_LOOPBACK: Final = ("localhost", "localhost.localdomain", "ip6-localhost")


def database_url(value: str) -> Secret:
    """Take what libpq takes as a URI."""
    if not re.match(r"postgres(ql)?://", value):
        raise Wrong("it must look like postgresql://user:password@host:5432/name")
    try:
        found = {name: str(given) for name, given in conninfo_to_dict(value).items()}
    except (ProgrammingError, ValueError) as error:
        if "query parameter" in str(error):
            raise Wrong(
                "it has an option after the ? that PostgreSQL's own client does not know, such as "
                f"pgbouncer=true: take it out. If the ? is part of the password, {_ESCAPE}"
            ) from None
        raise Wrong(f"it cannot be read: {_ESCAPE}") from None
    if not all(_is_port(port) for port in found.get("port", "").split(",") if port):
        raise Wrong(f"its port must be a number from 1 to 65535; {_ESCAPE}")
    if any(re.search(r"[\s/@:#?%]", host) for host in _hosts(found)):
        raise Wrong(f"its host cannot be one; {_ESCAPE}")
    if found.get("sslmode", "prefer") not in _SSL_MODES:
        raise Wrong(f"its sslmode must be one of {', '.join(_SSL_MODES)}")
    if not re.fullmatch(r"-?[0-9]{1,6}", found.get("connect_timeout", "0")):
        raise Wrong("its connect_timeout must be a number of seconds")
    return Secret(value)


def _hosts(found: Mapping[str, str]) -> list[str]:
    """Return the hosts that are names or addresses; a folder holds a Unix socket, @ an abstract."""
    hosts = found.get("host", "").split(",")
    return [host for host in hosts if host[:1] not in ("/", "@") and not _is_address(host)]


def redis_url(value: str) -> Secret:
    """Take what redis-py takes."""
    if not re.match(r"(rediss?|unix)://", value):
        raise Wrong("it must look like redis://host:6379/0 (rediss:// for TLS)")
    try:
        parts = urlsplit(value)
        if parts.scheme != "unix" and (not parts.hostname or parts.port == 0):
            raise ValueError
        if not re.fullmatch(r"(/[0-9]*)?", parts.path) and parts.scheme != "unix":
            raise ValueError
        # Made, not connected: this is where an unknown option is found.
        ConnectionPool.from_url(value).make_connection()
    except TypeError:
        raise Wrong(
            "it has an option after the ? that the client does not know: take it out. "
            f"If the ? is part of the password, {_ESCAPE}"
        ) from None
    except Exception:  # whatever a library makes of it, it cannot be used
        raise Wrong(f"it cannot be read; {_ESCAPE}") from None
    return Secret(value)


def http_url(value: str) -> str:
    """Take the address of an API, which ends with a slash afterwards."""
    parts = _web_parts(value)
    if parts is None or "@" in parts.netloc or parts.query or parts.fragment:
        raise Wrong("it must be a full URL, for example https://slack.com/api/")
    _require_tls(parts)
    return value.rstrip("/") + "/"


def public_url(value: str) -> str:
    """Take the address of a web server, without a path, or none."""
    if not value:
        return ""
    parts = _web_parts(value)
    if parts is None or "@" in parts.netloc or parts.query or parts.fragment:
        raise Wrong("it must be a full address, for example https://bot.example.com")
    if parts.path not in ("", "/"):
        raise Wrong("it must end after the host, as in https://bot.example.com")
    _require_tls(parts)
    return value.rstrip("/")


def secret_url(value: str) -> Secret:
    """Take an address that is a key itself, such as those of services that await a heartbeat."""
    if value:
        parts = _web_parts(value)
        is_plain = value.isascii() and "@" not in value and "#" not in value
        if parts is None or not is_plain or not (parts.path.strip("/") or parts.query):
            raise Wrong(
                "it must be a full URL, as it is shown there: https://hc-ping.com/your-uuid"
            )
        _require_tls(parts)
    return Secret(value)


def origins(value: str) -> tuple[str, ...]:
    """Take origins, separated by commas."""
    for word in listed(value):
        parts = _web_parts(word)
        if parts is None or word != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
            raise Wrong(f"{shown(word)} is not an origin like https://hooks.slack.com")
        _require_tls(parts)
    return listed(value)


def host(value: str) -> str:
    """Take an address to listen on, an IPv6 one with or without brackets, or a host name."""
    bare = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    is_name = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252})", bare)
    if not (_is_address(bare) or (is_name and bare == value)):
        raise Wrong("it must be an address or a host name, such as 0.0.0.0 or ::, without a port")
    return value


def wrong_proxies(environ: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the proxies that the environment names, for every client."""
    return [
        f"{name}: it must look like http://user:password@proxy.example.com:3128; {_ESCAPE}"
        for spelled in PROXIES
        for name in (spelled, spelled.lower())
        if environ.get(name) and not _is_proxy(environ[name].strip())
    ]


def wrong_certificates(environ: Mapping[str, str]) -> list[str]:
    """Return which variables about trust name nothing: every call of a vendor would fail."""
    named = {name: Path(environ[name]) for name in CERTIFICATES if environ.get(name)}
    holds = cache(_holds_certificate)  # they mostly name the same file
    faults = {name: _trust_fault(name, at, holds) for name, at in named.items()}
    return [f"{name}: {fault}" for name, fault in faults.items() if fault]


def _trust_fault(name: str, path: Path, holds_certificate: Callable[[Path], bool]) -> str | None:
    kind = CERTIFICATES[name]
    if path.is_dir() and "folder" in kind:  # its files are read when one of them is wanted
        return None
    if not (path.is_file() and "file" in kind):
        return f"there is no {kind} {path}"
    if not holds_certificate(path):
        return f"no certificate can be read from the file {path}, which must hold some as PEM text"
    return None


def _holds_certificate(file: Path) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=file)
    except OSError:  # also what is no certificate
        return False
    return context.cert_store_stats()["x509"] > 0


def _is_proxy(value: str) -> bool:
    parts = _web_parts(value if "://" in value else f"http://{value}")
    return parts is not None and parts.path in ("", "/") and not parts.query and not parts.fragment


def _require_tls(parts: SplitResult) -> None:
    if parts.scheme == "http" and not is_this_machine(parts.hostname or ""):
        raise Wrong("it must begin with https://, as only this machine is reached without TLS")


def is_this_machine(host: str) -> bool:
    """Say whether a host name or address leads to this machine itself."""
    return host.lower() in _LOOPBACK or (
        _is_address(host) and ipaddress.ip_address(host).is_loopback
    )


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_port(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,5}", value)) and 1 <= int(value) <= 65535


def _web_parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if valid and not re.search(r"[\s\x00-\x1f]", value) else None
