"""The single file starts here: under another Python it switches to the fitting one, or says so.

A very old Python may have to parse this file, hence the old syntax.
"""

import os
import shutil
import sys

FOR = "3.X"  # the build fills this in


def main():  # type: ignore[no-untyped-def]
    """Run the command with the Python that the compiled parts of this file are for."""
    this = "%d.%d" % sys.version_info[:2]  # noqa: UP031
    if this != FOR:
        fitting = shutil.which("python" + FOR)
        if fitting:
            os.execv(fitting, [fitting] + sys.argv)  # noqa: RUF005
        sys.exit(
            "This incident-bot was built for Python " + FOR + " and this is Python " + this + ": "
            "install python" + FOR + ", or use the file built for your version."
        )
    from incident_bot.cli import main

    return main()
