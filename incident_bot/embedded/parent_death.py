"""Becomes another program that gets a signal when its parent dies: the arguments are
PARENT_PID SIGNAL USER COMMAND..., and USER may be empty.

A program of its own rather than a `preexec_fn`, which is unsafe once the parent has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, sign, user, *command = sys.argv[1:]
    if user:
        _become(user)
    # After the change of user, because that would clear it. macOS has no such thing.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sign))
    if os.getppid() != int(parent):
        sys.exit("the parent died before this program began")
    os.execvp(command[0], command)


def _become(user: str) -> None:
    import pwd

    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


if __name__ == "__main__":
    main()
