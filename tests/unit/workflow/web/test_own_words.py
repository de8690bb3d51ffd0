"""Pages and messages speak of a case in its scheme's words, and of no case in another's."""

from pathlib import Path

import pytest

from services.workflow.adapters.web.telling import why_told
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.language.showing.phrases import phrases
from tests.unit.workflow.case.test_examples import played

SHARED = [
    *Path("services/workflow/adapters/web").rglob("*.*"),
    *Path("services/notifier/adapters/templates").glob("*.t*"),
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
