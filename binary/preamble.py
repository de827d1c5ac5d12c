"""What the single file runs first: another Python is told so in a sentence, or is replaced."""

import os
import shutil
import sys

FOR = "3.X"  # the build fills this in

if "%d.%d" % sys.version_info[:2] != FOR:  # noqa: UP031 - it may be an old Python that reads this
    fitting = shutil.which("python" + FOR)
    if fitting:
        os.execv(fitting, [fitting] + sys.argv)  # noqa: RUF005
    sys.exit(
        "This incident-bot was built for Python %s and this is Python %d.%d: install python%s,"  # noqa: UP031
        " or use the file built for your version." % ((FOR,) + sys.version_info[:2] + (FOR,))  # noqa: RUF005
    )
