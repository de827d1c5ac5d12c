"""axe-core in the page: what keeps somebody from reading or using it."""

from importlib.resources import files
from typing import Final

from tests.browser.chromium import Person

_SCRIPT: Final = (files("axe_core_python") / "axe.min.js").read_text()
_RUN: Final = """
const done = arguments[0];
document.getAnimations().forEach((one) => one.finish());
axe.run().then((found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) =>
  `${rule.id}: ${node.html.slice(0, 120)} ${node.any.map((check) => check.message).join()}`))));
"""


def complaints(person: Person) -> list[str]:
    """List each breach of a rule on the page as it stands: contrast of 4.5, names, order, roles."""
    person.browser.execute_script(_SCRIPT)
    return [str(each) for each in person.browser.execute_async_script(_RUN)]
