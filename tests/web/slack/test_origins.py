"""A response_url leads to Slack and nowhere else, whatever it looks like."""

import pytest

from incident_bot.web.slack.origins import is_allowed

SLACK = ("https://hooks.slack.com",)
LOCAL = ("https://hooks.slack.com", "http://127.0.0.1:4000")

FOREIGN = [
    "",
    " ",
    "hooks.slack.com",
    "//hooks.slack.com/x",
    "http://hooks.slack.com/x",
    "ftp://hooks.slack.com/x",
    "file:///etc/passwd",
    "gopher://hooks.slack.com/x",
    "javascript:alert(1)",
    "https://hooks.slack.com:8443/x",
    "https://hooks.slack.com:0/x",
    "https://hooks.slack.com:99999/x",
    "https://hooks.slack.com:x/",
    "https://hooks.slack.com.evil.example/x",
    "https://evil.example/hooks.slack.com",
    "https://evil.example/?https://hooks.slack.com",
    "https://evil.example#https://hooks.slack.com",
    "https://hooks.slack.com@evil.example/x",
    "https://hooks.slack.com:443@evil.example/x",
    "https://user@hooks.slack.com/x",
    "https://user:word@hooks.slack.com/x",
    "https://@hooks.slack.com/x",
    "https://evil.example\\@hooks.slack.com/x",
    "https://hooks.slack.com\\@evil.example/x",
    "https:\\\\hooks.slack.com\\x",
    "https://hooks.slack.com/\\@evil.example/x",
    "https:/hooks.slack.com/x",
    "https:hooks.slack.com/x",
    "https://hooks.slack.com\t.evil.example/x",
    "https://hooks.slack.com\n.evil.example/x",
    "https://hooks.slack.com\r\nHost: evil.example/x",
    "https://hooks.slack.com /x",
    " https://hooks.slack.com/x",
    "https://hooks.slack.com\x00.evil.example/x",
    "https://hooks。slack。com/x",
    "https://hooks.\u0455lack.com/x",
    "https://xn--hooks-slack-9ya.com/x",
    "https://hooks.slack.com./x",
    "https://hooks.slack.com%2eevil.example/x",
    "https://hooks%2eslack.com/x",
    "https://evil.example%23@hooks.slack.com/x",
    "https://slack.com/x",
    "https://api.hooks.slack.com/x",
    "https://127.0.0.1/x",
    "https://127.0.0.1:4000/x",
    "http://127.0.0.1/x",
    "http://127.0.0.1:4001/x",
    "http://localhost:4000/x",
    "http://2130706433:4000/x",
    "http://0x7f000001:4000/x",
    "http://0177.0.0.1:4000/x",
    "http://127.1:4000/x",
    "http://[::1]:4000/x",
    "http://[::ffff:127.0.0.1]:4000/x",
    "http://[::ffff:7f00:1]:4000/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1:4000/x",
    "https://[hooks.slack.com]/x",
    "https://[::1/x",
    "data:text/html,x",
    "https://",
    "https://:443/x",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_a_foreign_url_is_refused(url: str) -> None:
    assert not is_allowed(url, SLACK)
    assert not is_allowed(url, LOCAL)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/commands/T1/2/3",
        "https://hooks.slack.com:443/actions/T1/2/3",
        "https://HOOKS.slack.com/x",
        "http://127.0.0.1:4000/hooks/1",
    ],
)
def test_slacks_own_is_allowed(url: str) -> None:
    assert is_allowed(url, LOCAL)
