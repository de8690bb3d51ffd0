"""The page of a draw before its list is fixed: whom it would hold, by name, and who is left out."""

from services.workflow.application.firing.commands import OpenCommand
from services.workflow.application.firing.port import Wanted
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.visitor import Visitor


def test_before_the_list_is_fixed_its_page_and_its_form_name_whom_it_would_hold(shipped: Site):
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
    case = office.text(f"/cases/{draw.id}")
    assert f"/cases/{draw.id}/draw" in case
    text = office.text(f"/cases/{draw.id}/draw")
    told = shipped.parts.drawn.view(shipped.actor(OFFICE), draw.id).told["would_hold"]
    units = shipped.parts.directory.current().units
    assert len(told["units"]) == 24
    assert told["take"] == 8
    for one in told["units"]:
        assert units[one].name in text
        assert f'<option value="{one}">{units[one].name}（{one}）</option>' in case
    assert office.get(f"/cases/{draw.id}/draw.json").status_code == 404
