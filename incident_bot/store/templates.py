"""Templates: listing, adding, changing and disabling them."""

from dataclasses import asdict
from typing import Any, Final, LiteralString

from incident_bot.domain.incidents import Severity
from incident_bot.domain.templates import Template
from incident_bot.errors import Conflict, NotFound
from incident_bot.store.database import Tx

_SELECT: Final[LiteralString] = """
    select name, title, severity, service, description, enabled from templates
"""


def _template(**columns: Any) -> Template:
    columns["severity"] = Severity(columns["severity"])
    return Template(**columns)


def all_templates(tx: Tx) -> list[Template]:
    """All templates, by name."""
    return tx.all(_template, _SELECT + "order by name")


def enabled(tx: Tx) -> list[Template]:
    """The templates people can choose, by name."""
    return tx.all(_template, _SELECT + "where enabled order by name")


def by_name(tx: Tx, name: str) -> Template:
    """One template; raises NotFound."""
    found = tx.maybe(_template, _SELECT + "where name = %s", name)
    if found is None:
        raise NotFound(f"There is no template “{name}”.")
    return found


def add(tx: Tx, template: Template) -> None:
    """A new template; raises Conflict when the name is taken."""
    added = tx.run(
        """
        insert into templates (name, title, severity, service, description, enabled)
        values (%(name)s, %(title)s, %(severity)s, %(service)s, %(description)s, %(enabled)s)
        on conflict (name) do nothing
        """,
        **asdict(template),
    )
    if not added:
        raise Conflict(f"There is already a template “{template.name}”; edit that one.")


def save(tx: Tx, template: Template) -> None:
    """Everything of a template but its name."""
    tx.run(
        """
        update templates set title = %(title)s, severity = %(severity)s, service = %(service)s,
            description = %(description)s, enabled = %(enabled)s
        where name = %(name)s
        """,
        **asdict(template),
    )
