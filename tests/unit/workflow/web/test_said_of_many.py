"""Why cases came back is told of as many as the notifier asks about; pages read of fewer."""

from pathlib import Path

from services.workflow.adapters.http.documents.said import MOST_CASES
from services.workflow.application.boards.returned import MOST_TOLD
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.authority import Actor
from tests.end_to_end.pages.site import OFFICE, Site, china
from tests.unit.workflow.web.conftest import AUDITOR

JUDGED_BY = {
    "unit_audit": ("return_unit_audit", AUDITOR),
    "organ_audit": ("return_organ_audit", OFFICE),
}
FINDINGS = {"findings": ["请补充任务清单"]}


def test_of_more_than_a_page_reads_each_one_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path, china("01-08", "08:30"))
    came = dict[str, int]()
    for case in site.parts.database.reads.list_cases(ListQuery(limit=200)).cases:
        if len(came) > MOST_TOLD or site.submit(case.unit).outcome != "done":
            continue
        trigger, person = JUDGED_BY[site.review_of(case.unit).state]
        if site.fire(case.unit, trigger, person, data=FINDINGS).outcome == "done":
            came[case.stream] = site.review_of(case.unit).version
    assert len(came) == MOST_TOLD + 1 <= MOST_CASES
    notifier = Actor(
        client="notifier",
        person=None,
        scopes=frozenset({"notify"}),
        scope_unit=site.actor(OFFICE).scope_unit,
    )
    told = site.parts.saying.said(notifier, OFFICE, came)
    assert [remark.text for one in told.values() for remark in one.remarks] == [
        *FINDINGS["findings"] * len(came)
    ]
