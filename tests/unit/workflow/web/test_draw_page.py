"""The page of a draw: nothing to look at before the list is fixed."""

from services.workflow.application.firing.commands import OpenCommand
from services.workflow.application.firing.port import Wanted
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.visitor import Visitor


def test_before_the_list_is_fixed_a_draw_has_no_page_and_nothing_leads_there(shipped: Site):
    opened = OpenCommand(
        cycle=shipped.cycle, kind="draw", unit="u-organ", actor=shipped.actor(OFFICE), key="draw"
    )
    assert shipped.parts.firing.fire(opened).case is not None
    heads = shipped.parts.database.store.standing([Wanted(cycle=shipped.cycle, whole=True)]).heads
    cases = heads[shipped.cycle].cases.values()
    (draw,) = (one for one in cases if one.kind == "draw" and one.unit == "u-organ")
    shipped.password(OFFICE)
    office = Visitor(shipped).sign_in(OFFICE)
    assert draw.state == "preparing"
    assert f"/cases/{draw.id}/draw" not in office.text(f"/cases/{draw.id}")
    assert [office.get(f"/cases/{draw.id}/{one}").status_code for one in ("draw", "draw.json")] == [
        404,
        404,
    ]
