"""The faults that an installation may have, and what is said of each."""

from dataclasses import dataclass
from typing import Final

from tests.doctor.ways_to_break import (
    Break,
    app_token_without_scope,
    archived,
    dead,
    encoded,
    given,
    installed,
    late_slack,
    mapped,
    other_page,
    passing_health_alone,
    private,
    ran,
    readable_by_all,
    renamed,
    revoked,
    rightless,
    scopeless,
    shared,
    signed_by_another,
    silent_worker,
    slack_away,
    through_proxy,
    through_refusing_proxy,
    trusting_nobody,
    untrusted_public_address,
    untrusted_slack,
    user,
    waiting,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A thing that is broken, and what is said of it; `also` names what else follows from it."""

    broken: Break
    level: str
    about: str
    says: str
    also: tuple[str, ...] = ()


_NO_DATABASE: Final = "postgresql://me:hush@127.0.0.1:1/x"

FAULTS: Final = {
    "a required setting is missing": Fault(
        broken=given("SERVICES", ""), level="wrong", about="SERVICES", says="is missing"
    ),
    "a number is none": Fault(
        broken=given("WEB_THREADS", "many"),
        level="wrong",
        about="WEB_THREADS",
        says="it must be a whole number from 1 to 64",
    ),
    "the certificates to trust are not there": Fault(
        broken=given("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem"),
        level="wrong",
        about="REQUESTS_CA_BUNDLE",
        says="there is no file or folder /nowhere/ca.pem",
    ),
    **{
        f"no certificate in {name}": Fault(
            broken=trusting_nobody(name),
            level="wrong",
            about=name,
            says="no certificate can be read from the file .*/ca.pem",
        )
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    },
    "the proxy is away": Fault(
        broken=through_proxy("HTTPS_PROXY", "http://me:hush@127.0.0.1:1"),
        level="wrong",
        about="HTTPS_PROXY",
        says=r"The proxy is away .*\(ProxyError vendor.example through 127.0.0.1:1 \(HTTPS_PROXY",
    ),
    "the proxy of everything is away": Fault(
        broken=through_proxy("all_proxy", "http://me:hush@127.0.0.1:1"),
        level="wrong",
        about="all_proxy",
        says=r"The proxy is away .* through 127.0.0.1:1 \(all_proxy\)",
    ),
    "the proxy refuses": Fault(
        broken=through_refusing_proxy,
        level="wrong",
        about="HTTPS_PROXY",
        says="ProxyError HTTP 407 vendor.example .*correct its address with user and password",
    ),
    "Slack's certificate is not trusted": Fault(
        broken=untrusted_slack,
        level="wrong",
        about="SSL_CERT_FILE",
        says="not trusted .*: a company that looks into TLS has an authority of its own",
    ),
    "the certificate of our address is not trusted": Fault(
        broken=untrusted_public_address,
        level="wrong",
        about="PUBLIC_URL",
        says="shows a certificate that is not trusted here",
    ),
    "the proxy is no address": Fault(
        broken=given("HTTPS_PROXY", "http://proxy.example.com:3128/path"),
        level="wrong",
        about="HTTPS_PROXY",
        says="it must look like http://user:password@proxy.example.com:3128",
    ),
    "an older name": Fault(
        broken=given("EXEC_NOTIFICATION_USERS", "U0DAN"),
        level="warning",
        about="settings",
        says="EXEC_NOTIFICATION_USERS is an older name: call it P1_USERS.",
    ),
    "secrets that everybody can read": Fault(
        broken=readable_by_all, level="warning", about="settings", says="chmod 600 .env"
    ),
    "the database is away": Fault(
        broken=given("DATABASE_URL", _NO_DATABASE),
        level="wrong",
        about="DATABASE_URL",
        says=r"The database cannot be reached \(.*: start it, or correct DATABASE_URL",
    ),
    "the encoding": Fault(
        broken=encoded,
        level="wrong",
        about="DATABASE_URL",
        says="is LATIN1, and the bot needs UTF8. Make one with: create database",
    ),
    "a migration is missing": Fault(
        broken=ran(
            "delete from _yoyo_migration"
            " where migration_id = (select max(migration_id) from _yoyo_migration)"
        ),
        level="wrong",
        about="schema",
        says="The database lacks .*: run `incident-bot migrate` first",
    ),
    "a newer version was here": Fault(
        broken=ran(
            "insert into _yoyo_migration (migration_hash, migration_id, applied_at_utc)"
            " values ('x', '9999-future', now())"
        ),
        level="warning",
        about="schema",
        says="A newer version has applied 9999-future",
    ),
    "this version is too old": Fault(
        broken=ran("update schema_floor set migration = '9999-future'"),
        level="wrong",
        about="schema",
        says="needs a version that knows 9999-future",
    ),
    "a privilege is missing": Fault(
        broken=rightless,
        level="wrong",
        about="DATABASE_URL",
        says="it lacks update on incidents.* type: grant usage",
    ),
    "more connections than there are": Fault(
        broken=given("DATABASE_POOL_SIZE", "100"),
        level="wrong",
        about="DATABASE_POOL_SIZE",
        says="may open 400 connections, and the database lets in 297: lower DATABASE_POOL_SIZE",
    ),
    "Redis is away": Fault(
        broken=given("REDIS_URL", "redis://:hush@127.0.0.1:1/0"),
        level="wrong",
        about="REDIS_URL",
        says=r"Redis cannot be reached \(ConnectionError\): start it",
    ),
    "a worker is dead": Fault(
        broken=silent_worker,
        level="wrong",
        about="worker of notifications",
        says=r"None has run for \d+ s: start `incident-bot worker`",
    ),
    "what is due stays": Fault(
        broken=waiting,
        level="wrong",
        about="deliveries",
        says=r"has waited for 30\d s: see that a worker runs",
    ),
    "a delivery was given up": Fault(
        broken=dead,
        level="warning",
        about="deliveries",
        says=r"direct_message to U0NOPE \(user_not_found\).*`incident-bot outbox retry \d+`",
    ),
    "the token is wrong": Fault(
        broken=given("SLACK_BOT_TOKEN", "xoxb-wrong"),
        level="wrong",
        about="SLACK_BOT_TOKEN",
        says=r"refuses the token \(invalid_auth\): copy the Bot User OAuth Token",
    ),
    "the token was revoked": Fault(
        broken=revoked, level="wrong", about="SLACK_BOT_TOKEN", says=r"\(token_revoked\): copy"
    ),
    "Slack is away": Fault(
        broken=slack_away,
        level="wrong",
        about="network",
        says=r"Slack cannot be reached directly \(.*: see that this machine reaches http://127",
    ),
    "a scope is missing": Fault(
        broken=scopeless,
        level="wrong",
        about="SLACK_BOT_TOKEN",
        says="lacks im:write, pins:write. Paste what `incident-bot manifest` prints",
    ),
    "the token of an organisation": Fault(
        broken=installed(is_enterprise_install=True, enterprise_id="E0"),
        level="wrong",
        about="SLACK_BOT_TOKEN",
        says="is for a whole organisation",
    ),
    "another workspace": Fault(
        broken=installed(team_id="T0OTHER"),
        level="wrong",
        about="workspace",
        says="is for T0OTHER, and the database serves T0SANDBOX: .* workspace accept",
        also=("P1_USERS", "SERVICE_OWNERS"),
    ),
    "Slack's clock": Fault(
        broken=late_slack,
        level="wrong",
        about="clock of Slack",
        says=r"It is [89]\d s behind that of this machine",
    ),
    "an archived channel": Fault(
        broken=archived,
        level="wrong",
        about="P2_CHANNELS",
        says=r"#incidents-p2 \(C0P2\) is archived: unarchive it, or choose another",
    ),
    "no such channel": Fault(
        broken=given("P1_CHANNELS", "C0NOPE"),
        level="wrong",
        about="P1_CHANNELS",
        says="sees no channel C0NOPE: correct the id",
    ),
    "a private channel without the bot": Fault(
        broken=private, level="wrong", about="P1_CHANNELS", says="C0WAR: .*or invite the bot"
    ),
    "a channel that others read": Fault(
        broken=shared,
        level="warning",
        about="P1_CHANNELS",
        says=r"#incidents-p1 \(C0P1\) is shared with another organisation",
    ),
    "nobody of that id": Fault(
        broken=user("U0NOPE"), level="wrong", about="P1_USERS", says="the id U0NOPE. Correct"
    ),
    "somebody who has left": Fault(
        broken=user("U0GONE", deleted=True),
        level="wrong",
        about="P1_USERS",
        says=r"@zoe \(U0GONE\) is deactivated: choose somebody else",
    ),
    "a bot for a person": Fault(
        broken=user("U0BOT"),
        level="wrong",
        about="P1_USERS",
        says=r"@incident-bot \(U0BOT\) is a bot: choose a person",
    ),
    "somebody of another organisation": Fault(
        broken=user("U0ZOE", "SERVICE_OWNERS", is_stranger=True),
        level="wrong",
        about="SERVICE_OWNERS",
        says=r"@zoe \(U0ZOE\) is of another organisation: .*, for checkout",
    ),
    "somebody of another workspace": Fault(
        broken=user("U0ZOE", team_id="T0OTHER"),
        level="wrong",
        about="P1_USERS",
        says=r"@zoe \(U0ZOE\) is of another workspace",
    ),
    "a guest who cannot be invited": Fault(
        broken=user("U0ZOE", "SERVICE_OWNERS", is_restricted=True),
        level="warning",
        about="SERVICE_OWNERS",
        says=r"@zoe \(U0ZOE\) is a guest: Slack does not let the bot invite",
    ),
    "an admin whom nobody knows": Fault(
        broken=user("U0NOPE", "ADMINS"), level="wrong", about="ADMINS", says="the id U0NOPE"
    ),
    "Statuspage's key": Fault(
        broken=given("STATUSPAGE_API_KEY", "wrong"),
        level="wrong",
        about="STATUSPAGE_API_KEY",
        says="rejects the key .*: copy it again",
    ),
    "Statuspage's page": Fault(
        broken=given("STATUSPAGE_PAGE_ID", "nopage"),
        level="wrong",
        about="STATUSPAGE_PAGE_ID",
        says="has no such page .*: copy its id",
    ),
    "a component is gone": Fault(
        broken=mapped("checkout", "comp-gone"),
        level="wrong",
        about="components",
        says=r"checkout shows on Search \(comp-gone\), which the page no longer has: type "
        "`incident-bot statuspage unmap checkout comp-gone`",
    ),
    "a service is gone": Fault(
        broken=mapped("legacy", "comp-api"),
        level="warning",
        about="components",
        says="legacy shows on .* and is not in SERVICES",
    ),
    "another page at our address": Fault(
        broken=other_page, level="wrong", about="PUBLIC_URL", says="/livez answers with HTTP 404"
    ),
    "our address passes no commands on": Fault(
        broken=passing_health_alone,
        level="wrong",
        about="PUBLIC_URL",
        says="/slack/commands answers with HTTP 403 instead of HTTP 405",
    ),
    "the signing secret of another app": Fault(
        broken=signed_by_another,
        level="warning",
        about="SLACK_SIGNING_SECRET",
        says=r"a request was refused .* copy the Signing Secret of the app anew",
    ),
    "the command has another name": Fault(
        broken=renamed("/outage"),
        level="warning",
        about="command of the app",
        says="It is /outage, and the bot tells people to type /incident: .*incident-bot manifest",
    ),
    "nothing at our address": Fault(
        broken=given("PUBLIC_URL", "http://127.0.0.1:1"),
        level="wrong",
        about="PUBLIC_URL",
        says="Nothing answers at http://127.0.0.1:1",
    ),
    "the app's token": Fault(
        broken=given("SLACK_APP_TOKEN", "xapp-wrong"),
        level="wrong",
        about="SLACK_APP_TOKEN",
        says=r"refuses it \(invalid_auth\)\. At https://api.slack.com/apps",
        also=("socket",),
    ),
    "the app's token has no scope": Fault(
        broken=app_token_without_scope,
        level="wrong",
        about="SLACK_APP_TOKEN",
        says="connections:write",
        also=("socket",),
    ),
}
