"""JSON that looks like Slack's, and what no text may hold."""

from hypothesis import strategies as st

UNWANTED = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))} - {"\t", "\n"}
DIRECTIONS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# What Slack's shapes are made of, so that examples get past the first check.
NAMES = st.sampled_from(
    [
        *(
            "type",
            "user",
            "id",
            "team",
            "team_id",
            "authorizations",
            "channel",
            "trigger_id",
            "view",
            "state",
            "values",
        ),
        *("private_metadata", "callback_id", "actions", "action_id", "nonce", "channel_id"),
        *("selected_option", "selected_user", "value", "text", "user_id"),
        *("message", "ts", "thread_ts", "files", "item", "reaction", "event_ts", "bot_id"),
        *("selected_users", "selected_date_time", "selected_conversation", "selected_options"),
    ]
)
WORDS = st.text() | st.sampled_from(
    [
        "view_submission",
        "block_actions",
        "message_action",
        "shortcut",
        "1700000000.000100",
        '{"nonce": "n"}',
        "{}",
        "[",
        "\x00",
        "\ud800",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WORDS, inner, max_size=6),
    max_leaves=20,
)
