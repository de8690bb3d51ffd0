"""A scheme whose kinds, states and triggers nobody knew, lived through by both services.

The words are drawn anew for each run, so nothing that is done can rest on one of them.
"""

from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest

from deploy.running import WORKFLOW
from tests.end_to_end.world import World, codes
from tests.unit.workflow.case.test_made_up_kinds import SCHEME, Names

SEED = SystemRandom().randrange(10**6)
POLICY = """
format: 2
id: {id}
scheme: {id}
zone: Asia/Shanghai
hour: 9
channels: [inapp]
retry: {{first_seconds: 60, cap_seconds: 3600, attempts: 8}}
tracks:
  - track: deadline
    late_start: {{when_unknown: send_again}}
    rungs:
      - {{rung: due_day, kind: reminder, before: 0, to: {{holder: true}}, when_unknown: send_again}}
urge: {{when_unknown: send_again}}
"""


class Story:
    """A round of the made-up scheme, told in its own words."""

    def __init__(self, world: World, folder: Path, seed: int) -> None:
        self.world, self.names = world, Names(seed)
        id_ = f"made-up-{seed}"
        text = self.names.written(SCHEME).replace("id: made-up", f"id: {id_}")
        for kind, written in (("scheme", text), ("policy", POLICY.format(id=id_))):
            file = folder / f"{kind}.yaml"
            file.write_text(written, encoding="utf-8")
            world.running.command(WORKFLOW, kind, "import", str(file))
        opened = world.api.post(
            "/v1/cycles", {"scheme": id_, "unit": "c", "round": "2019"}, "c.off"
        )
        assert opened.status == 201, opened.body
        self.cycle = opened.body["id"]

    def cases(self, kind: str = "", **query: Any) -> list[dict[str, Any]]:
        """Return the round's cases, of *kind* as the scheme's template names it if given."""
        asked = query | ({"kind": self.names[kind]} if kind else {})
        page = self.world.api.get("/v1/cases", cycle=self.cycle, limit=200, **asked)
        assert page.status == 200, page.body
        return list(page.body["items"])

    def one(self, kind: str, unit: str) -> str:
        (found,) = self.cases(kind, unit=unit)
        return str(found["id"])

    def fire(self, case: str, trigger: str, by: str, **rest: Any) -> Any:
        path = f"/v1/cases/{case}/transitions"
        return self.world.api.post(path, {"trigger": self.names[trigger], **rest}, by)

    def act(self, case: str, trigger: str, by: str, **rest: Any) -> dict[str, Any]:
        """Fire what must be accepted, after its form was looked at as a client would."""
        possible = self.possible(case, by)[self.names[trigger]]
        assert possible["allowed"] or possible["reason_required"], possible
        assert set(rest.get("data", {})) <= set(possible["data"]["properties"])
        answer = self.fire(case, trigger, by, **rest)
        assert answer.status == 201, answer.body
        return dict(answer.body["case"])

    def possible(self, case: str, by: str) -> dict[str, Any]:
        listed = self.world.api.get(f"/v1/cases/{case}/transitions", by)
        assert listed.status == 200, listed.body
        return {one["trigger"]: one for one in listed.body["items"]}

    def links(self, case: str) -> dict[str, Any]:
        told = self.world.api.get(f"/v1/cases/{case}", "c.off").body["links"]
        return {one["name"]: one for one in told}

    def handed_in(self) -> dict[str, Any]:
        names = self.names
        row = {names["what"]: "x", names["who"]: "h1.sec", names["until"]: "2020-01-20"}
        return {"documents": {names["sheet"]: {"rows": [row]}}}


@pytest.fixture(scope="module")
def story(world: World, tmp_path_factory: pytest.TempPathFactory) -> Story:
    print(f"words of seed {SEED}")  # noqa: T201 -- a failure is told with its words
    told = Story(world, tmp_path_factory.mktemp("texts"), SEED)
    walk(told)
    return told


def walk(story: Story) -> None:
    """Lead every case of every kind to its end, each act by who holds its desk."""
    world, names = story.world, story.names
    whole, gathering = story.one("whole", "h1"), story.cases("gathering")[0]["id"]
    assert codes(story.fire(gathering, "meet", "c.off")) == ["link_not_all_ended"]
    world.at("01-08 10:00")
    story.act(whole, "hand_in", "h1.off", data=story.handed_in())
    world.at("01-13 10:00")  # the day on which the desks that have done nothing are due
    signed = story.act(whole, "sign", "h1.dep")
    assert [desk["desk"] for desk in signed["holders"]] == [names["right"]]
    assert story.act(whole, "sign", "c.off")["state"] == names["doing"]
    weight = {"components": {names["weight"]: "75"}}
    refused = story.fire(whole, "weigh", "c.off", data=weight)
    assert (refused.status, codes(refused)) == (422, ["link_not_all_ended"])
    story.act(story.cases("piece")[0]["id"], "finish", "h1.sec")
    story.act(whole, "weigh", "c.off", data=weight)
    for unit in ("h2", "h3"):
        story.act(story.one("whole", unit), "drop", "c.off", reason="r")
    story.act(gathering, "meet", "c.off")


def test_three_kinds_nobody_knew_come_to_their_ends(story: Story) -> None:
    names = story.names
    ends = {(one["kind"], one["state"], one["final"]) for one in story.cases()}
    assert ends == {
        (names["whole"], names["over"], "completed"),
        (names["whole"], names["dropped"], "abandoned"),
        (names["piece"], names["ready"], "completed"),
        (names["gathering"], names["met"], "completed"),
    }


def test_a_case_tells_where_its_links_lead(story: Story) -> None:
    names = story.names
    links = story.links(story.one("whole", "h1"))
    (piece,) = links[names["pieces"]]["cases"]
    assert (piece["kind"], piece["state"]) == (names["piece"], names["ready"])
    assert piece["number"].endswith("-0001/01")
    led = links[names["gathering"]]
    assert (led["one"], led["n"], led["cases"][0]["state"]) == (True, 1, names["met"])


def test_who_lets_a_day_come_is_reminded_whatever_the_case_is_called(story: Story) -> None:
    case = story.one("whole", "h3")
    path = f"/v1/cases/{case}/events"
    events = [item["event"] for item in story.world.api.get(path, "c.off").body["items"]]
    told = [one["data"] for one in events if "notice_recorded" in one["type"]]
    assert [(one["rung"], one["recipient"]["person"]) for one in told] == [("due_day", "h3.off")]


def test_the_history_of_each_says_what_was_done(story: Story) -> None:
    path = f"/v1/cases/{story.one('whole', 'h1')}/events"
    events = [item["event"] for item in story.world.api.get(path, "c.off").body["items"]]
    own = [one["type"].split(".")[1] for one in events if "/notices" not in one["subject"]]
    assert own == ["case_opened", "state_changed", "desk_signed", "state_changed", "state_changed"]


def test_afterwards_the_log_is_whole(story: Story) -> None:
    story.world.require_whole()
