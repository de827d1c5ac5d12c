"""Requests of Slack, over HTTP or in Socket Mode: verify, parse, dispatch, answer."""
