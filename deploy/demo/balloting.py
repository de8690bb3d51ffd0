"""Ballots in the room: a rehearsal taken away, slips, phones, paper by two, the count (C5.1).

Nobody who votes is signed in, and no token is sent: a ballot goes out with what stands on its slip
and nothing else. What the provincial body counted for itself is typed in with the score.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.client import Answer
from deploy.demo.stage import CREATED, Stage, codes

POLL = "hall"
MEMBERS, INVITED = "members", "invited"
_SCALE = ("good", "fair", "average", "poor")
_CALLED = 200
Slips = list[dict[str, str]]


class Hall:
    """The poll of one meeting, as its host holds it."""

    def __init__(self, stage: Stage, meeting: str, host: str) -> None:
        self._stage = stage
        self._host = host
        self._meeting = meeting
        self._path = f"/v1/cases/{meeting}/polls"
        self._phones = stage.anybody
        self.slips: dict[str, Slips] = {}
        self.covered: list[str] = []  # the cases on a sheet, once somebody has read one

    # --- Slips ---

    def issue(self, electorate: str, n: int, *, rehearsal: bool = False) -> Slips:
        """Have slips printed; their codes are told this once."""
        body = {"electorate": electorate, "n": n, "rehearsal": rehearsal}
        made = self._done("slips", body).body["slips"]
        if not rehearsal:
            self.slips[electorate] = made
        return list(made)

    def rehearse(self) -> None:
        """Vote twice on slips that count for nothing, and take all of it away again."""
        made = self.issue(MEMBERS, 2, rehearsal=True)
        for nth, slip in enumerate(made):
            self.cast(slip, nth)
        self._done("closing", {"rehearsal": True})
        came = self.told()["rehearsal"]["reconciliation"][0]["n_phone"]
        self._stage.api.call("DELETE", f"{self._path}/{POLL}/rehearsal", person=self._host)
        unknown = codes(self._sheet(made[0]))
        self._stage.hold(
            "演练用的票投得进、算得出，删除之后什么也不留",
            (came, self.told()["rehearsal"], unknown) == (2, None, ["unknown_slip"]),
        )

    # --- Phones ---

    def cast(self, slip: Mapping[str, str], nth: int) -> None:
        """Vote with *slip* as the *nth* of the room, who leaves a line about themselves out."""
        self.covered = [line["about"] for line in self._sheet(slip).body["lines"]]
        answers = [
            {"about": about, "question": "overall", "value": _said(at, nth)}
            for at, about in enumerate(self.covered)
        ]
        told = self._send(slip, secrets.token_urlsafe(24), answers)
        self._stage.check("票投入票箱", told.status == _CALLED)

    def twice(self, slip: Mapping[str, str]) -> list[str]:
        """Try a slip that was used once more, from another phone; return why it is refused."""
        return codes(self._send(slip, secrets.token_urlsafe(24), []))

    def _send(self, slip: Mapping[str, str], nonce: str, answers: Sequence[Any]) -> Answer:
        body = {"secret": slip["secret"], "nonce": nonce, "sheet": answers}
        return self._phones.call("POST", "/v1/ballots", body)

    def _sheet(self, slip: Mapping[str, str]) -> Answer:
        return self._phones.call("POST", "/v1/ballots/sheet", {"secret": slip["secret"]})

    # --- Closed, counted, told ---

    def enter(self, way: str, slips: Slips) -> None:
        """Enter slips by their check codes, as spoilt or as used on paper."""
        self._done(f"{way}-slips", {"codes": [one["check"] for one in slips]})

    def close(self) -> None:
        """Take no more ballots, and mix."""
        self._done("closing", {})

    def count_paper(self, person: str, papers: Mapping[str, Any]) -> None:
        """Enter what *person* counted on paper."""
        path, body = f"{self._path}/{POLL}/paper-counts", {"electorates": papers}
        told = self._stage.api.call("PUT", path, body, person)
        self._stage.check(f"{person} 录入纸质票", told.status == _CALLED)

    def tally(self) -> Answer:
        """Have the count told to the log and to every case, if nothing stands in the way."""
        return self._stage.api.post(f"{self._path}/{POLL}/tally", {}, self._host)

    def told(self) -> dict[str, Any]:
        """Return the poll as it is told to who holds it."""
        return dict(self._stage.api.get(self._path, self._host).body["items"][0])

    def require_told(self) -> dict[str, Any]:
        """Take the tally, which must be accepted; return what the event says."""
        told = self.tally()
        self._stage.check(f"计票（{self._host}）被接受", told.status == CREATED)
        return dict(told.body["event"])

    def given(self) -> list[dict[str, Any]]:
        """Return the event of each covered case that gave it what was counted."""
        return [self._stage.event(one.partition("/")[2], "ballot") for one in self.covered]

    def _done(self, act: str, body: Mapping[str, Any]) -> Answer:
        answer = self._stage.api.post(f"{self._path}/{POLL}/{act}", body, self._host)
        self._stage.check(f"{act}（{self._host}）被接受", answer.status in (_CALLED, CREATED))
        return answer


def _said(at: int, nth: int) -> str:
    """Return what the *nth* ballot says of the case on line *at*; "": left out on purpose."""
    return "" if at == nth else _SCALE[min(3, (at % 6 + nth % 3) // 3)]


# --- At the meetings ---


def hand_out(stage: Stage, meeting: str, host: str, n_members: int, n_invited: int) -> Hall:
    """Have slips printed for everybody who is there, before the ballots are opened."""
    hall = Hall(stage, meeting, host)
    hall.issue(MEMBERS, n_members)
    if n_invited:
        hall.issue(INVITED, n_invited)
    return hall


def vote(hall: Hall) -> list[dict[str, Any]]:
    """Let everybody vote by phone, close, tell what was counted; return who was asked."""
    for slips in hall.slips.values():
        for nth, slip in enumerate(slips):
            hall.cast(slip, nth)
    hall.close()
    return list(hall.require_told()["data"]["reconciliation"])


def vote_on_paper_too(stage: Stage, hall: Hall, counters: tuple[str, str]) -> None:
    """Let most vote by phone and three on paper; count those by two, who differ at first."""
    *phones, spoilt, _, one, two, three = hall.slips[MEMBERS]
    hall.enter("spoilt", [spoilt])
    for slips in (phones, hall.slips[INVITED]):
        for nth, slip in enumerate(slips):
            hall.cast(slip, nth)
    again = hall.twice(phones[0])
    stage.hold("一张票只能投一次，换一部手机也不行", again == ["slip_used"])
    hidden = hall.told()
    stage.hold("封票之前，收回多少、结果如何谁也看不到", hidden["reconciliation"] is None)
    hall.enter("paper", [one, two, three])
    hall.close()
    _count(stage, hall, counters)
    tally = hall.require_told()
    told = tally["data"]
    members, invited = told["reconciliation"]
    given = hall.given()
    stage.hold(
        "票数逐方相符：发票＝手机＋纸质＋换发＋未用交回",
        [members[name] for name in ("n_paper", "n_spoilt", "n_returned", "difference")]
        == [3, 1, 1, 0]
        and invited["n_phone"] == len(hall.slips[INVITED])
        and len(told["groups"]) == len(hall.slips),  # both are enough to be counted apart
    )
    figures = [one["data"]["components"]["ballot"] for one in given]
    stage.hold(
        "现场评议得分出自计票，案卷里写明它的由来",
        {one["causationid"] for one in given} == {tally["id"]}
        and all(one["n_valid"] and one["figure"] for one in figures),
    )


def _count(stage: Stage, hall: Hall, counters: tuple[str, str]) -> None:
    """Count the paper twice; the second of the two slips once and mends it."""
    right, slipped = _counted(hall.covered, "good"), _counted(hall.covered, "fair")
    for person, told in zip(counters, (right, slipped), strict=True):
        hall.count_paper(person, told)
    refused = hall.tally()
    stage.say(f"   ✗ {refused.body['errors'][0]['reason'][:60]}…")
    stage.hold("纸质票两人各自计数，不一致就不能计票", codes(refused) == ["paper_counts_differ"])
    hall.count_paper(counters[1], right)


def _counted(covered: Sequence[str], grade: str) -> dict[str, Any]:
    """Return what was counted: three sheets that give everybody one grade, one slip handed back."""
    cells = [{"about": one, "question": "overall", "value": grade, "n": 3} for one in covered]
    sums = {"n_paper": 3, "n_void": 0, "n_returned": 1, "n_not_returned": 0}
    return {MEMBERS: sums | {"counts": cells}}
