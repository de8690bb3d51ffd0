"""Pages and messages speak of a case in its scheme's words, and of no case in another's."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.workflow.adapters.web.telling import why_told
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.language.showing.phrases import phrases
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.case.test_examples import played
from tests.unit.workflow.web.visitor import Visitor

SHARED = [
    *Path("services/workflow/adapters/web").rglob("*.*"),
    *Path("services/notifier/adapters/templates").glob("*/*.t*"),
    *Path("services/workflow/domain").rglob("*.json"),
]


@pytest.mark.parametrize("word", ["考核", "述职", "被检查"])
def test_what_all_schemes_share_is_in_the_words_of_none(word: str):
    texts = {file: file.read_text() for file in SHARED if file.suffix not in (".pyc", ".woff2")}
    assert len(texts) > 50
    assert [str(file) for file, text in texts.items() if word in text] == []


def test_whom_a_case_is_about_is_called_as_the_scheme_says():
    play = played("change-approval", "grp", "2024")
    kind, vocabulary = play.scheme.kinds["change"], play.organisation.vocabulary
    here = Spoken(play.scheme, kind, kind.lives[0], phrases(), vocabulary)
    assert why_told("person_appraised", here) == "申请部门本人"


def test_a_case_is_called_what_its_scheme_calls_it(shipped: Site, monkeypatch: pytest.MonkeyPatch):
    """On lists, on its page, and in the reasons why something is not done."""
    shipped.password(OFFICE)
    office, word = Visitor(shipped).sign_in(OFFICE), "系统里的一件"
    rulebook = shipped.parts.rulebook
    scheme = rulebook.of(shipped.cycle).scheme
    renamed = replace(scheme, words={**scheme.words, "case": word})
    monkeypatch.setattr(rulebook, "scheme", lambda _: renamed)
    rulebook.follow()
    case = f"/cases/{shipped.review_of('u-hospital-1').id}"
    for path, said in (("/cases", f"全部{word}"), ("/stuck", f"没有超期的{word}"), (case, word)):
        assert said in office.text(path), path
    fields = {"trigger": "resume", "reason": "继续", "key": "a", "version": "1"}
    refused = office.post(f"{case}/transitions", shown_at=case, **fields)
    assert f"{word}未中止" in refused.text


def test_nobody_writes_into_a_scheme_that_others_share(shipped: Site):
    canonical = shipped.parts.rulebook.of(shipped.cycle).scheme.canonical
    scheme = from_canonical(canonical)
    assert from_canonical(canonical) is scheme
    with pytest.raises(TypeError):
        scheme.words["case"] = "系统里的一件"  # type: ignore[index]
