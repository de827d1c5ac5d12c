"""`python -m incident_bot`: the `incident-bot` command where nothing was installed."""

import sys

from incident_bot.cli import main

if __name__ == "__main__":
    sys.exit(main())
