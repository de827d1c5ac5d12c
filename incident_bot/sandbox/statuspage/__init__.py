"""A local Statuspage: the API as strict as the vendor's, and the public page."""

from incident_bot.sandbox.statuspage.model import Component, Incident, Update
from incident_bot.sandbox.statuspage.statuspage import Statuspage

__all__ = ["Component", "Incident", "Statuspage", "Update"]
