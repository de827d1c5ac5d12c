"""Every client reaches its vendor in the same way: through these proxies, trusting these.

Proxies are those of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as requests reads them; this
machine itself is reached without one.
"""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from requests.utils import (
    DEFAULT_CA_BUNDLE_PATH,
    get_environ_proxies,
    select_proxy,
)

from incident_bot.settings.urls import is_this_machine

_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@cache
def tls_context() -> ssl.SSLContext:
    """Return the process's own context: building one takes 40 ms, and threads may share it.

    It trusts what SSL_CERT_FILE and SSL_CERT_DIR name, else the system's certificates, else those
    of certifi; and what REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names as well.
    """
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    for name in _BUNDLES:
        if path := os.environ.get(name):
            is_folder = Path(path).is_dir()
            context.load_verify_locations(**{"capath" if is_folder else "cafile": path})
    return context


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy to this URL, with its user and password, or None."""
    if is_this_machine(urlsplit(url).hostname or ""):
        return None
    proxy = select_proxy(url, get_environ_proxies(url))
    # requests takes the user of `user:password@host:3128` for a scheme.
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def way_to(url: str) -> str:
    """Say where a request goes, for a log: the host, and the proxy with the variable it is from."""
    host = urlsplit(url).hostname or "?"
    proxy = proxy_for(url)
    if proxy is None:
        return host
    parts = urlsplit(proxy)
    return f"{host} through {parts.hostname}:{parts.port or ''} ({proxy_variable(url)})"


def proxy_variable(url: str) -> str:
    """Return the variable that names the proxy to this URL."""
    names = (f"{urlsplit(url).scheme}_proxy", "all_proxy")
    spelled = [each for name in names for each in (name, name.upper())]
    return next((each for each in spelled if os.environ.get(each)), "the system's settings")
