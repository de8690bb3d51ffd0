"""What printing needs of the machine, besides what Python packages bring.

Pango lays out the text of slips and reports, and a font with Chinese characters has to be there:
without one every character is an empty box, and nobody sees that before the paper lies there.
"""

import shutil
import subprocess
from ctypes.util import find_library
from pathlib import Path

_PANGO = ("pango-1.0", "pangoft2-1.0")
_LISTING_S = 10
_FONTS = Path("/usr/share/fonts")
_CHINESE = ("NotoSansCJK*", "NotoSerifCJK*", "SourceHan*", "wqy-*", "uming*", "ukai*")


def lacking() -> list[str]:
    """Return what is missing, as Debian calls it; empty where pages can be printed."""
    missing = [] if all(map(find_library, _PANGO)) else ["libpango-1.0-0", "libpangoft2-1.0-0"]
    return missing if _has_font() else [*missing, "fonts-noto-cjk"]


def _has_font() -> bool:
    """Tell whether some font has Chinese characters; as its files are called, if nobody can say."""
    lister = shutil.which("fc-list")
    if lister is None:
        return any(next(_FONTS.rglob(one), None) for one in _CHINESE)
    told = subprocess.run(  # noqa: S603 - no word of it is anybody's
        [lister, ":lang=zh-cn", "family"], capture_output=True, timeout=_LISTING_S, check=False
    )
    return bool(told.stdout.strip())
