"""Looks at the people whom settings name: there, active, people and of this workspace."""

from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from itertools import islice
from typing import Final

from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.doctor.installation import Installation
from incident_bot.doctor.known import called, nobody, person_fault
from incident_bot.doctor.slack_app import ours
from incident_bot.domain.findings import Finding, Names, fine, unknown, warning, wrong
from incident_bot.domain.people import Person, Standing, standing_of
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import DeliveryError
from incident_bot.settings import Settings

_OWNERS: Final = "SERVICE_OWNERS"
_MOST_ASKED_FOR: Final = 20
_MOST_PAGES: Final = 10  # of a thousand people each, of which Slack gives twenty a minute


def people_of(config: Settings) -> dict[str, Sequence[str]]:
    """Return the ids of people by the setting that names them, each once."""
    owners = [each for people in config.service_owners.values() for each in people]
    return {
        "P1_USERS": config.p1_users,
        _OWNERS: tuple(dict.fromkeys(owners)),
        "ADMINS": config.admins,
    }


def look(installation: Installation) -> list[Finding]:
    named = {name: ids for name, ids in people_of(installation.config).items() if ids}
    if not named:
        return []
    slack = installation.slack()
    try:
        workspace = ours(slack.identity())
    except DeliveryError as error:
        return [_unasked(name, ids, error) for name, ids in named.items()]
    ask = _asking_once(slack, {each for ids in named.values() for each in ids})
    findings = []
    for name, ids in named.items():
        findings += _looked_at(ask, workspace, name, ids, installation.config)
    return findings


def _asking_once(slack: SlackLookup, wanted: Set[str]) -> Callable[[str], Person | None]:
    """Return a way to look somebody up that asks Slack once for each, whoever names them.

    Many are read from the list of all, since Slack takes a hundred questions a minute.
    """
    known: dict[str, Person | None] = {}
    if len(wanted) > _MOST_ASKED_FOR:
        known |= _listed(slack, wanted)

    def ask(user_id: str) -> Person | None:
        if user_id not in known:
            known[user_id] = slack.person(user_id)
        return known[user_id]

    return ask


def _listed(slack: SlackLookup, wanted: Set[str]) -> dict[str, Person]:
    found: dict[str, Person] = {}
    with suppress(DeliveryError):  # each is asked for alone then
        for page in islice(slack.people(), _MOST_PAGES):
            found |= {each.user_id: each for each in page if each.user_id in wanted}
            if len(found) == len(wanted):
                break
    return found


def _looked_at(
    ask: Callable[[str], Person | None],
    workspace: Workspace,
    name: str,
    ids: Sequence[str],
    config: Settings,
) -> list[Finding]:
    faults, good = [], []
    for place, user_id in enumerate(ids):
        try:
            person = ask(user_id)
        except DeliveryError as error:
            faults.append(_unasked(name, ids[place:], error))
            break
        fault = _fault(person, workspace, user_id, _where(name, user_id, config))
        if fault is not None:
            faults.append(wrong(name, fault, _names(person)))
        elif person is not None and person.is_guest and _needs_member(name, config):
            text = f"{called(person)} is a guest: {_of_guests(name)}"
            faults.append(warning(name, text, _names(person)))
        elif person is not None:
            good.append(called(person))
    return [*([fine(name, f"{', '.join(good)}.")] if good else []), *faults]


def _names(person: Person | None) -> Names:
    return [] if person is None else [(called(person), person.user_id)]


def _fault(person: Person | None, workspace: Workspace, user_id: str, where: str) -> str | None:
    if person is None:
        return f"{nobody(user_id)} Correct or remove it{where}."
    if fault := person_fault(person):
        return fault.removesuffix(".") + f"{where}."
    if standing_of(person, workspace) is Standing.OUTSIDER:
        return f"{called(person)} is of another workspace: choose somebody of yours{where}."
    return None


def _where(name: str, user_id: str, config: Settings) -> str:
    """Name the services that somebody is to be invited for, since that setting has many people."""
    services = [each for each, people in config.service_owners.items() if user_id in people]
    return f", for {', '.join(services)}" if name == _OWNERS else ""


def _needs_member(name: str, config: Settings) -> bool:
    return name == _OWNERS or (name == "ADMINS" and not config.guests)


def _of_guests(name: str) -> str:
    if name == _OWNERS:
        return "Slack does not let the bot invite them into a channel."
    return "they may not use it unless GUESTS=all is set."


def _unasked(name: str, ids: Sequence[str], error: DeliveryError) -> Finding:
    return unknown(name, f"{', '.join(ids)}: Slack gave no usable answer ({error}).")
