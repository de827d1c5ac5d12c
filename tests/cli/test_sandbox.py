"""The sandbox's tour is made from the bot's settings."""

import pytest

from incident_bot.cli.sandbox import tour_of
from incident_bot.commands import by_word
from tests.builders import settings


def test_the_tour_says_who_is_who() -> None:
    facts = tour_of(settings()).facts
    assert "Each P1 is announced in <#C0P1>." in facts
    assert "Each P1 reaches <@U0DAN> in a direct message, as it does an executive." in facts
    assert (
        "`api-gateway` belongs to <@U0BEN> and <@U0EVE>, who are invited to its incidents." in facts
    )


@pytest.mark.parametrize("owners", ["", '{"checkout": []}'])
def test_the_tour_says_nothing_of_what_is_not_set(owners: str) -> None:
    tour = tour_of(settings(service_owners=owners, p1_channels="", p1_users="", p2_channels=""))
    assert not [fact for fact in tour.facts if "<" in fact]


def test_the_tour_has_six_things_to_try_that_the_bot_understands() -> None:
    tries = tour_of(settings()).tries
    assert len(tries) == 6
    for line in [one.line for one in tries if one.line]:
        name, word, *_ = line.split()
        assert name == "/incident"
        assert word in by_word()
    assert tries[0].line.startswith("/incident declare P1 api-gateway ")
