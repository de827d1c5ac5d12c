"""The catalogue: each module in this folder holds the mutants of one package, or concern, of the product."""

import importlib
import pkgutil
from functools import cache

from mutants import Mutant


@cache
def by_package() -> dict[str, tuple[Mutant, ...]]:
    """All mutants, by the package they are put into."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").MUTANTS for name in names}
