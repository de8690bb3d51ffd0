"""Under which policy somebody was told: its steps in words, and its text as it was, by hash.

It opens to whoever sees the notice: on the page of one's own, and beside a case from what lies
there. The file that is handed out is the very bytes: their SHA-256 is the hash on the notice.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Response

from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.ladders import names_places, read_ladders, steps, ways
from services.workflow.adapters.web.languages import CHINESE, speaking
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.editions import Kept
from services.workflow.application.saving import File

JSON = "application/json"
_NOTHING: Mapping[str, Any] = {}


def add_policies(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of the policies that notices name, and their texts as files."""

    @pages.get("/inbox/<uuid:notice>/policy")
    @browsers.asks("page.inbox")
    def policy_of_notice(notice: UUID) -> Answer:
        told, kept = browsers.uses.told_by.of_notice(browsers.actor(), str(notice))
        return _shown(browsers, kept, f"/inbox/{notice}", f"/inbox/{notice}/policy.json", told)

    @pages.get("/inbox/<uuid:notice>/policy.json")
    @browsers.asks("page.inbox")
    def policy_text_of_notice(notice: UUID) -> Answer:
        return _file(browsers.uses.told_by.of_notice(browsers.actor(), str(notice))[1])

    @pages.get("/cases/<uuid:case_id>/policies/<hash_>")
    @browsers.asks("case.events.read")
    def policy_of_case(case_id: UUID, hash_: str) -> Answer:
        at = f"/cases/{case_id}"
        kept = browsers.uses.told_by.of_case(browsers.actor(), str(case_id), hash_)
        return _shown(browsers, kept, at, f"{at}/policies/{hash_}/text.json")

    @pages.get("/cases/<uuid:case_id>/policies/<hash_>/text.json")
    @browsers.asks("case.events.read")
    def policy_text_of_case(case_id: UUID, hash_: str) -> Answer:
        return _file(browsers.uses.told_by.of_case(browsers.actor(), str(case_id), hash_))


def _shown(
    browsers: Browsers, kept: Kept, back: str, file: str, told: Mapping[str, Any] = _NOTHING
) -> Response:
    policy = read_ladders(kept.canonical)
    ladder = list(steps(policy, browsers.look(), told)) if policy else []
    return page(
        browsers,
        "policy.html",
        kept=kept,
        back=back,
        file=file,
        told=told,
        steps=ladder,
        placed=policy is not None and names_places(policy),
        mine=next((one for one in ladder if one.is_it), None),
        ways=list(ways(policy)) if policy else [],
        # The bytes have no line breaks: for reading, what they say is set one to a line.
        text=orjson.dumps(orjson.loads(kept.canonical), option=orjson.OPT_INDENT_2).decode(),
    )


def _file(kept: Kept) -> Response:
    plain = f"policy-{kept.hash[:8]}.json"
    with speaking(CHINESE):
        called = (words.TEXTS["policy"], kept.title or kept.id, kept.hash[:8])
    return saved(File(content=kept.canonical, plain=plain, called=called, media=JSON))
