"""The worker's entry: `python worker.py`, the same as `incident-bot worker`."""

import sys

from incident_bot.cli import main

if __name__ == "__main__":
    sys.exit(main(["worker", *sys.argv[1:]]))
