"""team_join: somebody is new in the workspace (docs.slack.dev: team_join)."""

from incident_bot.events import Event, _member

EVENT = Event(type="team_join", scopes=frozenset({"users:read"}), handle=_member.save)
