"""What is found in a scheme is of that scheme, and in the order of its file."""

from dataclasses import dataclass, field

from services.workflow.domain.language.walking import every


@dataclass(frozen=True)
class Desk:
    role: str
    place: str = field(compare=False, default="")


def test_of_equal_values_each_has_its_own():
    one, other = ((Desk("a", "here"),), (Desk("a", "there"),))
    assert one == other
    assert [[desk.place for desk in every(at, Desk)] for at in (one, other)] == [
        ["here"],
        ["there"],
    ]


def test_values_come_in_the_order_of_the_file_each_before_what_it_holds():
    tree = {"x": (Desk("a"), Desk("b")), "y": {"z": Desk("c")}, "n": 1}
    assert [desk.role for desk in every(tree, Desk)] == ["a", "b", "c"]
    first, *_ = every(tree, object)
    assert first is tree
