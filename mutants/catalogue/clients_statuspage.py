"""Faults in Statuspage's client."""

from mutants import Mutant

_PAGE = "tests/clients/test_statuspage.py"
_CONTRACT = "tests/clients/test_contract.py"
_LOGGED = "tests/clients/test_logged_calls.py"

MUTANTS = (
    Mutant(
        id="page-write-is-certain",
        file="incident_bot/clients/statuspage.py",
        old='        writes = verb != "GET"\n',
        new="        writes = False\n",
        tests=(f"{_CONTRACT}::test_each_answer_means_the_same_to_every_client",),
        suffers="An incident that the page took before it failed is published twice.",
    ),
    Mutant(
        id="page-error-shows-the-key",
        file="incident_bot/clients/statuspage.py",
        old='sentence = _sentence(said).replace(self._key.reveal(), "***")[:200]',
        new="sentence = _sentence(said)[:200]",
        tests=(f"{_PAGE}::test_a_page_that_echoes_the_key_does_not_make_it_public",),
        suffers="A proxy that echoes what it was sent makes the key public.",
    ),
    Mutant(
        id="page-420-is-a-refusal",
        file="incident_bot/clients/statuspage.py",
        old="        if status in (420, 429):\n",
        new="        if status == 429:\n",
        tests=(_PAGE,),
        suffers="Statuspage's own rate limit is taken for a refusal, and the page stays wrong.",
    ),
    Mutant(
        id="refused-key-is-final",
        file="incident_bot/clients/statuspage.py",
        old="""\
                detail,
                retryable=True,
                retry_after=_REFUSED_KEY_SECONDS,
""",
        new="""\
                detail,
                retry_after=_REFUSED_KEY_SECONDS,
""",
        tests=(_PAGE,),
        suffers="After the key was corrected the status page stays as it was.",
    ),
    Mutant(
        id="page-follows-redirects",
        file="incident_bot/clients/statuspage.py",
        old="                    allow_redirects=False,\n",
        new="                    allow_redirects=True,\n",
        tests=(_CONTRACT,),
        suffers="A redirect sends a write, or the key, to somebody else.",
    ),
    Mutant(
        id="page-id-as-a-path",
        file="incident_bot/clients/statuspage.py",
        old='return quote(value, safe="")',
        new="return quote(value)",
        tests=(f"{_PAGE}::test_an_id_cannot_lead_anywhere_else",),
        suffers="A mistyped id changes something else of the page.",
    ),
    Mutant(
        id="page-groups-are-components",
        file="incident_bot/clients/statuspage.py",
        old='            if each["id"] not in groups\n',
        new="",
        tests=(
            f"{_PAGE}::test_every_page_of_components_is_read_and_a_group_is_only_the_name_of_one",
        ),
        suffers="A service can be mapped to a group, which has no status.",
    ),
    Mutant(
        id="page-first-hundred",
        file="incident_bot/clients/statuspage.py",
        old="            if len(listed) < _PER_PAGE:\n",
        new="            if len(listed) <= _PER_PAGE:\n",
        tests=(
            f"{_PAGE}::test_every_page_of_components_is_read_and_a_group_is_only_the_name_of_one",
        ),
        suffers="A page's 101st component does not exist for the bot.",
    ),
    Mutant(
        id="page-update-unnumbered",
        file="incident_bot/clients/statuspage.py",
        old='ours = {"key": key} if update is None else {"key": key, "update": update}',
        new='ours = {"key": key}',
        tests=(f"{_PAGE}::test_an_update_carries_the_key_of_its_incident_and_its_own_number",),
        suffers="After a lost answer customers read an update twice.",
    ),
    Mutant(
        id="page-incident-notifies-by-default",
        file="incident_bot/clients/statuspage.py",
        old='            "deliver_notifications": new.notify,\n',
        new="",
        tests=(f"{_PAGE}::test_a_published_incident_says_all_of_it_and_carries_its_key",),
        suffers="Statuspage's default counts: thousands get an e-mail that nobody chose to send.",
    ),
    Mutant(
        id="page-update-notifies-by-default",
        file="incident_bot/clients/statuspage.py",
        old='            "deliver_notifications": update.notify,\n',
        new="",
        tests=(f"{_PAGE}::test_an_update_carries_the_key_of_its_incident_and_its_own_number",),
        suffers="Subscribers get each update by e-mail though the commander chose not to.",
    ),
    Mutant(
        id="page-hold-ignored",
        file="incident_bot/clients/statuspage.py",
        old="        if HOLD in self._holds:\n",
        new="        if HOLD in self._holds and body is None:\n",
        tests=(f"{_PAGE}::test_under_a_hold_nothing_is_sent",),
        suffers="The page is written to although it asked for silence.",
    ),
    Mutant(
        id="page-body-of-any-size",
        file="incident_bot/clients/statuspage.py",
        old="""\
        if len(body) > _MAX_BODY_BYTES:
            raise requests.exceptions.ContentDecodingError("too long")
""",
        new="",
        tests=(_PAGE,),
        suffers="An answer without an end fills the worker's memory.",
    ),
    Mutant(
        id="page-without-a-check",
        file="incident_bot/clients/statuspage.py",
        old="        check_call()\n",
        new="",
        tests=(
            "tests/jobs/test_lease.py::test_no_call_of_the_status_page_begins_without_the_lease",
        ),
        suffers="A slow worker writes an older status over a newer one.",
    ),
    Mutant(
        id="statuspage-calls-unlogged",
        file="incident_bot/clients/statuspage.py",
        old='            line["code"] = f"HTTP {status}"\n',
        new="",
        tests=(_LOGGED,),
        suffers="At LOG_LEVEL=DEBUG what Statuspage refuses looks like what it took.",
    ),
)
