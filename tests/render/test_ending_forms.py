"""Forms that end an incident stay within what Slack takes, whatever the incidents are called."""

from incident_bot.render import ending_forms
from incident_bot.render.forms import MAX_OPTIONS
from slack_sandbox.blockkit import views
from tests.domain.examples import incident
from tests.markup import HOSTILE_TEXT


def test_the_longest_list_of_the_longest_titles_fits() -> None:
    others = [
        incident(id=10**14 + each, title="W" * 100, service="s" * 100)
        for each in range(MAX_OPTIONS)
    ]
    form = ending_forms.duplicate(incident(id=10**14 - 1), others, more=900)
    views.require_valid(form)
    options = form["blocks"][1]["element"]["options"]
    assert len(options) == MAX_OPTIONS
    assert {len(each["text"]["text"]) for each in options} == {75}
    assert "900 more are open." in str(form)


def test_a_title_is_plain_text_in_it() -> None:
    form = ending_forms.duplicate(incident(), [incident(id=2, title=HOSTILE_TEXT)], more=0)
    (option,) = form["blocks"][1]["element"]["options"]
    assert option["text"]["type"] == "plain_text"
    assert "more are open" not in str(form)
