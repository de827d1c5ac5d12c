"""Try the bot in the browser, with everything it needs.

That is a sandbox of Slack, the web process, the worker and their servers. It starts its own
PostgreSQL and Valkey unless DATABASE_URL or REDIS_URL is set. All data is kept in one folder for
the next start.
"""

import contextlib
import fcntl
import os
import secrets
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from incident_bot import settings
from incident_bot.cli._help import examples
from incident_bot.cli._programs import own_command, require_sandbox
from incident_bot.embedded import process
from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.process import LOOPBACK, CannotStart
from incident_bot.embedded.supervisor import Program, Supervisor
from incident_bot.embedded.valkey import Valkey
from incident_bot.errors import ConfigError
from incident_bot.settings import Secret
from incident_bot.store import heartbeats, statuspage, workspace
from incident_bot.store.database import Database, Tx

F = TypeVar("F", bound=Callable[..., Any])

_READY_SECONDS = 60.0
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What the sandbox's workspace needs; a value from the environment wins.
_DEFAULTS = {
    "SERVICES": "api-gateway,checkout,payments,search,website",
    "SERVICE_OWNERS": '{"api-gateway":["U0BEN","U0EVE"],"checkout":["U0CLEO"]}',
    "P1_CHANNELS": "C0P1",
    "P2_CHANNELS": "C0P2",
    "P1_USERS": "U0DAN",
    "ADMINS": "U0ADA",
    "STATUSPAGE_PUBLISH": "ask",
}
# The sandbox's own status page.
_STATUSPAGE = {
    "STATUSPAGE_API_KEY": "sandbox-statuspage-key",
    "STATUSPAGE_PAGE_ID": "sandboxpage",
}
_COMPONENTS = (
    ("api-gateway", "comp-api", "API"),
    ("checkout", "comp-checkout", "Checkout"),
    ("payments", "comp-payments", "Payments"),
    ("payments", "comp-checkout", "Checkout"),
    ("search", "comp-search", "Search"),
    ("website", "comp-website", "Website"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ports:
    """The ports of the bot's web process, and of the sandbox.

    In Socket Mode there is no web process: `incident-bot socket` is in its place.
    """

    port: int
    sandbox_port: int
    is_socket: bool = False


def _port(option: str, variable: str, port: int, meaning: str) -> Callable[[F], F]:
    """Make the option of a port, which may come from the environment too."""
    return click.option(
        option,
        type=click.IntRange(1, 65535),
        metavar="PORT",
        envvar=variable,
        default=port,
        show_default=True,
        show_envvar=True,
        help=meaning,
    )


@click.command(
    help=__doc__, epilog=examples("dev", "dev --port 3001 --sandbox-port 4001", "dev --socket")
)
@_port("--port", "PORT", 3000, "The port of the bot's web process.")
@_port("--sandbox-port", "SANDBOX_PORT", 4000, "The port of the page to open.")
@click.option("--socket", is_flag=True, help="Have Slack reach the bot in Socket Mode.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path(".dev"),
    metavar="FOLDER",
    show_default=True,
    help="The folder for data and logs.",
)
def command(port: int, sandbox_port: int, socket: bool, state: Path) -> None:
    require_sandbox()
    ports = _Ports(port=port, sandbox_port=sandbox_port, is_socket=socket)
    for sign in _ENDINGS:
        signal.signal(sign, _interrupt)
    try:
        with _only_one(state.absolute(), _url(sandbox_port)) as folder:
            _run_all(ports, folder)
    except (FileExistsError, NotADirectoryError):
        raise ConfigError(f"{state} is no folder: name another one with --state.") from None
    except PermissionError as error:
        raise ConfigError(f"{error}: was it made by another user?") from None
    except CannotStart as error:
        raise ConfigError(str(error)) from None
    except KeyboardInterrupt:
        print("Stopped.")


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _only_one(state: Path, url: str) -> Iterator[Path]:
    """Hold the folder's lock, which the system releases however we end."""
    state.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (state / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise ConfigError(f"It is running already with {state}: {lock.read()}") from None
        lock.truncate(0)
        lock.write(f"open {url}, or stop process {os.getpid()}.")
        lock.flush()
        yield state


def _run_all(ports: _Ports, state: Path) -> None:
    with Supervisor(_say) as supervisor, _undisturbed_end():
        servers = _start_servers(supervisor, state)
        environment = {**os.environ, **_settings(ports, servers)}
        sandbox, *bot = programs = _programs(ports, state, environment)
        _require_ports(ports, programs)
        supervisor.supervise(sandbox)
        process.run(own_command("migrate"), log=state / "logs" / "migrate.log", env=environment)
        _map_services(environment)
        began = _now(environment)
        for program in bot:
            supervisor.supervise(program)
        _wait_for_answers(ports, supervisor, environment, began)
        _say(f"Open {_url(ports.sandbox_port)} - data and logs are in {state}; Ctrl-C stops.")
        while True:
            supervisor.restart_exited()
            time.sleep(0.2)


@contextlib.contextmanager
def _undisturbed_end() -> Iterator[None]:
    """A second Ctrl-C does not break off the stopping."""
    try:
        yield
    finally:
        for sign in _ENDINGS:
            signal.signal(sign, signal.SIG_IGN)


def _start_servers(supervisor: Supervisor, state: Path) -> dict[str, str]:
    """Return DATABASE_URL and REDIS_URL: those given, else of servers started here."""
    if os.environ.get("DATABASE_URL"):
        _require_own(settings.database_url())
    return {
        name: os.environ.get(name) or supervisor.supervise(kind(state))
        for name, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey))
    }


def _require_own(database_url: Secret) -> None:
    """Refuse a database that this command did not make, before it is touched.

    Else the messages of whoever it belongs to would go to the sandbox, and Slack would be refused.
    """
    from slack_sandbox.model import TEAM_ID

    with Database(database_url, pool_size=1) as database:
        try:
            is_ours = database.run(lambda tx: workspace.is_free_for(tx, TEAM_ID))
        except database.faults as error:
            problem = type(error).__name__
            raise ConfigError(
                f"The database of DATABASE_URL does not answer ({problem})."
            ) from None
    if not is_ours:
        raise ConfigError(
            "DATABASE_URL names a database that holds something else already. Unset it, for this "
            "command makes a database of its own: env -u DATABASE_URL incident-bot dev"
        )


def _settings(ports: _Ports, servers: dict[str, str]) -> dict[str, str]:
    """Make the programs' environment, which never points at real vendors."""
    sandbox = _url(ports.sandbox_port)
    given = {
        **{name: os.environ.get(name) or value for name, value in _DEFAULTS.items()},
        **servers,
        "HOST": LOOPBACK,
        "PORT": str(ports.port),
        # Anew at each start: a page that knew them could speak as Slack to a bot that runs here.
        "SLACK_BOT_TOKEN": f"xoxb-sandbox-{secrets.token_hex(16)}",
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),
        "SLACK_API_URL": f"{sandbox}/api/",
        "SLACK_RESPONSE_ORIGINS": sandbox,
        "STATUSPAGE_API_URL": f"{sandbox}/statuspage/v1/",
        **_STATUSPAGE,
    }
    if ports.is_socket:
        given["SLACK_APP_TOKEN"] = f"xapp-sandbox-{secrets.token_hex(16)}"
    # Whoever keeps a secret of the real bot in a file would have set both.
    return {**{f"{name}_FILE": "" for name in given}, **given, "PYTHONUNBUFFERED": "1"}


def _map_services(environment: dict[str, str]) -> None:
    """Show the services on the sandbox's status page, unless somebody mapped any already."""
    with Database(Secret(environment["DATABASE_URL"]), pool_size=1) as database:
        database.run(_map_unmapped)


def _map_unmapped(tx: Tx) -> None:
    if not statuspage.mappings(tx):
        for service, component_id, name in _COMPONENTS:
            statuspage.map_service(tx, service, component_id, name)


def _programs(ports: _Ports, state: Path, environment: dict[str, str]) -> list[Program]:
    sandbox = ["--port", str(ports.sandbox_port), "--app-url", _url(ports.port)]
    sandbox += ["--socket"] if ports.is_socket else []
    way = "socket" if ports.is_socket else "web"
    commands = {
        "sandbox": own_command("sandbox", *sandbox, "--state", str(state / "sandbox.json")),
        "worker": own_command("worker"),
        way: own_command(way),
    }
    return [
        Program(name, argv, env=environment, state_dir=state) for name, argv in commands.items()
    ]


def _require_ports(ports: _Ports, programs: list[Program]) -> None:
    if ports.port == ports.sandbox_port:
        raise ConfigError(
            f"--port and --sandbox-port are both {ports.port}: choose another for one of them, "
            f"for example: make run ARGS='--port {ports.port + 1}'"
        )
    for program in programs:
        program.forget_earlier()
    wanted = (
        ("--port", "PORT", ports.port),
        ("--sandbox-port", "SANDBOX_PORT", ports.sandbox_port),
    )
    for option, variable, port in wanted:
        if process.port_stays_taken(port):
            raise ConfigError(
                f"Port {port} is taken: choose another with {option} or {variable}, "
                f"for example: make run ARGS='{option} {port + 1}'"
            )


def _now(environment: dict[str, str]) -> datetime:
    """Return the time by the database's clock."""
    with Database(Secret(environment["DATABASE_URL"]), pool_size=1) as database:
        return database.run(lambda tx: tx.now)


def _wait_for_answers(
    ports: _Ports, supervisor: Supervisor, environment: dict[str, str], began: datetime
) -> None:
    """Wait until the page answers, and the bot: by its own page, or by a connection to Slack."""
    deadline = time.monotonic() + _READY_SECONDS

    def wait_for(is_there: Callable[[], bool], what: str) -> None:
        while not is_there():
            supervisor.require_all()
            if time.monotonic() > deadline:
                raise CannotStart(f"{what}, even after {_READY_SECONDS:g} s.")
            time.sleep(0.05)

    page, livez = _url(ports.sandbox_port), f"{_url(ports.port)}/livez"
    wait_for(lambda: _answers(page), f"{page} does not answer")
    if not ports.is_socket:
        wait_for(lambda: _answers(livez), f"{livez} does not answer")
        return
    with Database(Secret(environment["DATABASE_URL"]), pool_size=1) as database:

        def is_connected() -> bool:
            last = database.run(heartbeats.last_of_socket)
            return last is not None and last >= began

        wait_for(is_connected, "The socket has no connection to the sandbox")


def _answers(url: str) -> bool:
    # No proxy stands between us and ourselves, whatever http_proxy says.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), direct.open(url, timeout=2) as answer:
        return bool(answer.status == 200)
    return False


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _say(text: str) -> None:
    print(text, flush=True)
