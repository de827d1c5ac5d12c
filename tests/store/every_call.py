"""A call of each function of the store, on data as bench/growth_data.py makes it."""

from typing import Final

from tests.store.call import Call
from tests.store.interactive_calls import INTERACTIVE
from tests.store.operator_calls import EXPORTS, OPERATOR
from tests.store.worker_calls import PERIODIC, WORKER

EVERY: Final[dict[str, Call]] = {**INTERACTIVE, **WORKER, **PERIODIC, **OPERATOR, **EXPORTS}
