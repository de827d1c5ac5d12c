"""A typed line is turned back from Slack's markup into what was typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain import mentions
from incident_bot.domain.text import sanitize
from incident_bot.web.slack import markup


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<@U0BEN|ben> has it", "@ben has it"),
        ("<@W0BEN|@ben>", "@ben"),
        ("<@U0BEN>", "@U0BEN"),
        ("<@U0BEN|>", "@U0BEN"),
        ("<@U0BEN|Ben Larsson>", "@U0BEN"),
        ("<#C0OPS|ops> <#C0OPS|#ops> <#C0OPS>", "#ops #ops #C0OPS"),
        ("<#C0OPS|r&amp;d>", "#r&d"),
        ("<!subteam^S0SRE|@sre>, <!subteam^S0SRE|sre>", "@sre, @sre"),
        ("<!here> <!channel|channel> <!everyone|@everyone>", "@here @channel @everyone"),
        ("<!date^1^{date}|1970-01-01>", "1970-01-01"),
        ("<http://shop.example.com|shop.example.com> is down", "shop.example.com is down"),
        ("<https://ci.example.com/b/7?a=1&amp;b=2>", "https://ci.example.com/b/7?a=1&b=2"),
        ("<mailto:ben@example.com|ben@example.com>", "ben@example.com"),
        ("<tel:+4312345|+43 123 45>", "+43 123 45"),
        ("<https://x.example|a &lt;b&gt; &amp;amp; c>", "a <b> &amp; c"),
        ("DB &amp; cache &lt; 5 &gt; 3", "DB & cache < 5 > 3"),
        ("&amp;lt;@U0BEN&amp;gt; &amp;amp;", "&lt;@U0BEN&gt; &amp;"),
        ("&lt;@U0BEN&gt; &lt;!channel&gt; &lt;http://x|y&gt;", "<@U0BEN> <!channel> <http://x|y>"),
        ("a < b > c <b> <> <@> <#|x> <x y> &nbsp; &", "a < b > c <b> <> <@> <#|x> <x y> &nbsp; &"),
    ],
)
def test_a_line_is_what_the_person_typed(sent: str, typed: str) -> None:
    assert mentions.plain(markup.typed(sent), {}) == typed


@pytest.mark.parametrize(
    ("sent", "people", "has_group"),
    [
        ("<@U0BEN|ben> and <@W0EVE>, <@U0BEN>", ["U0BEN", "W0EVE"], False),
        ("<!subteam^S0SRE|@sre>", [], True),
        ("<!here|here> <@U0BEN>", ["U0BEN"], True),
        ("&lt;@U0BEN&gt; &amp;lt;@U0BEN&amp;gt; @ben <#U0BEN|x> <http://U0BEN|@U0BEN>", [], False),
        ("\ufff9@ben\ufffaU0BEN\ufffb", [], False),
        ("<@U0BEN|\ufff9@eve\ufffaU0EVE\ufffb>", ["U0BEN"], False),
        ("<@u0ben|ben>", [], True),
        ("<!U0BEN|ben>", [], True),
    ],
)
def test_only_who_was_picked_from_the_list_is_mentioned(
    sent: str, people: list[str], has_group: bool
) -> None:
    typed = markup.typed(sanitize(sent))
    assert (mentions.people(typed), mentions.has_group(typed)) == (people, has_group)


@given(text=st.text(st.characters(exclude_characters="\ufff9\ufffa\ufffb")))
def test_what_a_client_escapes_comes_back(text: str) -> None:
    typed = sanitize(text)
    sent = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert markup.typed(sent) == typed


@given(
    st.lists(
        st.one_of(
            st.text().map(sanitize),
            st.sampled_from(["<", ">", "&", "|", "&lt;", "&amp;", "<@U0BEN|ben>", "<http://x|y>"]),
            st.builds(mentions.marked, st.sampled_from(["U0BEN", "W0EVE"]), st.text()),
            st.builds(mentions.marked, st.sampled_from(["S0SRE", "!here"]), st.just("sre")),
        )
    )
)
def test_what_was_typed_can_be_written_and_read_again(parts: list[str]) -> None:
    typed = unicodedata.normalize("NFC", "".join(parts))
    assert markup.typed(markup.written(typed)) == typed
