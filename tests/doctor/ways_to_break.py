"""Ways to break a healthy installation, each at one place."""

import ssl
import subprocess
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from incident_bot.clients.network import tls_context
from incident_bot.settings.urls import CERTIFICATES
from incident_bot.store import deliveries, statuspage
from slack_sandbox.commands import INSTALLED
from tests.builders import drafted
from tests.clients.connect_proxy import connect_proxy
from tests.clients.vendor import says, vendor
from tests.doctor.healthy_stack import Stack

Break = Callable[[Stack], object]


def given(name: str, value: str) -> Break:
    return lambda stack: stack.set(name, value)


def ran(sql: str) -> Break:
    return lambda stack: stack.run(sql)


def user(user_id: str, setting: str = "P1_USERS", **more: object) -> Break:
    def broken(stack: Stack) -> None:
        if more:
            stack.slack.add_user(user_id, "zoe", **more)
        value = f'{{"checkout":["{user_id}"]}}' if setting == "SERVICE_OWNERS" else user_id
        stack.set(setting, value)

    return broken


def archived(stack: Stack) -> None:
    stack.slack.channel("C0P2").archived = True


def shared(stack: Stack) -> None:
    stack.slack.channel("C0P1").shared = True


def private(stack: Stack) -> None:
    stack.slack.add_channel("C0WAR", "war-room", private=True, members=["U0ADA"])
    stack.set("P1_CHANNELS", "C0WAR")


def scopeless(stack: Stack) -> None:
    stack.slack.workspace.scopes -= {"pins:write", "im:write"}


def installed(**changes: object) -> Break:
    return lambda stack: stack.slack.workspace.installed_in.update(changes)


def revoked(stack: Stack) -> None:
    stack.slack.revoke()


def slack_away(stack: Stack) -> None:
    stack.set("SLACK_API_URL", "http://127.0.0.1:1/api/")


def trusting_nobody(name: str) -> Break:
    def broken(stack: Stack) -> None:
        (stack.folder / "ca.pem").write_text("To be replaced by the certificate of the company.")
        stack.set(name, str(stack.folder / "ca.pem"))
        _trust_anew(stack)

    return broken


def _trust_anew(stack: Stack) -> None:
    tls_context.cache_clear()
    stack.cleanup.callback(tls_context.cache_clear)


def through_proxy(variable: str, proxy: str) -> Break:
    """Slack is at a host that is not this machine."""

    def broken(stack: Stack) -> None:
        stack.set("NO_PROXY", "")
        stack.set("SLACK_API_URL", "https://vendor.example/api/")
        stack.set(variable, proxy)

    return broken


def through_refusing_proxy(stack: Stack) -> None:
    proxy = stack.cleanup.enter_context(connect_proxy(1))
    through_proxy("HTTPS_PROXY", f"http://me:hush@127.0.0.1:{proxy.port}")(stack)


def untrusted_slack(stack: Stack) -> None:
    stack.set("SLACK_API_URL", f"{_signed_by_nobody(stack)}/api/")


def untrusted_public_address(stack: Stack) -> None:
    stack.set("PUBLIC_URL", _signed_by_nobody(stack))


def _signed_by_nobody(stack: Stack) -> str:
    """Return the address of a server with a certificate of its own making."""
    for name in CERTIFICATES:
        stack.set(name, "")
    _trust_anew(stack)
    key, certificate = stack.folder / "key", stack.folder / "certificate"
    how = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run(["openssl", "req", *how, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return stack.cleanup.enter_context(vendor(says("200 OK", b"OK"), tls=context)).origin


def late_slack(stack: Stack) -> None:
    clock = stack.slack.workspace.clock
    stack.slack.workspace.clock = lambda: clock() - 90


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def encoded(stack: Stack) -> None:
    """Another database on the same server, which cannot hold every character."""
    name = f"test_{uuid4().hex}"
    url = stack.bot.settings.database_url.reveal()
    execute(url, f"create database {name} encoding 'LATIN1' locale 'C' template template0")
    stack.cleanup.callback(execute, url, f"drop database {name} with (force)")
    stack.set("DATABASE_URL", f"{url.rpartition('/')[0]}/{name}")


def rightless(stack: Stack) -> None:
    """A role that may read everything, and write all but one table."""
    role = f"test_{uuid4().hex}"
    url = urlsplit(stack.bot.settings.database_url.reveal())
    execute(
        url.geturl(),
        f"create role {role} login password 'hush'",
        f"grant usage on schema public to {role}",
        f"grant select, insert, update, delete on all tables in schema public to {role}",
        f"revoke update on incidents from {role}",
    )
    stack.cleanup.callback(execute, url.geturl(), f"drop owned by {role}", f"drop role {role}")
    stack.set("DATABASE_URL", f"postgresql://{role}:hush@{url.hostname}:{url.port}{url.path}")


def silent_worker(stack: Stack) -> None:
    stack.bot.dispatcher.stop()
    stack.run(
        "update checkpoints set at = at - interval '1 minute' where name = 'sweep notifications'"
    )


def waiting(stack: Stack) -> None:
    stack.bot.dispatcher.stop()
    stack.bot.database.run(
        lambda tx: deliveries.add(tx, None, [drafted("direct_message", "U0DAN")])
    )
    stack.run("update deliveries set run_at = run_at - interval '5 minutes'")


def dead(stack: Stack) -> None:
    stack.bot.dispatcher.stop()
    stack.bot.database.run(
        lambda tx: deliveries.add(tx, None, [drafted("direct_message", "U0NOPE")])
    )
    stack.run(
        "update deliveries set state = 'dead', settled_at = run_at, reason = 'person',"
        " detail = 'user_not_found'"
    )


def mapped(service: str, component_id: str) -> Break:
    return lambda stack: stack.bot.database.run(
        lambda tx: statuspage.map_service(tx, service, component_id, "Search")
    )


def other_page(stack: Stack) -> None:
    stack.set("PUBLIC_URL", stack.slack.origin)


def passing_health_alone(stack: Stack) -> None:
    """A proxy before the bot lets nobody post."""
    server = vendor(says("200 OK", b"OK"), says("403 Forbidden", b"No"))
    stack.set("PUBLIC_URL", stack.cleanup.enter_context(server).origin)


def typed(stack: Stack, name: str = "/incident") -> None:
    """Ask for help by the command that the app has by this name."""
    if name not in INSTALLED:
        INSTALLED[name] = "The same by another name."
        stack.cleanup.callback(INSTALLED.pop, name)
    stack.slack.command("U0ADA", "C0GENERAL", f"{name} help")


def renamed(name: str) -> Break:
    return lambda stack: typed(stack, name)


def signed_by_another(stack: Stack) -> None:
    typed(stack)
    stack.slack.app.secret = "f" * 32
    typed(stack)


def app_token_without_scope(stack: Stack) -> None:
    stack.slack.workspace.app_scopes.clear()
    stack.set("SLACK_APP_TOKEN", "xapp-sandbox")


def readable_by_all(stack: Stack) -> None:
    (stack.folder / ".env").write_text("LOG_LEVEL=INFO\n")
    (stack.folder / ".env").chmod(0o644)
