"""Lines are typed, edited and refused as in Slack; a form's choices and complaints too."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until
from tests.browser.examples import FORM, Heard

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_FORM = "#modal[open]"


@pytest.fixture
def app() -> Heard:
    return Heard()


@pytest.fixture
def slack(app: Heard) -> Iterator[Sandbox]:
    with Sandbox(transport=app) as sandbox:
        yield sandbox


def test_the_arrow_edits_the_last_message(slack: Sandbox, person: Person) -> None:
    slack.say("U0ADA", "general", "ask @ben & <b>")
    slack.say("U0BEN", "general", "me?")
    person.browser.get(slack.origin)
    person.sees("me?")
    person.keys(Keys.ARROW_UP)
    until(lambda: person.value(".editing textarea") == "ask @ben & <b>")
    person.keys(Keys.END, " please", Keys.ENTER)
    person.sees("ask @Ben Larsson & <b> please")
    person.sees("(edited)")
    first = slack.channel("general").messages[0]
    assert first.text == "ask <@U0BEN> &amp; &lt;b&gt; please"
    person.keys(Keys.ARROW_UP)
    person.keys(" never mind", Keys.ESCAPE)
    person.sees_no(".editing")
    assert slack.channel("general").messages[0].text == first.text


def test_a_command_in_a_thread_is_refused_in_the_thread(
    slack: Sandbox, app: Heard, person: Person
) -> None:
    slack.say("U0BEN", "general", "who looks?")
    person.browser.get(slack.origin)
    person.sees("who looks?")
    person.enter("#composer", "/foo bar")
    person.sees("/foo is not a valid command.")
    reply = """document.querySelector('.tools button[aria-label="Reply in thread"]').click()"""
    person.browser.execute_script(reply)
    until(lambda: person.at("#reply").rect["height"] > 20)
    person.enter("#reply", "/incident list")
    person.sees("/incident is not supported in threads. Sorry!", "#replies")
    person.enter("#reply", "I do, @be")
    until(lambda: person.value("#reply") == "I do, @ben ")
    person.enter("#reply", "")
    person.sees("I do, @Ben Larsson", "#replies")
    assert app.bodies == []
    person.sees("1 reply")


def test_a_suggested_channel_says_its_topic_with_names(slack: Sandbox, person: Person) -> None:
    channel = slack.add_channel("C0INC", "inc-1-checkout", members=["U0ADA"])
    channel.topic = "🔴 P1 · Checkout returns 500 · commander <@U0EVE>"
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.write("#composer", "see #inc")
    person.sees("commander @Eve", "#suggestions")
    assert "<@" not in person.at("#suggestions").text


def test_choices_are_chips_and_a_complaint_goes_when_it_is_heeded(
    slack: Sandbox, app: Heard, person: Person
) -> None:
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    slack.workspace.new_trigger("U0ADA", "1.1")
    client = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
    client.views_open(trigger_id="1.1", view=FORM)
    person.write(f"{_FORM} input", "bad")
    for name in ("API", "Website", "Search"):
        person.choose(f"{_FORM} .chips select", name)
    person.click(f"{_FORM} .chip[data-value=website] button")
    person.click(f"{_FORM} [data-role=submit]")
    person.sees("Too vague.", _FORM)
    assert b"api" in app.bodies[0]
    assert b"search" in app.bodies[0]
    assert b"%22website%22" not in app.bodies[0].partition(b"state")[2]
    person.write(f"{_FORM} input", "Checkout returns 500")
    person.sees_no(f"{_FORM} .error")
    person.sees_no(f"{_FORM} .wrong")
    assert person.count(f"{_FORM} .chip") == 2
