"""Two schemes that are no party appraisal, each to its end, beside a running round of 2019.

One organisation, one service, one notifier. What is told of them, on pages and in mails, is told in
their own words; and the story is told twice, the second time with a random suffix behind every word
and label that the two schemes give, so that nothing can rest on one of them, and on the servers of
production.
"""

import logging
import secrets
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest

from deploy.client import Answer
from deploy.running import WORKFLOW, Running
from deploy.servers import KafkaCluster, SmtpSink
from deploy.servers.postgres import NOTIFIER
from tests.end_to_end.systems import on_servers, renew_topic
from tests.end_to_end.three_schemes import Example, organisation
from tests.end_to_end.visitor import Visitor
from tests.end_to_end.world import World, codes, local
from tests.servers import Databases

SUFFIX = "_" + "".join(secrets.choice(ascii_lowercase) for _ in range(6))
LABORATORY, CHANGE = "laboratory-safety", "change-approval"
OPENED = local("01-08 08:30")
PHOTO = b"%PDF-1.7\n<< /Type /Page >>\n%%EOF\n"
PROOF = {
    "parts": {"done": "已更换通风柜"},
    "files": [{"sha256": sha256(PHOTO).hexdigest(), "length": len(PHOTO)}],
}


class Schemes:
    """The system, and what the two stories have at hand."""

    def __init__(self, running: Running, mail: SmtpSink, suffix: str) -> None:
        self.running, self.mail = running, mail
        self.laboratory, self.change = Example(LABORATORY, suffix), Example(CHANGE, suffix)
        self.examples = (self.laboratory, self.change)
        file = running.folder / "organisation.yaml"
        file.write_text(organisation(*self.examples), encoding="utf-8")
        running.prepare(file)
        for example in self.examples:
            for kind in ("scheme", "policy"):
                text = running.folder / f"{example.name}.{kind}.yaml"
                text.write_text(getattr(example, kind), encoding="utf-8")
                running.command(WORKFLOW, kind, "import", str(text))
        running.start()
        self.api = running.client()
        self.rounds = {
            "2019": self.opened("jilin-health-2019", "c", "2019", "c.off"),
            LABORATORY: self.opened(LABORATORY, "nku", "2020-Q1", "p-chief"),
            CHANGE: self.opened(CHANGE, "dc-east", "2020", "p-board-east"),
        }

    def opened(self, scheme: str, unit: str, label: str, by: str) -> str:
        body = {"scheme": scheme, "unit": unit, "round": label}
        answer = self.api.post("/v1/cycles", body, by)
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def at(self, moment: str) -> None:
        self.running.move_to(local(moment))

    def cases(self, example: Example, kind: str, unit: str = "") -> list[dict[str, Any]]:
        query = {"cycle": self.rounds[example.name], "kind": example.word(kind), "unit": unit}
        query = {name: value for name, value in query.items() if value}
        found = self.api.get("/v1/cases", limit=200, **query)
        assert found.status == 200, found.body
        return sorted(found.body["items"], key=lambda case: str(case["number"]))

    def fire(self, example: Example, case: str, trigger: str, by: str, **rest: Any) -> Answer:
        body = {"trigger": example.word(trigger), **rest}
        return self.api.post(f"/v1/cases/{case}/transitions", body, by)

    def act(self, example: Example, case: str, trigger: str, by: str, **rest: Any) -> Any:
        answer = self.fire(example, case, trigger, by, **rest)
        assert answer.status == 201, (trigger, answer.body)
        return answer.body["case"]

    def bring(self, example: Example, case: str, document: str, content: bytes, by: str) -> None:
        path = f"/v1/cases/{case}/files/{sha256(content).hexdigest()}"
        asked = f"{path}?document={example.word(document)}&name=photo.pdf"
        headers = {"Content-Type": "application/octet-stream"}
        assert self.api.call("PUT", asked, content, by, headers).status == 200

    def document(self, example: Example, name: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"documents": {example.word(name): content}}

    def rows(self, example: Example, document: str, *rows: dict[str, Any]) -> dict[str, Any]:
        columns = [{example.word(name): value for name, value in row.items()} for row in rows]
        return self.document(example, document, {"rows": columns})


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> dict[str, str]:
    """PostgreSQL and Kafka for one system, as production has them."""
    databases: Databases = request.getfixturevalue("postgres_databases")
    kafka: KafkaCluster = request.getfixturevalue("kafka_one_node")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    renew_topic(kafka.bootstrap)
    return on_servers(databases.fresh(), databases.fresh(roles=NOTIFIER), kafka)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("", id="own words, embedded"),
        pytest.param(
            SUFFIX,
            id="other words, in production",
            marks=[pytest.mark.postgres, pytest.mark.kafka],
        ),
    ],
)
def schemes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mail: SmtpSink
) -> Iterator[Schemes]:
    folder: Path = tmp_path_factory.mktemp("schemes")
    sender = {"SHUPING_SMTP_URL": mail.url, "SHUPING_SMTP_FROM": "shuping@shuping.example"}
    on = request.getfixturevalue("servers") if request.param else {}
    running = Running(folder, OPENED, on | sender)
    try:
        told = Schemes(running, mail, request.param)
        inspect(told)
        change(told)
        yield told
    finally:
        running.stop()


# --- The stories ---


def inspect(told: Schemes) -> None:
    """One laboratory has a hazard put right and is found safe; the day another is due goes by."""
    lab, first = told.laboratory, told.cases(told.laboratory, "inspection", "lab-organic")[0]["id"]
    told.at("01-10 10:00")
    hazard = {"hazard": "通风柜失灵", "severity": "grave", "responsible": "p-technician"}
    found = told.rows(lab, "hazard_list", hazard | {"due": "2020-01-17"})
    found["documents"][lab.word("hazard_list")]["rows"][0][lab.word("severity")] = "grave"
    told.act(lab, first, "tell_findings", "p-inspector-1", data=found)
    told.act(lab, first, "accept_findings", "p-organic")
    (piece,) = told.cases(lab, "hazard")
    refused = told.fire(lab, first, "ask_reinspection", "p-organic")
    assert codes(refused) == ["link_not_all_ended"]
    told.at("01-17 10:05")  # the day on which the hazard is due, and who answers for it is told
    proof = told.document(lab, "hazard_proof", PROOF)
    early = told.fire(lab, piece["id"], "give_evidence", "p-technician", data=proof)
    assert codes(early) == ["file_not_brought"]
    told.bring(lab, piece["id"], "hazard_proof", PHOTO, "p-technician")
    told.act(lab, piece["id"], "give_evidence", "p-technician", data=proof)
    told.act(lab, piece["id"], "confirm_evidence", "p-inspector-1")
    told.act(lab, first, "ask_reinspection", "p-organic")
    names = ("storage", "ventilation", "exits", "training")
    checklist = {"rows": {name: {lab.word("in_order"): True} for name in names}}
    told.act(
        lab,
        first,
        "pass_reinspection",
        "p-inspector-2",
        data=told.document(lab, "checklist", checklist),
    )


def change(told: Schemes) -> None:
    """One change is refused, approved by two desks and done; another may not overlap it."""
    it, opened = (
        told.change,
        told.api.post(
            "/v1/cases",
            {
                "kind": told.change.word("change"),
                "cycle": told.rounds[CHANGE],
                "unit": "east-network",
            },
            "p-network",
        ),
    )
    assert opened.status == 201, opened.body
    case = opened.body["case"]["id"]
    told.act(it, case, "ask_approval", "p-network", data=_plan(told))
    told.act(it, case, "approve_change", "p-security-east")
    remark = told.document(it, "board_remarks", {"parts": {"remark": "回退办法太略"}})
    told.act(it, case, "refuse_change", "p-manager-east", data=remark)
    told.act(it, case, "ask_approval", "p-network", data=_plan(told))
    for day in ("01-19", "01-20", "01-21"):  # the desks are due on the last two of them
        told.at(f"{day} 10:05")
    told.act(it, case, "approve_change", "p-security-east")
    told.act(it, case, "approve_change", "p-manager-east")
    told.act(it, case, "start_change", "p-network")
    outcome = told.rows(it, "change_outcome", {"happened": "按方案完成", "minutes": "0"})
    told.act(it, case, "finish_planned", "p-network", data=outcome)
    told.act(it, case, "end_review", "p-board-east")


def _plan(told: Schemes) -> dict[str, Any]:
    span = {"from": "2020-01-22T01:00:00Z", "until": "2020-01-22T03:00:00Z"}
    row = {"what": "更换核心交换机", "why": "老化", "fallback": "换回旧机"}
    return told.rows(
        told.change,
        "change_plan",
        row | {"window": span, "performer": "p-network", "risk": "low"},
    )


# --- What must be so ---


def test_an_inspection_and_its_hazard_come_to_their_ends(schemes: Schemes) -> None:
    lab = schemes.laboratory
    (inspected,) = schemes.cases(lab, "inspection", "lab-organic")
    (hazard,) = schemes.cases(lab, "hazard")
    assert (inspected["state"], inspected["final"]) == (lab.word("found_safe"), "completed")
    assert (hazard["state"], hazard["of"]) == (
        lab.word("put_right"),
        f"{lab.word('inspection')}/{inspected['id']}",
    )


def test_a_change_comes_to_its_end_past_two_desks(schemes: Schemes) -> None:
    (done,) = schemes.cases(schemes.change, "change")
    assert (done["state"], done["final"]) == (schemes.change.word("done_change"), "completed")


def test_what_is_out_of_service_is_exempt_and_counted(schemes: Schemes) -> None:
    path = f"/v1/cycles/{schemes.rounds[LABORATORY]}"
    coverage = schemes.api.get(path).body["coverage"]
    assert sum(one["exempt"] for one in coverage.values()) == 1


def test_the_round_of_2019_goes_on_beside_them(schemes: Schemes) -> None:
    found = schemes.api.get("/v1/cases", cycle=schemes.rounds["2019"], kind="review").body
    assert {case["state"] for case in found["items"]} == {"drafting"}
    assert found["total"] > 0


def letters(schemes: Schemes, person: str) -> list[str]:
    """Return the mails of this system that *person* got."""
    return [
        f"{one.message['Subject']}\n{one.text}"
        for one in schemes.mail.mails
        if one.recipients == (f"{person}@mail.example",) and schemes.running.url in one.text
    ]


def test_who_answers_for_a_hazard_is_written_to_in_its_own_words(schemes: Schemes) -> None:
    label = schemes.laboratory.label
    told = letters(schemes, "p-technician")
    assert told
    assert all(label("隐患") in letter and f"“{label('待整改')}”" in letter for letter in told)
    assert not any("述职" in letter for letter in told)


def test_each_desk_of_a_change_is_written_to_by_itself(schemes: Schemes) -> None:
    label = schemes.change.label
    for person in ("p-manager-east", "p-security-east"):
        told = letters(schemes, person)
        assert told, person
        assert all(f"“{label('审批')}”" in letter and "述职" not in letter for letter in told)


def test_pages_speak_of_each_in_its_own_words(schemes: Schemes) -> None:
    lab, it = schemes.laboratory, schemes.change
    head, engineer = (Visitor(schemes.running, one) for one in ("p-organic", "p-network"))
    (inspected,) = schemes.cases(lab, "inspection", "lab-organic")
    page = head.page(f"/cases/{inspected['id']}")
    for label in ("安全检查", "合格", "复查合格", "隐患清单", "检查表"):
        assert lab.label(label) in page, label
    assert "述职" not in page
    (done,) = schemes.cases(it, "change")
    page = engineer.page(f"/cases/{done['id']}")
    for label in ("系统变更", "变更完成", "批准", "变更方案", "实施结果"):
        assert it.label(label) in page, label
    assert "述职" not in page


def test_afterwards_the_log_is_whole(schemes: Schemes) -> None:
    World(schemes.running).require_whole()
