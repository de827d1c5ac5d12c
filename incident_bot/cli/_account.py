"""Names the account that types on this machine, for the audit trail."""

import os
import pwd
import socket


def typed_by() -> str:
    """Return the account and the host, with whoever logged in where that is somebody else.

    The login is the kernel's, which neither sudo nor a variable changes; a container has none.
    """
    account, login = _account(), _login()
    who = account if login in ("", account) else f"{login}, as {account},"
    return f"{who} on {socket.gethostname()}"


def _account() -> str:
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container that runs under any number
        return f"uid {number}"


def _login() -> str:
    try:
        return os.getlogin()
    except OSError:
        return ""
