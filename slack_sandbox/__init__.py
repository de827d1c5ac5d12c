"""A local Slack workspace: the Web API as strict as Slack's, and a page that behaves like Slack."""

from slack_sandbox.app_link import Answer, AppRequest
from slack_sandbox.faults import Fault, Kind
from slack_sandbox.model import Call, Channel, Message, User, View
from slack_sandbox.sandbox import Sandbox
from slack_sandbox.tour import Tour, Try

__all__ = [
    "Answer",
    "AppRequest",
    "Call",
    "Channel",
    "Fault",
    "Kind",
    "Message",
    "Sandbox",
    "Tour",
    "Try",
    "User",
    "View",
]
