"""A local Slack workspace: the Web API as strict as Slack's, and a page that behaves like Slack."""

from incident_bot.sandbox.app_link import Answer, AppRequest
from incident_bot.sandbox.faults import Fault, Kind
from incident_bot.sandbox.model import Call, Channel, Message, User, View
from incident_bot.sandbox.sandbox import Sandbox

__all__ = [
    "Answer",
    "AppRequest",
    "Call",
    "Channel",
    "Fault",
    "Kind",
    "Message",
    "Sandbox",
    "User",
    "View",
]
