"""Looks at the way to Slack: through which proxy, if any, and trusting which certificates."""

from typing import Final

from incident_bot.clients.network import proxy_for, proxy_variable, way_to
from incident_bot.clients.transport import is_of_proxy, is_of_trust
from incident_bot.doctor.installation import Installation
from incident_bot.domain.findings import Finding, fine, wrong
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings.urls import CERTIFICATES

ABOUT: Final = "network"
_UNREACHED: Final = (Reason.CONNECTION, Reason.TIMEOUT)


def look(installation: Installation) -> list[Finding]:
    """Ask Slack anything: whatever it answers, it was reached."""
    try:
        installation.slack().identity()
    except DeliveryError as error:
        if is_unreached(error):
            return [_unreached(installation, error)]
    return [
        fine(ABOUT, f"Slack is reached {_way(installation)}, trusting {_trusted(installation)}.")
    ]


def is_unreached(error: DeliveryError) -> bool:
    """Say whether no answer came at all, so that nothing is known of what was asked."""
    return error.reason in _UNREACHED


def way_fault(error: DeliveryError) -> str | None:
    """Say what is wrong on the way, and what to do; None where neither proxy nor trust is."""
    if is_of_proxy(error):
        return (
            f"The proxy is away or refuses the bot ({error.detail}): correct its address with user "
            "and password in that variable, or name the host in NO_PROXY if it needs no proxy."
        )
    if is_of_trust(error):
        return (
            f"The certificate that was shown is not trusted ({error.detail}): a company that looks "
            "into TLS has an authority of its own, whose certificate must stand in that file."
        )
    return None


def variable_at_fault(installation: Installation, url: str, error: DeliveryError) -> str:
    """Return the variable that a fault of the way to this URL is about."""
    if is_of_proxy(error):
        return proxy_variable(url)
    return next((each for each in CERTIFICATES if installation.environ.get(each)), "SSL_CERT_FILE")


def _unreached(installation: Installation, error: DeliveryError) -> Finding:
    url = installation.config.slack_api_url
    if fault := way_fault(error):
        return wrong(variable_at_fault(installation, url, error), fault)
    return wrong(
        ABOUT,
        f"Slack cannot be reached {_way(installation)} ({error}): see that this machine reaches "
        f"{url}, and name the proxy in HTTPS_PROXY if there must be one.",
    )


def _way(installation: Installation) -> str:
    url = installation.config.slack_api_url
    return way_to(url).partition(" ")[2] if proxy_for(url) else "directly"


def _trusted(installation: Installation) -> str:
    named = [each for each in CERTIFICATES if installation.environ.get(each)]
    return f"the certificates of {' and '.join(named)}" if named else "the system's certificates"
