"""What happened is told in one line: each part ends with one mark."""

from services.workflow.adapters.web.telling import one_after_another


def test_what_ends_with_a_full_stop_gets_no_semicolon_after_it():
    assert one_after_another(("退回。", "", "问题空泛。", "期限不变", "见附件")) == (
        "退回。问题空泛。期限不变；见附件"
    )
