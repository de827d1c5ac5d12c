"""The shape of a rich_text block."""

from slack_sandbox.blockkit.schema import (
    Rule,
    anything,
    boolean,
    choice,
    integer,
    many,
    one_of,
    shape,
    string,
)

_STYLE: dict[str, Rule] = {
    "style": shape(
        {},
        dict.fromkeys(
            (
                "bold",
                "italic",
                "strike",
                "code",
                "underline",
                "highlight",
                "client_highlight",
                "unlink",
            ),
            boolean,
        ),
    )
}
_INLINE: dict[str, Rule] = {
    "text": shape({"text": string(4000)}, _STYLE),
    "link": shape({"url": string(3000)}, {"text": string(4000), "unsafe": boolean, **_STYLE}),
    "user": shape({"user_id": string(20)}, _STYLE),
    "usergroup": shape({"usergroup_id": string(20)}, _STYLE),
    "channel": shape({"channel_id": string(20)}, _STYLE),
    "emoji": shape({"name": string(100)}, {"unicode": string(100), "skin_tone": anything}),
    "broadcast": shape({"range": choice("here", "channel", "everyone")}, _STYLE),
    "color": shape({"value": string(20)}),
    "date": shape(
        {"timestamp": integer(0, 10**11), "format": string(200)},
        {"url": string(3000), "fallback": string(200), **_STYLE},
    ),
}
_LINE: Rule = many(one_of(_INLINE), 1000, 0)
_BORDER: dict[str, Rule] = {"border": integer(0, 1)}
_SECTION: Rule = shape({"elements": _LINE})
_PARTS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": shape({"elements": _LINE}, {**_BORDER, "language": string(50)}),
    "rich_text_quote": shape({"elements": _LINE}, _BORDER),
    "rich_text_list": shape(
        {
            "style": choice("bullet", "ordered"),
            "elements": many(one_of({"rich_text_section": _SECTION}), 1000),
        },
        {"indent": integer(0, 8), "offset": integer(0, 10**6), **_BORDER},
    ),
}
RICH_TEXT: Rule = shape({"elements": many(one_of(_PARTS), 1000)}, {"block_id": string(255)})
