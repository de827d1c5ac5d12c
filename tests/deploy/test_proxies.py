"""nginx and Caddy before the real web process: TLS, what they let through, who waits where."""

import contextlib
import http.client
import socket
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incident_bot.embedded import process
from tests.conftest import _database as database
from tests.conftest import _template as template
from tests.deploy.site import PROJECT, Site, check, redis_number, site

HOST = "incident-bot.example.com"
SLOW_CLIENTS = 500
SLOW_SECONDS = 20.0
P99_SECONDS = 0.5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of localhost; the key stands beside it."""
    place = tmp_path_factory.mktemp("certificate") / "fullchain.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", place.with_name("privkey.pem"), "-out", place),
        ],
        check=True,
        capture_output=True,
    )
    return place


def nginx(bot: Site, certificate: Path, port: int) -> list[str | Path]:
    """Our file as it is, but for the names and ports of this place."""
    ours = (PROJECT / "nginx" / "incident-bot.conf").read_text()
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{process.free_port()};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/incident-bot/": f"{certificate.parent}/",
        HOST: "localhost",
        "127.0.0.1:3000": f"127.0.0.1:{bot.port}",
    }.items():
        assert old in ours
        ours = ours.replace(old, new)
    (bot.folder / "incident-bot.conf").write_text(ours)
    whole = bot.folder / "nginx.conf"
    whole.write_text(
        f"daemon off;\npid {bot.folder}/nginx.pid;\nerror_log {bot.folder}/error.log;\n"
        "worker_processes 1;\nworker_rlimit_nofile 4096;\nevents { worker_connections 2048; }\n"
        f"http {{ access_log {bot.folder}/access.log; client_body_temp_path {bot.folder}/b;\n"
        f"proxy_temp_path {bot.folder}/p; fastcgi_temp_path {bot.folder}/f;\n"
        f"uwsgi_temp_path {bot.folder}/u; scgi_temp_path {bot.folder}/s;\n"
        f"include {bot.folder}/incident-bot.conf; }}\n"
    )
    # As root its worker is another user, who must pass through the test's folder.
    for place in (bot.folder, bot.folder.parent, bot.folder.parent.parent):
        place.chmod(0o711)
    return ["nginx", "-c", whole, "-e", bot.folder / "error.log"]


def caddy(bot: Site, certificate: Path, port: int) -> list[str | Path]:
    ours = (PROJECT / "nginx" / "Caddyfile").read_text()
    key = certificate.with_name("privkey.pem")
    place = f"https://localhost:{port} {{\n\ttls {certificate} {key}"
    ours = ours.replace(f"{HOST} {{", place, 1).replace("{\n\tservers", _OFF, 1)
    ours = ours.replace("127.0.0.1:3000", f"127.0.0.1:{bot.port}")
    whole = bot.folder / "Caddyfile"
    whole.write_text(ours)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", whole]


_OFF = "{\n\tadmin off\n\tauto_https off\n\tservers"
Proxy = Callable[[Site, Path, int], list[str | Path]]


class Front:
    """A proxy that runs before a running bot."""

    def __init__(self, bot: Site, certificate: Path, port: int) -> None:
        self.bot, self.port = bot, port
        self.url = f"https://localhost:{port}"
        self.certificate = certificate

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection(
            "localhost", self.port, context=self.trust, timeout=10
        )
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def nginx_front(running: Site, certificate: Path) -> Front:
    return start(nginx, running, certificate)


@pytest.fixture(scope="module")
def caddy_front(running: Site, certificate: Path) -> Front:
    return start(caddy, running, certificate)


@pytest.fixture(params=["nginx_front", "caddy_front"])
def front(request: pytest.FixtureRequest) -> Front:
    found: Front = request.getfixturevalue(request.param)
    found.bot.slack.app.url = found.url
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Site]:
    """A bot that runs for all of these tests."""
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.contextmanager(database)(template()) as database_url,
        site(tmp_path_factory.mktemp("bot"), database_url, redis_number(60)) as bot,
    ):
        patch.setenv("SSL_CERT_FILE", str(certificate))  # what the sandbox trusts
        bot.start("worker")
        bot.start("web")
        bot.wait_until_ready()
        yield bot


def start(proxy: Proxy, bot: Site, certificate: Path) -> Front:
    front = Front(bot, certificate, process.free_port())
    command = proxy(bot, certificate, front.port)
    bot.start_command(command, log=proxy.__name__, env={"HOME": str(bot.folder)})
    bot.wait_until_ready(front.url)
    return front


def test_a_signed_command_passes_and_an_unsigned_one_does_not(front: Front) -> None:
    front.bot.declare("Trouble 1")
    front.bot.settle()
    assert len(front.bot.slack.channel("C0P2").messages) == 1
    assert front.ask("POST", "/slack/commands", b"command=/incident").status == 401


def test_only_what_slack_and_operators_need_is_reachable(front: Front) -> None:
    assert front.ask("GET", "/readyz").status == 200
    assert front.ask("GET", "/anything").status == 404
    assert front.ask("POST", "/slack/commands", b"x" * 1_100_000).status in (413, 502)
    answer = front.ask("GET", "/livez")
    assert answer.getheader("Strict-Transport-Security") == "max-age=31536000"
    assert "gunicorn" not in str(answer.getheader("Server"))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(front: Front, version: ssl.TLSVersion) -> None:
    trust = front.trust
    trust.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        trust.maximum_version = version
    trust.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)version"),
    ):
        trust.wrap_socket(plain, server_hostname="localhost")


def test_health_checks_leave_no_trace_in_the_log(nginx_front: Front) -> None:
    for path in ("/livez", "/readyz", "/health", "/nothing"):
        nginx_front.ask("GET", path)
    log = nginx_front.bot.folder / "access.log"
    assert process.wait_until(lambda: "/nothing" in log.read_text(), 10)  # nginx answers first
    text = log.read_text()
    assert "/livez" not in text
    assert "/readyz" not in text
    assert "/health" not in text


@pytest.mark.parametrize("smuggled", ["te", "length", "fold"])
def test_requests_that_two_servers_could_read_differently_are_refused(
    nginx_front: Front, smuggled: str
) -> None:
    doubtful = {
        "te": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "length": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "fold": b"X-Slack-Signature: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    }[smuggled]
    plain = socket.create_connection(("127.0.0.1", nginx_front.port), timeout=10)
    with nginx_front.trust.wrap_socket(plain, server_hostname="localhost") as line:
        line.sendall(b"POST /slack/commands HTTP/1.1\r\nHost: localhost\r\n" + doubtful)
        assert line.recv(100).split()[1] in (b"400", b"401")


def test_five_hundred_slow_clients_do_not_slow_a_good_one(nginx_front: Front) -> None:
    bot = nginx_front.bot
    bot.slack.app.url = nginx_front.url
    until = time.monotonic() + SLOW_SECONDS
    numbers = [str(nginx_front.port), str(SLOW_SECONDS), str(SLOW_CLIENTS)]
    slow = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.slow", *numbers],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(5)  # until they are all connected; the handshakes themselves are work
    took = []
    while time.monotonic() < until:
        begun = time.monotonic()
        said = bot.slack.command("U0ADA", "C0GENERAL", "/incident list")
        took.append(time.monotonic() - begun)
        assert said.status == 200, said
        time.sleep(0.05)
    assert f"{SLOW_CLIENTS} connected" in slow.communicate(timeout=60)[0]
    p99 = statistics.quantiles(took, n=100)[98]
    print(f"{len(took)} requests among {SLOW_CLIENTS} slow clients, p99 {p99 * 1000:.0f} ms")
    assert len(took) > 50
    assert p99 < P99_SECONDS


def test_their_own_checks_pass(bot: Site, certificate: Path) -> None:
    command = nginx(bot, certificate, process.free_port())
    check(*command, "-t")
    said = check("gixy", bot.folder / "nginx.conf")
    assert "No issues found" in said, said
    check("caddy", "validate", "--adapter", "caddyfile", "--config", PROJECT / "nginx/Caddyfile")
