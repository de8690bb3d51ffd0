"""Every page in English: no Chinese is left but data, which is what the world of the test wrote."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
import yaml
from openpyxl import load_workbook
from structlog.testing import capture_logs

from schemas.envelope import peek
from services.workflow import schemes
from services.workflow.adapters import server
from services.workflow.adapters.files import words_file
from services.workflow.bootstrap import in_english
from services.workflow.bootstrap.in_english import InEnglish
from services.workflow.bootstrap.web import Web
from services.workflow.console import Arguments
from services.workflow.process_commands import run_serve
from services.workflow.settings import SettingsRefused
from tests import builders
from tests.end_to_end.pages import site as site_module
from tests.end_to_end.pages import whole
from tests.end_to_end.pages.site import OFFICE, Site
from tests.end_to_end.pages.whole import Whole
from tests.parts import QuickParts
from tests.unit.workflow.web.visitor import Visitor

HAN = re.compile(r"[\u3400-\u9fff]+")  # marks between data are data as well
SCHEMES = Path(schemes.__file__).parent
# What people can read of an element that is no text of its own.
READ = ("aria-label", "placeholder", "title", "alt", "data-h")
# The other language, named in itself; what versions of a text differ in; the title of the calendar.
# The bytes of a draw, and of the policy by which somebody was told, which are proof; a letter.
WRITTEN = re.compile('^shuping-draw-v1|^{\n  "acts": |您的案件')
OTHERS = ("中文", "三月前", "补选", "两名委员", "国务院办公厅公布的节假日安排")


class Read(HTMLParser):
    """What can be read on a page, but for what people wrote into fields and long texts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipped += tag in ("textarea", "style", "script")
        self.texts += [value for name, value in attrs if name in READ and value]

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in ("textarea", "style", "script")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.texts.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("english"))


@pytest.fixture(scope="module")
def data(site: Whole) -> re.Pattern[str]:
    """What the scheme, the organisation and the people of this world say, the longest first."""
    files = [*SCHEMES.glob("jilin-health-2019*.yaml"), site.organisation]
    found = {text for file in files for text in strings(yaml.safe_load(file.read_text("utf-8")))}
    found |= set(OTHERS)
    for source in (whole, site_module, builders):
        found |= set(HAN.findall(Path(str(source.__file__)).read_text(encoding="utf-8")))
    known = sorted((text for text in found if HAN.search(text)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, known)))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from value.splitlines()
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from strings(one)


def left(page: str, data: re.Pattern[str]) -> list[str]:
    """Return what is still Chinese on a page once data is taken away."""
    # What one text says is read as one: its Chinese is marked, word by word.
    (read := Read()).feed(re.sub("</?bdi[^>]*>", "", page))
    return [text.strip() for text in read.texts if HAN.search(data.sub("", text))]


def test_no_page_in_english_says_anything_in_chinese_but_data(site: Whole, data: re.Pattern[str]):
    found = {}
    for person in dict.fromkeys(one.person for one in site.pages()):
        visitor = Visitor(site)
        if person:
            visitor.sign_in(person)
        for one in (one for one in site.pages() if one.person == person):
            answer = visitor.get(one.path, **{"Accept-Language": "en"})
            assert answer.status_code in (200, 303, 404), (one, answer.status_code)
            said = left(answer.get_data(as_text=True), data)
            if said:
                found[f"{one.page} {one.path}"] = said
    assert found == {}


def test_no_page_in_english_says_a_word_of_the_scheme_in_chinese(site: Site):
    said = words_file.read_all(None)["jilin-health-2019"]
    words = sorted((word for word in said if len(word) > 1), key=len, reverse=True)
    assert all(map(HAN.search, words))  # so only what has some may hold one
    pattern, found = re.compile("|".join(map(re.escape, words))), {}
    visitors: dict[str, Visitor] = {}
    for person, path in {(one.person, one.path): None for one in site.pages()}:
        if person not in visitors:
            visitors[person] = Visitor(site).sign_in(person) if person else Visitor(site)
        answer = visitors[person].get(path, **{"Accept-Language": "en"})
        (read := Read()).feed(re.sub("</?bdi[^>]*>", "", answer.get_data(as_text=True)))
        told = {one.strip() for one in read.texts if HAN.search(one) and not WRITTEN.search(one)}
        found[path] = [one for one in told if one in said or pattern.search(one)]
    assert {path: told for path, told in found.items() if told} == {}


def test_what_is_done_on_an_english_page_is_recorded_in_the_schemes_own_words(shipped: Site):
    shipped.password(OFFICE)
    visitor = Visitor(shipped).sign_in(OFFICE)
    visitor.post("/language", "/cases", language="en", next="/cases")
    typed = {"kind": "visit", "cycle": shipped.cycle, "unit": "u-hospital-2"}
    opened = visitor.post("/open", shown_at="/open?kind=visit", **typed)
    assert "Inspection visit" in visitor.text(opened.location)
    case = opened.location.rpartition("/")[2].partition("?")[0]
    (event,) = shipped.parts.database.reads.stream(f"visit/{case}")
    assert peek(event.body).data["label"] == "督查调研"
    refused = visitor.post(
        f"/cases/{case}/transitions", f"/cases/{case}", trigger="feed_back", key=str(uuid4())
    )
    assert refused.status_code == 409
    assert "Awaiting the visit" in refused.get_data(as_text=True)
    recorded = shipped.parts.database.reads.stream(f"visit/{case}/refusals")
    assert [peek(one.body).data["blockers"][0]["params"]["state_label"] for one in recorded] == [
        "待督查"
    ]


def test_files_for_the_office_are_in_the_schemes_own_words_whoever_asks(site: Whole):
    visitor = Visitor(site).sign_in(OFFICE)
    visitor.post("/language", "/cases", language="en", next="/cases")
    content = visitor.get("/cases.xlsx").data
    sheets = load_workbook(BytesIO(content)).worksheets
    told = {cell.value for sheet in sheets for row in sheet for cell in row}
    assert "起草" in told
    assert "Drafting" not in told


def test_pages_of_both_languages_ask_the_notifier_through_the_same_locks(site: Whole):
    own, english = site.parts.spoken["zh"], site.parts.spoken["en"]
    assert isinstance(own, Web)
    assert isinstance(english, InEnglish)
    assert english.channel_trials is not own.channel_trials
    assert english._notifier is own._notifier


@pytest.fixture
def with_a_typo(site: Whole, tmp_path: Path) -> QuickParts:
    (tmp_path / "mine.yaml").write_text("scheme: s\nwords: [Drafting]\n")
    return QuickParts(replace(site.parts.settings, words_folder=tmp_path))


def test_a_file_that_is_no_catalogue_is_refused_at_the_start(
    with_a_typo: QuickParts, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(server, "serve", lambda *_, **__: pytest.fail("it serves"))
    with pytest.raises(SettingsRefused, match=r"SHUPING_WORDS_FOLDER: .*mine\.yaml:2: words: "):
        run_serve(with_a_typo, Arguments())


def test_a_worker_process_goes_on_without_files_that_were_changed_since(
    with_a_typo: QuickParts, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(in_english, "_logger", structlog.get_logger())  # as logging stands now
    with capture_logs() as lines:
        english = with_a_typo.spoken["en"]
    told = [one["faults"] for one in lines if one["event"] == "english_words_unread"]
    assert [len(faults) for faults in told] == [1]
    assert "mine.yaml:2: words: " in told[0][0]
    schemes_told = english.boards.sources.rulebook.schemes()
    assert "Appraisal" in [one.words["product"] for one in schemes_told]


def test_chinese_that_is_no_data_would_be_found(data: re.Pattern[str]):
    assert left('<p>述评</p><p title="尚未翻译">x</p><textarea>写的</textarea>', data) == [
        "尚未翻译"
    ]
