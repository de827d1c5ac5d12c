"""Forms: what they say of incidents that are open, and what becomes of one that was sent."""

from incident_bot.domain.incidents import OpenIncidents, Severity
from incident_bot.render import forms
from incident_bot.render.forms import DeclareForm
from tests.domain.examples import incident
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, marked_up


def test_what_is_open_already_is_named_as_people_call_it() -> None:
    hostile = incident(title=HOSTILE_TEXT, service=HOSTILE_TEXT, channel_id="C0INC")
    form = DeclareForm(
        nonce="n",
        services=["checkout"],
        templates=[],
        open_incidents=OpenIncidents(worst=[hostile], count=3),
        commander_user_id="U0ADA",
        ids={},
        severity=Severity.P2,
    )
    said = " ".join(marked_up(forms.declare(form)["blocks"]))
    assert said.count(ESCAPED_TEXT) == 2
    assert "…and 2 more: `/incident list`" in said
    assert "<" not in said.replace("<#C0INC>", "")
