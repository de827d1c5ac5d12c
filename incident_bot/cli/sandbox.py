"""Run a local Slack workspace: the Web API, and a page in the browser to use it."""

import argparse
import os
import signal
import threading
from pathlib import Path

from incident_bot.cli import require_sandbox

SUMMARY = "run a local Slack workspace in the browser"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=4000, help="the port to listen on, at 127.0.0.1"
    )
    parser.add_argument("--app-url", default="http://127.0.0.1:3000", help="the address of the bot")
    parser.add_argument("--status-page-url", help="link this status page at the top of the page")
    parser.add_argument("--state", type=Path, help="keep the workspace in this file")


def run(args: argparse.Namespace) -> int:
    require_sandbox()
    from slack_sandbox import Sandbox
    from slack_sandbox.statefile import StateFile

    slack = Sandbox(
        port=args.port,
        token=os.environ.get("SLACK_BOT_TOKEN", "xoxb-sandbox"),
        signing_secret=os.environ.get("SLACK_SIGNING_SECRET", "sandbox-signing-secret"),
        app_url=args.app_url,
        rate_limits=True,
        links={"Status page": args.status_page_url} if args.status_page_url else None,
    )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    saved = StateFile(slack.workspace, slack.statuspage, args.state) if args.state else None
    slack.start()
    print(f"Slack sandbox on {slack.origin}, talking to {args.app_url}", flush=True)
    print(f"Status page on {slack.statuspage.page_url}", flush=True)
    stopped.wait()
    slack.stop()
    if saved:
        saved.close()
    return 0
