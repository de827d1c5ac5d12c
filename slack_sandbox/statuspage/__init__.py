"""A local Statuspage: the API as strict as the vendor's, and the public page."""

from slack_sandbox.statuspage.model import Component, Incident, Update
from slack_sandbox.statuspage.statuspage import Statuspage

__all__ = ["Component", "Incident", "Statuspage", "Update"]
