"""The three URLs that Slack calls: verify, parse, dispatch, answer."""
