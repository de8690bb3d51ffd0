"""The page of one's own channels: boxes for what may be chosen, and what was chosen ticked."""

from collections.abc import Iterator

import pytest

from services.workflow.adapters.files import drafts
from tests.end_to_end.pages.site import Site
from tests.texts import POLICY
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor

PATH = "/inbox/channels"
CHOICES = "\nchoices:\n  - {channels: [email, wecom_app], rungs: [before]}\n"


def publish(site: Site, text: str) -> None:
    loaded = drafts.load_policy(text, "policy.yaml")
    draft = drafts.Draft(
        kind="policy", id=loaded.id, hash=loaded.hash, canonical=loaded.canonical, running="pin"
    )
    site.parts.publishing.publish([draft])


@pytest.fixture
def visitor(shipped: Site) -> Iterator[Visitor]:
    """Somebody at a service whose policy lets two channels be chosen; afterwards as it was."""
    without = POLICY.partition("\nchoices:")[0]
    publish(shipped, without + CHOICES)
    shipped.password(AUDITOR)
    visitor = Visitor(shipped).sign_in(AUDITOR)
    yield visitor
    visitor.post(PATH, shown_at=PATH, form="revoked")
    publish(shipped, POLICY)


def ticked(text: str, channel: str) -> bool:
    return f'name="channel.{channel}" value="1" checked' in text


def test_what_is_chosen_is_ticked_until_it_is_taken_back(visitor: Visitor):
    assert 'href="/inbox/channels"' in visitor.text("/inbox")
    unchosen = visitor.text(PATH)
    assert "还没有选，照规则告知" in unchosen
    # As the policy tells who chose nothing, so that who only looks and sends it loses no mail.
    assert (ticked(unchosen, "wecom_app"), ticked(unchosen, "email")) == (False, True)
    form = {"form": "chosen", "channel.wecom_app": "1"}
    assert visitor.post(PATH, shown_at=PATH, **form).status_code == 303
    text = visitor.text(PATH)
    assert "已记下" in text
    assert (ticked(text, "wecom_app"), ticked(text, "email")) == (True, False)
    assert visitor.post(PATH, shown_at=PATH, form="revoked").status_code == 303
    assert not ticked(visitor.text(PATH), "wecom_app")


def test_who_ticks_nothing_has_the_inbox_alone(visitor: Visitor):
    assert visitor.post(PATH, shown_at=PATH, form="chosen").status_code == 303
    assert "只看收件箱。" in visitor.text(PATH)


def test_what_may_not_be_chosen_is_refused_with_what_may_be(visitor: Visitor):
    form = {"form": "chosen", "channel.dingtalk_robot": "1"}
    answer = visitor.post(PATH, shown_at=PATH, **form)
    assert answer.status_code == 422
    assert "现行规则不让本人选" in answer.text


@pytest.mark.parametrize("fields", [{"form": "else"}, {"form": "chosen", "more": "1"}])
def test_what_is_no_form_of_this_page_is_refused(visitor: Visitor, fields: dict[str, str]):
    assert visitor.post(PATH, shown_at=PATH, **fields).status_code == 400


def test_what_may_be_had_otherwise_is_called_by_what_it_is_and_when_it_comes(visitor: Visitor):
    text = visitor.text(PATH)
    assert "提醒：期限前" in text
    assert "<code>" not in text
