"""Change an answer as an ordered fault wants, whichever vendor it strikes."""

import threading
import time
from collections.abc import Callable

from slack_sandbox.faults import Fault, Kind
from slack_sandbox.wire import Manner, Response

_HTML = b"<!DOCTYPE html><html><body><h1>Server Error</h1></body></html>"


def taken(fault: Fault, take: Callable[[], Response], broken: Response) -> Response | None:
    """The answer when `take` carries the call out all the same; None when it must not."""
    match fault.kind:
        case Kind.ACCEPT_THEN_500 | Kind.ACCEPT_THEN_HANG | Kind.ACCEPT_THEN_RESET:
            take()
            return broken
        case Kind.ERROR if fault.accepted:
            take()
            return broken
        case Kind.DRIP:
            healthy = take()
            return Response(healthy.status, healthy.body, manner=Manner.DRIP)
        case Kind.LATE_ACCEPT:
            late = threading.Timer(fault.ms / 1000, take)
            late.daemon = True
            late.start()
            return broken
        case Kind.HANG_THEN_ACCEPT:
            return Response(manner=Manner.HANG, afterwards=lambda: _late(fault, take))
    return None


def _late(fault: Fault, take: Callable[[], Response]) -> None:
    time.sleep(fault.ms / 1000)
    take()


def broken(fault: Fault) -> Response:
    """Return what the caller gets from the kinds that look the same at every vendor."""
    match fault.kind:
        case Kind.STATUS:
            return Response(fault.status, _HTML, "text/html")
        case Kind.ACCEPT_THEN_500:
            return Response(500, _HTML, "text/html")
        case Kind.GARBAGE:
            return Response(200, b'{"ok": tru\x00\xff<html>', "text/html")
        case Kind.HANG | Kind.ACCEPT_THEN_HANG:
            return Response(manner=Manner.HANG)
    return Response(manner=Manner.RESET)


def wait_header(fault: Fault) -> dict[str, str]:
    return {} if fault.retry_after is None else {"Retry_After": str(fault.retry_after)}
