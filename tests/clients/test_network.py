"""Every client reaches its vendor in the same way: through which proxy, and trusting whom."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from incident_bot.clients.network import proxy_for, tls_context
from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.clients.websocket import connect
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret
from tests.clients.connect_proxy import USER, ConnectProxy, connect_proxy
from tests.clients.vendor import Vendor, says, vendor

HOST: Final = "vendor.example"
BUNDLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")

Call = Callable[[str], None]


def _slack(origin: str) -> None:
    Slack(Secret("xoxb-1"), f"{origin}/api/", deadline_seconds=5).workspace()


def _response_url(origin: str) -> None:
    slack = Slack(Secret("xoxb-1"), "https://127.0.0.1:1/api/", deadline_seconds=5)
    slack.respond(f"{origin}/hooks/1", text="Hello", blocks=[], replace_original=False)


def _statuspage(origin: str) -> None:
    Statuspage(Secret("key"), "page", f"{origin}/v1/", deadline_seconds=5).components()


def _websocket(origin: str) -> None:
    """Reach a vendor that answers, and speaks no WebSocket."""
    url = f"{origin.replace('http', 'ws')}/link/?ticket=s3cr3t"
    try:
        connect(url, seconds=5, ping_seconds=60, silent_seconds=60)
    except DeliveryError as error:
        if error.detail != "HTTP 200":
            raise


CALLS: Final = {
    "slack": _slack,
    "response_url": _response_url,
    "statuspage": _statuspage,
    "websocket": _websocket,
}
ANSWERS: Final = {
    "slack": b'{"ok": true, "team_id": "T1", "user_id": "U1", "bot_id": "B1"}',
    "response_url": b"ok",
    "statuspage": b"[]",
    "websocket": b"ok",
}


@pytest.fixture(autouse=True)
def no_other_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither proxy nor certificates of this machine, and a context that is made anew."""
    for name in (*PROXIES, "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", *BUNDLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a company that only the operator trusts, and beside it the key."""
    file = tmp_path_factory.mktemp("authority") / "certificate"
    name = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    files = ("-keyout", file.with_name("key"), "-out", file)
    how = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    subprocess.run(["openssl", "req", *how, *name, *files], check=True, capture_output=True)
    return file


@pytest.fixture
def there(authority: Path, name: str) -> Iterator[Vendor]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key"))
    with vendor(says("200 OK", ANSWERS[name]), tls=context) as running:
        yield running


@pytest.fixture
def proxy(there: Vendor) -> Iterator[ConnectProxy]:
    with connect_proxy(int(there.origin.rpartition(":")[2])) as running:
        yield running


@pytest.fixture
def through_proxy(proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> str:
    """The way to the vendor, as a log names it, through a proxy that lets us in."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}@127.0.0.1:{proxy.port}")
    return f"{HOST} through 127.0.0.1:{proxy.port} (HTTPS_PROXY)"


def failure_of(call: Call) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        call(f"https://{HOST}")
    assert "s3cr3t" not in f"{caught.value!r} {caught.value.detail}"
    return caught.value


@pytest.mark.parametrize("variable", PROXIES)
@pytest.mark.parametrize("scheme", ["http://", ""])
@pytest.mark.parametrize("name", CALLS)
def test_each_client_gives_the_proxy_its_password(
    name: str,
    scheme: str,
    variable: str,
    proxy: ConnectProxy,
    there: Vendor,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, f"{scheme}{USER}@127.0.0.1:{proxy.port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    CALLS[name](f"https://{HOST}")
    assert proxy.asked_for == [f"{HOST}:443"]
    assert len(there.requests) == 1
    assert b"Proxy-Authorization" not in there.requests[0]


@pytest.mark.parametrize("name", CALLS)
def test_a_proxy_that_refuses_is_named_and_was_sent_nothing(
    name: str, proxy: ConnectProxy, there: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://bot:s3cr3t-of-old@127.0.0.1:{proxy.port}")
    error = failure_of(CALLS[name])
    assert error.detail == (
        f"ProxyError HTTP 407 {HOST} through 127.0.0.1:{proxy.port} (HTTPS_PROXY)"
    )
    assert (error.reason, error.retryable, error.ambiguous) == (Reason.CONNECTION, True, False)
    assert (proxy.refused, there.requests) == (1, [])


@pytest.mark.usefixtures("through_proxy")
@pytest.mark.parametrize("variable", BUNDLES)
@pytest.mark.parametrize("name", CALLS)
def test_each_client_trusts_whom_the_operator_names(
    name: str, variable: str, there: Vendor, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(authority))
    CALLS[name](f"https://{HOST}")
    assert len(there.requests) == 1


@pytest.mark.parametrize("name", CALLS)
def test_a_vendor_whom_nobody_trusts_is_named_with_what_to_set(
    name: str, through_proxy: str, there: Vendor
) -> None:
    error = failure_of(CALLS[name])
    assert error.detail == (
        f"SSLCertVerificationError {through_proxy}: SSL_CERT_FILE names whom to trust"
    )
    assert not error.ambiguous
    assert there.requests == []


@pytest.mark.parametrize(
    ("excepted", "url"),
    [
        ("slack.com", "https://slack.com/api/"),
        ("slack.com", "https://hooks.slack.com/1"),
        (".slack.com", "https://hooks.slack.com/1"),
        ("*", "https://slack.com/api/"),
        ("example.com, slack.com", "https://slack.com/api/"),
        ("slack.com:443", "https://slack.com:443/api/"),
        ("10.0.0.0/8", "https://10.1.2.3/api/"),
        ("", "https://localhost:5000/api/"),
        ("", "http://127.0.0.1:5000/api/"),
        ("", "http://[::1]:5000/api/"),
    ],
)
@pytest.mark.parametrize("spelled", ["NO_PROXY", "no_proxy"])
def test_who_is_excepted_is_reached_without_a_proxy(
    excepted: str, url: str, spelled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv(spelled, excepted)
    assert proxy_for(url) is None


@pytest.mark.parametrize("excepted", ["", "lack.com", "example.com", "11.0.0.0/8"])
def test_whoever_is_not_excepted_is_reached_through_it(
    excepted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", excepted)
    for url in ("https://slack.com/api/", "https://10.1.2.3/api/"):
        assert proxy_for(url) == "http://proxy.example:3128"


def test_a_proxy_for_plain_http_is_not_one_for_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert proxy_for("https://slack.com/api/") is None
    assert proxy_for("http://slack.example/api/") == "http://proxy.example:3128"
