"""Asks the status page, and reads the incidents on it."""

from typing import Any

from tests.sandbox.conftest import Ask

API = "components/comp-api"
DOWN = {"component": {"status": "major_outage"}}


def declared(ask: Ask, **fields: Any) -> dict[str, Any]:
    answer = ask("POST", "incidents", json={"incident": {"name": "Checkout fails", **fields}})
    assert answer.status_code == 201
    created: dict[str, Any] = answer.json()
    return created


def changed(ask: Ask, incident: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = ask("PATCH", f"incidents/{incident['id']}", json={"incident": fields})
    assert answer.ok
    shown: dict[str, Any] = answer.json()
    return shown
