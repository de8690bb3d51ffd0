"""A draw is recomputed by anybody, to the bit, and no unit has a better chance than another."""

import subprocess
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from math import exp, lgamma, log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.draw import (
    SHELL,
    Exemption,
    Statement,
    drawn_of,
    in_order,
    seed_of,
    take_of,
    ticket_of,
    tickets_of,
)

SCRIPT = Path(__file__).with_name("draw.sh")
OF_NOTICE = ("blood-centre", "cdc", "hosp-1", "hosp-10", "hosp-2", "school", "u-07", "u-08", "u-09")
ROOT = b64decode("tWfAy7LoXCleat6TDluzSaS5vulInKp9a2ed1G6CpxE=")
NUMBER = "02 05 11 18 24 33 + 09"


def of_notice(last: str) -> Statement:
    return Statement(
        draw="2019-B-1",
        cycle="2019",
        tier="B",
        ratio=(1, 3),
        source="双色球",
        issue="2020004",
        drawn_at="2020-01-09T21:15:00+08:00",
        format="reds ascending two digits, space; +; blue",
        log="shuping.example/log",
        size=412,
        units=in_order([*OF_NOTICE, last]),
        exempt=(Exemption("u-11", "merged 2019-12"),),
    )


OLD = of_notice("机关-办公室支部")  # before ids had to be ASCII
NEW = of_notice("organ-office-branch")
SMALL = Statement(
    draw="t1",
    cycle="2019",
    tier="B",
    ratio=(1, 3),
    source="kl8",
    issue="2020001",
    drawn_at="2020-01-01T21:30:00+08:00",
    format="20 numbers ascending",
    log="example.org/log",
    size=1,
    units=("a", "b", "c", "d"),
)
SMALL_ROOT = b64decode("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
SMALL_NUMBER = " ".join(f"{n:02d}" for n in range(1, 21))


def drawn(statement: Statement, root: bytes, number: str) -> list[str]:
    seed = seed_of(statement.sha256, root, number)
    return [f"{one.unit} {one.ticket[:8]}" for one in tickets_of(seed, statement.units)]


def test_the_first_vector_as_it_was_published_before_ids_were_ascii() -> None:
    assert len(OLD.text.encode()) == 350
    assert OLD.sha256 == "d593917f0aee2d327ba6b41ef291680ed672b6e1e77858edaa59b7398f61aa3d"
    seed = "7f615b58fcbf5a4fa3f9e340966cd239eae58677c59669e2c08bef898c0bc3cb"
    assert seed_of(OLD.sha256, ROOT, NUMBER) == seed
    assert drawn(OLD, ROOT, NUMBER) == [
        *("u-07 01436a7a", "hosp-1 07800a97", "u-09 0bf5efcb", "school 21118a11"),
        *("机关-办公室支部 4b001a32", "hosp-2 706254db", "u-08 7bb05ebf", "cdc 83a47175"),
        *("hosp-10 d3a63937", "blood-centre f7f2e354"),
    ]


def test_the_first_vector_anew_by_the_same_recipe_with_an_id_of_today() -> None:
    assert len(NEW.text.encode()) == 347
    assert NEW.sha256 == "629255472334992675d1c8a12becf53b652dbb994111258d43716ca94d365231"
    seed = "a4323e0e08848ac6ac26a2e492ff327cfe3856c9644725e488451fe7b8775b01"
    assert seed_of(NEW.sha256, ROOT, NUMBER) == seed
    assert drawn(NEW, ROOT, NUMBER) == [
        *("u-09 132b63de", "hosp-10 44482186", "organ-office-branch 47a872be", "hosp-1 4ebd4e57"),
        *("u-08 55ec2512", "hosp-2 8bbb5b7d", "blood-centre 967c3c2b", "school a25cace8"),
        *("cdc c2d09108", "u-07 e4f4cf24"),
    ]


def test_the_second_vector() -> None:
    assert SMALL.sha256 == "ac0f5df5fa093e6873ec3bf725bb0f3cdbb34a857149eb3cf076f18be449f410"
    seed = seed_of(SMALL.sha256, SMALL_ROOT, SMALL_NUMBER)
    assert seed == "b66252e159008bf2f40d3a9fd8f484a9a86e709eb85f4ccb39e8bf4c88caf399"
    assert [one.unit for one in tickets_of(seed, SMALL.units)] == ["c", "b", "a", "d"]
    assert SMALL.take == 2


@pytest.mark.parametrize(
    ("statement", "root", "number"),
    [(OLD, ROOT, NUMBER), (NEW, ROOT, NUMBER), (SMALL, SMALL_ROOT, SMALL_NUMBER)],
    ids=["old", "new", "small"],
)
def test_a_script_of_coreutils_agrees(
    statement: Statement, root: bytes, number: str, tmp_path: Path
) -> None:
    (file := tmp_path / "statement.txt").write_text(statement.text, encoding="utf-8", newline="")
    told = _run("sh", str(SCRIPT), str(file), b64encode(root).decode(), number)
    seed = seed_of(statement.sha256, root, number)
    assert told == [" ".join(one) for one in tickets_of(seed, statement.units)]


def test_the_lines_of_shell_that_are_shown_beside_a_draw_agree(tmp_path: Path) -> None:
    (tmp_path / "statement.txt").write_text(NEW.text, encoding="utf-8", newline="")
    given = f"cd {tmp_path}\nROOT={b64encode(ROOT).decode()}\nNUMBER='{NUMBER}'\n"
    told = _run("sh", "-c", given + SHELL)
    assert len(SHELL.splitlines()) == 5
    assert told == [
        " ".join(one) for one in tickets_of(seed_of(NEW.sha256, ROOT, NUMBER), NEW.units)
    ]


def _run(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


# --- How many, and who ---


@pytest.mark.parametrize(
    ("n", "ratio", "take"),
    [(10, (1, 3), 4), (9, (1, 3), 3), (30, (1, 3), 10), (30, (1667, 5000), 11), (1, (1, 3), 1)],
)
def test_the_share_is_rounded_up_in_integers(n: int, ratio: tuple[int, int], take: int) -> None:
    assert take_of(n, ratio) == take


def test_a_later_exemption_promotes_the_next_of_the_reserves() -> None:
    assert drawn_of("abcdef", 2) == ("a", "b")
    assert drawn_of("abcdef", 2, {"a"}) == ("b", "c")
    assert drawn_of("abcdef", 2, {"a", "c"}) == ("b", "d")
    assert drawn_of("abc", 2, {"a", "b"}) == ("c",)


@given(st.integers(0, 29), st.text("0123456789 +", min_size=1))
def test_a_unit_taken_out_leaves_the_order_of_the_others(at: int, number: str) -> None:
    units = [f"u-{n:02d}" for n in range(30)]
    gone, seed = units[at], seed_of(NEW.sha256, ROOT, number)
    order = [one.unit for one in tickets_of(seed, units) if one.unit != gone]
    assert order == [one.unit for one in tickets_of(seed, (u for u in units if u != gone))]


@pytest.mark.parametrize("other", [" 02 05", "02 05\n", "2 5", "02  05", "02 05"])
def test_nothing_of_the_number_is_trimmed(other: str) -> None:
    exact = seed_of(NEW.sha256, ROOT, "02 05 ")
    assert seed_of(NEW.sha256, ROOT, other) != exact


# --- No unit is better off ---

SEEDS = [sha256(f"seed {n}".encode()).hexdigest() for n in range(3_000)]
UNITS = [f"unit-{n:02d}" for n in range(30)]
Sampler = Callable[[str, list[str]], list[str]]


def by_tickets(seed: str, units: list[str]) -> list[str]:
    return [one.unit for one in tickets_of(seed, units)][:10]


def by_remainder(seed: str, units: list[str]) -> list[str]:
    """Draw as others did: one byte modulo those that are left, which favours the first."""
    left = list(units)
    return [left.pop(b % len(left)) for b in bytes.fromhex(seed)[:10]]


def chi_square_p(sampler: Sampler) -> float:
    """Return how probable so uneven a count is, or a more uneven one, of a fair sampler."""
    counts = Counter(unit for seed in SEEDS for unit in sampler(seed, UNITS))
    n, expected = len(UNITS), len(SEEDS) / 3
    # Ten are drawn together, so the counts vary less: by the share that is not drawn.
    square = sum((counts[unit] - expected) ** 2 for unit in UNITS) / expected
    return upper_tail(square * (n - 1) / (n - 10), n - 1)


def upper_tail(x: float, degrees: int) -> float:
    """Return the upper tail of χ²: one minus the regularised lower incomplete gamma, by series."""
    a, half = degrees / 2, x / 2
    term = total = 1 / a
    for n in range(1, 10_000):
        term *= half / (a + n)
        total += term
    return 1 - total * exp(-half + a * log(half) - lgamma(a))


def test_the_tail_is_that_of_the_tables() -> None:
    assert upper_tail(31.5, 29) == pytest.approx(0.342, abs=0.001)
    assert upper_tail(58.301, 29) == pytest.approx(0.001, abs=0.0001)


def test_every_unit_is_drawn_as_often_as_the_others() -> None:
    assert chi_square_p(by_tickets) > 0.001


def test_a_sampler_with_a_bias_fails_the_same_test() -> None:
    assert chi_square_p(by_remainder) < 0.001


@pytest.mark.parametrize("unit", UNITS[:3])
def test_a_ticket_is_of_seed_and_unit_alone(unit: str) -> None:
    assert ticket_of(SEEDS[0], unit) == ticket_of(SEEDS[0], unit)
    assert len({ticket_of(seed, unit) for seed in SEEDS[:50]}) == 50
