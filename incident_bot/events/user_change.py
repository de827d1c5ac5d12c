"""user_change: somebody was renamed, left or came back (docs.slack.dev: user_change)."""

from incident_bot.events import Event, _member

EVENT = Event(type="user_change", scopes=frozenset({"users:read"}), handle=_member.save)
