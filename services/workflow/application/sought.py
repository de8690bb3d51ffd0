"""What somebody means who looks for a name: its signs, or how it is spelled in pinyin."""

from collections.abc import Callable, Iterable
from functools import cache
from unicodedata import normalize

_TWO_SIGNS = frozenset({"zh", "ch", "sh"})  # what a syllable may be cut to besides its first letter


def by_name(text: str) -> Callable[[str], bool]:
    """Return whether a name holds *text*, blanks aside; Latin letters may spell it in pinyin.

    Every syllable is written out or cut to what it begins with, the last one anywhere: 欧阳示例 is
    found by `ouyang`, `oysl` and `ouysh`. Of a sign that is read in several ways any will do.
    """
    part = _plain(text)
    if not part or not part.isascii() or not part.isalpha():
        return lambda name: part in _plain(name)

    def spells(name: str) -> bool:
        signs = _plain(name)
        return part in signs or any(
            _spells(part, signs[at:]) for at in range(len(signs)) if not signs[at].isascii()
        )

    return spells


def blankless(text: str) -> str:
    """Return *text* without blanks, and with wide letters and figures made narrow."""
    return "".join(normalize("NFKC", text).split())


def _plain(text: str) -> str:
    return blankless(text).casefold()


def _spells(part: str, signs: str) -> bool:
    """Tell whether *part* spells the first of *signs*.

    All ways of cutting are followed side by side: however many there are, each letter is met once
    a sign.
    """
    spelled = {0}  # how many letters of *part* are accounted for
    for sign in signs:
        readings = _readings(sign)
        if any(one.startswith(part[n:]) for n in spelled for one in readings):
            return True
        spelled = {
            n + len(cut) for n in spelled for cut in _cuts(readings) if part.startswith(cut, n)
        }
        if not spelled:
            return False
    return False


def _cuts(readings: Iterable[str]) -> set[str]:
    return {cut for one in readings for cut in (one, one[:1], *({one[:2]} & _TWO_SIGNS))}


@cache
def _readings(sign: str) -> frozenset[str]:
    """Return how one sign is read, without tones; a sign alone: no name is kept in memory."""
    # Where nobody looks for pinyin, its table of 40,000 signs is not read.
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415

    told = pinyin_dict.get(ord(sign), "").split(",") if len(sign) == 1 else []
    plain = {_without_tone(one) for one in told if one}
    return frozenset(plain | {one.replace("v", "u") for one in plain})


def _without_tone(syllable: str) -> str:
    """Return *syllable* as it is typed: ü is v."""
    typed = normalize("NFC", syllable).translate(_UMLAUTS)
    return "".join(sign for sign in normalize("NFD", typed) if sign.isascii())


_UMLAUTS = str.maketrans(dict.fromkeys("üǖǘǚǜ", "v"))
