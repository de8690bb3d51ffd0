"""How what is told is put together."""

from services.workflow.adapters.web.voice import one_after_another


def test_what_ends_as_a_sentence_has_no_other_mark_after_it():
    told = ["情况：党费台账不全。", "程度：较重", "落实人：演示甲"]
    assert one_after_another(told) == "情况：党费台账不全。程度：较重；落实人：演示甲"


def test_of_nothing_nothing_is_told():
    assert one_after_another([]) == ""
