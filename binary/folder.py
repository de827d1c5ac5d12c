# The first lines of the single file: choose the folder that it unpacks itself into.
#
# SHIV_ROOT where that is set; else the first that can be written of systemd's folders for the unit,
# the home, a folder beside the file, and a private one among the temporary files. A very old Python
# may have to read this, hence the old syntax.


def _choose_folder() -> str:
    import os
    import stat
    import sys
    import tempfile

    def is_usable(folder: str) -> bool:
        try:
            if not os.path.isdir(folder):
                os.makedirs(folder, 0o700)
        except OSError:
            return False
        return os.access(folder, os.W_OK | os.X_OK)

    def is_private(folder: str) -> bool:
        found = os.lstat(folder)
        return (
            stat.S_ISDIR(found.st_mode)
            and found.st_uid == os.getuid()
            and not found.st_mode & 0o077
        )

    named = [os.environ.get(name) for name in ("CACHE_DIRECTORY", "STATE_DIRECTORY")]
    candidates = [value.split(":")[0] for value in named if value]
    home = os.path.expanduser("~")
    if os.path.isdir(home):
        candidates.append(os.path.join(home, ".shiv"))
    candidates.append(os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), ".incident-bot"))
    for folder in candidates:
        if is_usable(folder):
            return folder
    folder = os.path.join(tempfile.gettempdir(), "incident-bot-" + str(os.getuid()))
    if is_usable(folder) and is_private(folder):
        return folder
    return tempfile.mkdtemp(prefix="incident-bot-")


import os  # noqa: E402

os.environ.setdefault("SHIV_ROOT", "")
os.environ["SHIV_ROOT"] = os.environ["SHIV_ROOT"] or _choose_folder()
