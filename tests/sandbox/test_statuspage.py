"""The status page refuses what the vendor refuses, and shows what it took."""

from pathlib import Path
from typing import Any

import pytest
import requests

from slack_sandbox import Sandbox
from slack_sandbox.statefile import StateFile
from slack_sandbox.statuspage import Statuspage
from slack_sandbox.workspace import Workspace
from tests.sandbox.conftest import Ask
from tests.sandbox.statuspage import API, DOWN, changed, declared

# Who asks, and for what


@pytest.mark.parametrize(
    "header",
    ["", "OAuth", "OAuth wrong", "Bearer sandbox-statuspage-key", "sandbox-statuspage-key"],
)
def test_anything_but_the_key_after_oauth_is_refused(ask: Ask, header: str) -> None:
    answer = ask("GET", headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, {"error": "Could not authenticate"})


@pytest.mark.parametrize(
    ("verb", "path", "page", "status"),
    [
        ("GET", "", "sandboxpage", 200),
        ("GET", "", "another", 404),
        ("GET", API, "another", 404),
        ("GET", "components/none", "sandboxpage", 404),
        ("GET", "incidents/none", "sandboxpage", 404),
        ("GET", "nowhere", "sandboxpage", 404),
        ("PUT", API, "sandboxpage", 405),
        ("DELETE", "incidents", "sandboxpage", 405),
    ],
)
def test_only_what_is_there_answers(ask: Ask, verb: str, path: str, page: str, status: int) -> None:
    assert ask(verb, path, page).status_code == status


# What a body must be


@pytest.mark.parametrize(
    ("verb", "path", "body", "status", "field"),
    [
        ("PATCH", API, {"component": {"status": "broken"}}, 422, "status"),
        ("PATCH", API, {"component": {"colour": "red"}}, 422, "colour"),
        ("PATCH", API, {"component": {"name": 1}}, 422, "name"),
        ("PATCH", API, {"status": "operational"}, 400, None),
        ("PATCH", API, {"component": "operational"}, 400, None),
        ("PATCH", API, [DOWN], 400, None),
        ("POST", "incidents", {"incident": {}}, 422, "name"),
        ("POST", "incidents", {"incident": {"name": ""}}, 422, "name"),
        ("POST", "incidents", {"incident": {"name": "x" * 256}}, 422, "name"),
        ("POST", "incidents", {"incident": {"name": "x", "status": "open"}}, 422, "status"),
        ("POST", "incidents", {"incident": {"name": "x", "body": "x" * 25_001}}, 422, "body"),
        (
            *("POST", "incidents", {"incident": {"name": "x", "impact_override": "huge"}}),
            *(422, "impact_override"),
        ),
        (
            *("POST", "incidents", {"incident": {"name": "x", "deliver_notifications": "no"}}),
            *(422, "deliver_notifications"),
        ),
        ("POST", "incidents", {"incident": {"name": "x", "metadata": {"k": 1}}}, 422, "metadata"),
        (
            *("POST", "incidents", {"incident": {"name": "x", "component_ids": "comp-api"}}),
            *(422, "component_ids"),
        ),
        (
            *("POST", "incidents", {"incident": {"name": "x", "component_ids": ["none"]}}),
            *(422, "component_ids"),
        ),
        (
            *("POST", "incidents", {"incident": {"name": "x", "components": {"comp-api": "bad"}}}),
            *(422, "components"),
        ),
        (
            "POST",
            "incidents",
            {
                "incident": {
                    "name": "x",
                    "component_ids": ["comp-search"],
                    "components": {"comp-api": "major_outage"},
                }
            },
            422,
            "components",
        ),
    ],
)
def test_a_bad_body_changes_nothing_and_is_a_violation(
    slack: Sandbox, ask: Ask, verb: str, path: str, body: Any, status: int, field: str | None
) -> None:
    answer = ask(verb, path, json=body)
    assert answer.status_code == status
    said = answer.json()
    assert [*said["error"]] == [field] if field else isinstance(said["message"], str)
    assert set(slack.statuspage.statuses.values()) == {"operational"}
    assert not slack.statuspage.incidents
    assert len(slack.violations) == 1


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/json", "{"),
        ("application/json", "component[status]=major_outage"),
        ("application/x-www-form-urlencoded", '{"component": {"status": "major_outage"}}'),
        ("application/x-www-form-urlencoded", "component=1&component[status]=major_outage"),
        ("text/plain", '{"component": {"status": "major_outage"}}'),
        ("", '{"component": {"status": "major_outage"}}'),
    ],
)
def test_the_content_type_must_be_true(ask: Ask, kind: str, raw: str) -> None:
    answer = ask("PATCH", API, data=raw, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert "message" in answer.json()


def test_a_form_is_as_good_as_json(ask: Ask, board: Statuspage) -> None:
    form = {
        "incident[name]": "Checkout fails",
        "incident[component_ids][]": "comp-api",
        "incident[components][comp-api]": "partial_outage",
        "incident[deliver_notifications]": "false",
        "incident[body]": "We look into it",
    }
    assert ask("POST", "incidents", data=form).status_code == 201
    assert board.statuses["comp-api"] == "partial_outage"
    assert board.emails == 0


# Components


def test_a_component_remembers_its_changes_and_tells_nobody(ask: Ask, board: Statuspage) -> None:
    for status in ("major_outage", "major_outage", "operational"):
        answer = ask("PATCH", API, json={"component": {"status": status}})
        assert answer.json()["status"] == status
    history = board.components["comp-api"].history
    assert [status for _, status in history] == ["major_outage", "operational"]
    assert board.emails == 0
    assert ask("GET", API).json()["status"] == "operational"


def test_lists_come_in_pages_of_a_hundred(ask: Ask, board: Statuspage) -> None:
    for number in range(120):
        board.add_component(f"comp-{number}", f"Component {number}")
    sizes = [
        len(ask("GET", "components", params=params).json())
        for params in ({}, {"page": 2}, {"page": 3, "per_page": 7}, {"per_page": 999}, {"page": 9})
    ]
    assert sizes == [100, 25, 7, 100, 0]
    assert ask("GET", "components", params={"page": 0}).status_code == 400


def test_an_operator_may_change_a_component_by_hand(ask: Ask, board: Statuspage) -> None:
    board.set_by_hand("comp-api", "under_maintenance")
    assert ask("GET", API).json()["status"] == "under_maintenance"
    with pytest.raises(LookupError):
        board.set_by_hand("comp-api", "red")
    with pytest.raises(LookupError):
        board.set_by_hand("none", "operational")


# Incidents


def test_an_incident_sets_components_and_tells_subscribers(ask: Ask, board: Statuspage) -> None:
    shown = declared(
        ask,
        body="We look into it",
        components={"comp-checkout": "major_outage"},
        metadata={"bot": {"key": "k"}},
    )
    assert (shown["status"], shown["impact"]) == ("investigating", "critical")
    assert [c["id"] for c in shown["components"]] == ["comp-checkout"]
    (update,) = shown["incident_updates"]
    assert update["deliver_notifications"] is True
    assert update["affected_components"][0]["new_status"] == "major_outage"
    assert board.statuses["comp-checkout"] == "major_outage"
    assert board.incidents[0].metadata == {"bot": {"key": "k"}}
    assert board.emails == 1


def test_a_body_adds_an_update_and_the_newest_comes_first(ask: Ask, board: Statuspage) -> None:
    incident = declared(ask, body="one", deliver_notifications=False)
    changed(ask, incident, impact_override="minor")
    shown = changed(ask, incident, status="identified", body="two", deliver_notifications=False)
    said = [(u["status"], u["body"]) for u in shown["incident_updates"]]
    assert said == [("identified", "two"), ("investigating", "one")]
    assert (shown["impact"], board.emails) == ("minor", 0)


def test_resolving_leaves_the_components_as_they_are(ask: Ask, board: Statuspage) -> None:
    incident = declared(ask, components={"comp-api": "partial_outage"})
    shown = changed(ask, incident, status="resolved", body="Over")
    assert shown["resolved_at"]
    assert board.statuses["comp-api"] == "partial_outage"
    changed(ask, incident, components={"comp-api": "operational"})
    assert board.statuses["comp-api"] == "operational"


def test_a_posted_update_can_be_edited(ask: Ask, board: Statuspage) -> None:
    incident = declared(ask, body="tpyo")
    (update,) = incident["incident_updates"]
    path = f"incidents/{incident['id']}/incident_updates/"
    edited = {"incident_update": {"body": "typo"}}
    assert ask("PATCH", path + update["id"], json=edited).ok
    assert ask("PATCH", path + "none", json=edited).status_code == 404
    assert board.incidents[0].updates[0].body == "typo"
    assert board.emails == 1


def test_incidents_are_searched_by_words_but_not_by_metadata(ask: Ask) -> None:
    first = declared(ask, name="Search is slow", metadata={"bot": {"key": "needle"}})
    second = declared(ask, name="Checkout", body="Caused by search")
    changed(ask, first, status="resolved")

    def found(path: str, **params: Any) -> list[str]:
        return [each["id"] for each in ask("GET", path, params=params).json()]

    assert found("incidents") == [second["id"], first["id"]]
    assert found("incidents", q="SEARCH") == [second["id"], first["id"]]
    assert found("incidents", q="needle") == []
    assert found("incidents", per_page=1, page=2) == [first["id"]]
    assert found("incidents/unresolved") == [second["id"]]


def test_a_postmortem_needs_a_resolved_incident(ask: Ask, board: Statuspage) -> None:
    incident = declared(ask)
    path = f"incidents/{incident['id']}/postmortem"
    draft = {"postmortem": {"body_draft": "Why it happened"}}
    refused = ask("PUT", path, json=draft)
    assert (refused.status_code, type(refused.json()["error"])) == (422, str)
    changed(ask, incident, status="resolved")
    assert ask("PUT", f"{path}/publish", json={"postmortem": {}}).status_code == 422
    assert ask("PUT", path, json={"postmortem": {}}).status_code == 422
    assert ask("PUT", path, json=draft).json()["body"] == ""
    quiet = {"postmortem": {"notify_subscribers": False}}
    assert ask("PUT", f"{path}/publish", json=quiet).json()["body"] == "Why it happened"
    assert board.emails == 0
    assert ask("PUT", f"{path}/publish", json={"postmortem": {}}).ok
    assert board.emails == 1
    assert ask("PUT", f"{path}/revert").json()["published_at"] is None
    assert ask("GET", path).json()["body_draft"] == "Why it happened"


# The public page


def test_the_public_page_shows_what_readers_may_see(slack: Sandbox, ask: Ask) -> None:
    page = requests.get(f"{slack.origin}/status?manage", timeout=5)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    past = declared(ask, name="Older", body="one", metadata={"bot": {"key": "hidden"}})
    changed(ask, past, status="resolved", body="two")
    declared(ask, name="Newer", components={"comp-api": "partial_outage"})
    answer = requests.get(f"{slack.origin}/status/state", timeout=5)
    shown = answer.json()
    assert "hidden" not in answer.text
    assert shown["worst"] == "partial_outage"
    assert [i["name"] for i in shown["open"]] == ["Newer"]
    assert [u["body"] for u in shown["past"][0]["updates"]] == ["two", "one"]


def test_a_hand_on_the_page_sets_a_component_and_readers_hear_of_it(slack: Sandbox) -> None:
    press = f"{slack.origin}/status/component"
    with requests.get(f"{slack.origin}/status/live", stream=True, timeout=5) as live:
        lines = (line for line in live.iter_lines(chunk_size=1) if line)
        first = next(lines)
        asked = {"id": "comp-api", "status": "major_outage"}
        assert requests.post(press, json=asked, timeout=5).ok
        assert next(lines) != first
    assert slack.statuspage.statuses["comp-api"] == "major_outage"
    for nonsense in ({"id": "none", "status": "operational"}, {"id": "comp-api"}, {}):
        assert requests.post(press, json=nonsense, timeout=5).status_code == 400
    evil = {"Origin": "http://evil.test"}
    assert requests.post(press, json=asked, headers=evil, timeout=5).status_code == 403


def test_the_state_file_carries_the_page_over_a_restart(
    slack: Sandbox, ask: Ask, board: Statuspage, tmp_path: Path
) -> None:
    incident = declared(ask, body="one", components={"comp-api": "major_outage"})
    changed(ask, incident, status="resolved", body="two")
    ask("PUT", f"incidents/{incident['id']}/postmortem", json={"postmortem": {"body_draft": "y"}})
    saved = tmp_path / "state.json"
    StateFile(slack.workspace, board, saved).close()
    after = Statuspage(Workspace())
    StateFile(after.space, after, saved).close()
    assert (after.components, after.incidents) == (board.components, board.incidents)
    assert after.emails == board.emails == 2


def test_reset_starts_afresh(slack: Sandbox, ask: Ask, board: Statuspage) -> None:
    declared(ask, body="x", components={"comp-api": "major_outage"})
    slack.reset()
    assert (board.incidents, board.emails) == ([], 0)
    assert set(board.statuses.values()) == {"operational"}
