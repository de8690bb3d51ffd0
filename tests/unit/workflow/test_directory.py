"""The organisation is kept from the collector; what nobody holds any more is not."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.unit.workflow.hospital import Hospital


class Ring:
    """What holds itself: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing is collected but where somebody asks for it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_what_was_let_go_goes_before_the_next_organisation_is_kept():
    directory = Hospital().directory
    first = directory.current()
    let_go = weakref.ref(Ring())
    directory.at_least(first.version + 1)
    assert let_go() is None
