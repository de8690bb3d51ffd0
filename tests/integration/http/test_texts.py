"""Texts over HTTP: what is published, and the very bytes that were hashed, for ever."""

from dataclasses import replace
from hashlib import sha256

import pytest

from schemas import calendars
from services.workflow.adapters.files import drafts, words_file
from services.workflow.adapters.http import documents
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from tests.integration.http.service import SCHEME, Service
from tests.texts import publish_schemes, with_policy
from tests.unit.workflow.scheme.cases import scheme_with

OTHER = scheme_with((f"id: {SCHEME}", "id: laboratory"))
BEFORE = next(one for one in drafts.shipped(calendars.versions()[0]) if one.kind == "calendar")


def test_a_text_is_the_bytes_of_its_hash_and_may_be_kept_for_ever(shared: Service):
    listed = shared.get("/v1/texts").json["items"]
    assert {one["kind"] for one in listed} == {"scheme", "calendar", "policy"}
    for one in listed:
        answer = shared.get(f"/v1/texts/{one['hash']}")
        assert sha256(answer.data).hexdigest() == one["hash"] == answer.headers["ETag"].strip('"')
        assert (answer.headers["Text-Kind"], answer.headers["Text-Id"]) == (one["kind"], one["id"])
        assert answer.headers.getlist("Cache-Control") == ["private, max-age=31536000, immutable"]


def test_who_has_a_text_is_told_so_without_it(shared: Service):
    hash_ = shared.get("/v1/texts").json["items"][0]["hash"]
    answer = shared.get(f"/v1/texts/{hash_}", headers={"If-None-Match": f'"{hash_}"'})
    assert (answer.status_code, answer.data) == (304, b"")


def test_words_that_do_not_fit_a_scheme_are_not_told_of_it(shared: Service):
    listed = next(one for one in shared.get("/v1/texts").json["items"] if one["kind"] == "scheme")
    actor = Actor(client="web", person="c.off", scopes=PAGE_SCOPES, scope_unit="w")
    own = shared.parts.library
    said = dict(own.words(actor, listed["hash"]))
    unfit = said | {next(iter(said)): "x" * 10_000}
    library = replace(own, english={listed["id"]: unfit}, _said={})
    assert library.words(actor, listed["hash"]).items() == said.items() - {next(iter(said.items()))}


@pytest.mark.parametrize("hash_", ["0" * 64, "x", "A" * 64, "%00", "1" * 5000])
def test_an_absent_text_is_absent_like_all_else(shared: Service, hash_: str):
    answer = shared.get(f"/v1/texts/{hash_}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_words_of_a_scheme_are_told_in_english_and_of_no_other_text(shared: Service):
    for listed in shared.get("/v1/texts").json["items"]:
        answer = shared.get(f"/v1/texts/{listed['hash']}/words?language=en")
        documents.WORDS.load(answer.json)
        said = words_file.read_all(None).get(listed["id"], {}) if listed["kind"] == "scheme" else {}
        assert answer.json["words"] == said
        if listed["id"] == SCHEME and listed["kind"] == "scheme":
            assert said["提交报告"] == "Submit the report"


@pytest.mark.parametrize("query", ["", "?language=zh", "?language=fr", "?language=en&x=1"])
def test_words_in_a_language_nobody_has_are_refused(shared: Service, query: str):
    hash_ = shared.get("/v1/texts").json["items"][0]["hash"]
    assert shared.get(f"/v1/texts/{hash_}/words{query}").status_code == 400
    absent = shared.get(f"/v1/texts/{'0' * 64}/words?language=en")
    assert (absent.status_code, absent.json["code"]) == (404, "not_found")


def test_the_list_says_since_when_and_what_is_in_force(service: Service):
    service.clock.pass_by(days=1)
    service.parts.publishing.publish([BEFORE])
    listed = service.get("/v1/texts?kind=calendar").json
    assert [(one["hash"] == BEFORE.hash, one["in_force"]) for one in listed["items"]] == [
        (True, True),
        (False, False),
    ]
    assert [one["since"][:10] for one in listed["items"]] == ["2020-01-09", "2020-01-08"]
    first = service.get("/v1/texts?kind=calendar&limit=1").json
    rest = service.get(f"/v1/texts?kind=calendar&after={first['next']}").json
    assert (first["total"], [*first["items"], *rest["items"]]) == (2, listed["items"])


@pytest.mark.parametrize("scope", ["log", "notify"])
def test_a_client_needs_the_scope_of_one_who_follows_the_log(shared: Service, scope: str):
    token = shared.parts.accounts.create_token(f"of-{scope}", frozenset({scope}), "w")
    hash_ = shared.get("/v1/texts", token=token).json["items"][0]["hash"]
    assert shared.get(f"/v1/texts/{hash_}", token=token).status_code == 200
    reader = shared.parts.accounts.create_token("reader", frozenset({"read", "trigger"}), "w")
    words = f"/v1/texts/{hash_}/words?language=en"
    for path in ("/v1/texts", f"/v1/texts/{hash_}", f"/v1/texts/{'0' * 64}", words):
        refused = shared.get(path, token=reader)
        assert (refused.status_code, refused.json["code"]) == (403, "client_scope")


def test_a_scheme_without_a_policy_is_not_opened(service: Service):
    service.parts.publishing.publish(with_policy(OTHER)[:1])
    asked, before = {"scheme": OTHER.id, "unit": "c", "year": 2019}, service.n_events()
    refused = service.call("POST", "/v1/cycles", asked, person="c.off", key=None)
    assert (refused.status_code, refused.json["code"]) == (422, "no_policy")
    assert OTHER.id in refused.json["title"]
    assert service.n_events() == before
    publish_schemes(service.parts.publishing, OTHER)
    opened = service.call("POST", "/v1/cycles", asked, person="c.off", key=None)
    assert (opened.status_code, opened.json["scheme_hash"]) == (201, OTHER.hash)


def test_a_round_is_opened_with_the_texts_in_force(service: Service):
    newer = scheme_with(
        (f"id: {SCHEME}", "id: laboratory"), ("max_backdating_days: 15", "max_backdating_days: 16")
    )
    publish_schemes(service.parts.publishing, OTHER, newer)
    service.parts.publishing.publish([BEFORE])
    asked = {"scheme": "laboratory", "unit": "c", "year": 2019}
    opened = service.call("POST", "/v1/cycles", asked, person="c.off", key=None).json
    assert (opened["scheme_hash"], opened["calendar_hash"]) == (newer.hash, BEFORE.hash)
    first = service.get(f"/v1/cycles/{service.cycle}").json
    assert first["calendar_hash"] != BEFORE.hash
