"""Whom a search means: by signs, by pinyin, with blanks anywhere."""

import pytest

from services.workflow.application.sought import by_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("示例", "欧阳示例"), ("欧 阳", "欧阳示例"), ("欧阳", "欧 阳 示例"), ("  阳示", "欧阳示例"),
        ("ouyang", "欧阳示例"), ("OuYang", "欧阳示例"), ("ou yang", "欧阳示例"),
        ("oysl", "欧阳示例"), ("ouysh", "欧阳示例"), ("shil", "欧阳示例"), ("sl", "欧阳示例"),
        ("zhz", "张钟"), ("zz", "张钟"), ("lv", "吕样"), ("lu", "吕样"), ("shan", "单样"),
        ("dan", "单样"), ("zeng", "曾样"), ("anna", "Anna"), ("na m", "Anna Müller"),
        ("ａ", "Anna"), ("样3", "样3号"), ("di1", "di1"),
    ],
)  # fmt: skip
def test_a_name_is_found(text: str, name: str):
    assert by_name(text)(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ouyi", "欧阳示例"), ("ys l", "欧示阳例"), ("uyang", "欧阳示例"), ("ouyangx", "欧阳示例"),
        ("例示", "欧阳示例"), ("zh", "宗样"), ("shilix", "示例"), ("ang", "张"), ("x", ""),
    ],
)  # fmt: skip
def test_what_is_spelled_otherwise_is_not(text: str, name: str):
    assert not by_name(text)(name)


def test_ways_of_cutting_do_not_multiply():
    """安恩 is `anen`, `aen`, `ane` and more; a hundred of them are answered all the same."""
    assert not by_name("anen" * 15 + "x")("安恩" * 100)
    assert by_name("an" * 32)("安" * 32)
