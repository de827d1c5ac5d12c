"""A self-hosted incident bot for Slack."""

__version__ = "1.0.0"
