"""How an archive lies in its bytes: its members one after the other, then their directory.

Programs find the members of an archive in different ways, from the front or from the back. Where
there is nothing but members and one directory, all of them find the same ones; what could be read
as two different files is none that an office suite writes.
"""

import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence

_END = struct.Struct("<4s4H2IH")  # of the whole archive
_LOCAL = struct.Struct("<4s5H3I2H")  # what stands before each member
_DESCRIBED_BEHIND = 0x8  # its sizes stand behind it, in one of these lengths
_DESCRIPTIONS = (12, 16, 20, 24)


def lies_alone(content: bytes, members: Sequence[zipfile.ZipInfo]) -> bool:
    """Tell whether *content* is *members* and their directory, and nothing beside them.

    An archive of more than four gigabytes says so between directory and end; none is taken.
    """
    if len(content) < _END.size:
        return False
    signature, *_, size, start, commented = _END.unpack_from(content, len(content) - _END.size)
    if signature != b"PK\x05\x06" or commented or start + size != len(content) - _END.size:
        return False
    in_place = sorted(members, key=lambda one: one.header_offset)
    begins = [one.header_offset for one in in_place]
    return begins[:1] == [0] and all(
        _fills(content, one, following)
        for one, following in zip(in_place, [*begins[1:], start], strict=True)
    )


def _fills(content: bytes, member: zipfile.ZipInfo, following: int) -> bool:
    if following - member.header_offset < _LOCAL.size:
        return False
    *_, n_name, n_more = _LOCAL.unpack_from(content, member.header_offset)
    end = member.header_offset + _LOCAL.size + n_name + n_more + member.compress_size
    described = _DESCRIPTIONS if member.flag_bits & _DESCRIBED_BEHIND else (0,)
    return following - end in described


def are_well_named(members: Iterable[zipfile.ZipInfo]) -> bool:
    """Tell whether each has a name of its own, wherever it is unpacked, and leads nowhere else."""
    names = [one.filename for one in members]
    known = {unicodedata.normalize("NFKC", name).casefold() for name in names}
    return len(known) == len(names) and not any(map(_leads_elsewhere, members))


def _leads_elsewhere(member: zipfile.ZipInfo) -> bool:
    name = member.orig_filename  # with all that stands behind a NUL
    return (
        name != member.filename
        or name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in name.split("/")
        or stat.S_ISLNK(member.external_attr >> 16)
    )
