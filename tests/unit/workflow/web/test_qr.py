"""What phones read is the address itself, drawn as squares."""

import re

import segno

from services.workflow.adapters.web.qr import QUIET, qr

ADDRESS = "https://shuping.example/cases/018f0000-0000-7000-8000-00000000000c/door?code=012345"


def test_the_squares_are_those_of_the_address_within_their_quiet_zone():
    drawn = qr(ADDRESS)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn.path)}
    known = segno.make_qr(ADDRESS, error="m", boost_error=False)
    rows = list(known.matrix_iter(border=QUIET))
    assert drawn.side == len(rows)
    assert dark == {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}


def test_a_short_text_makes_no_micro_code_that_phones_do_not_read():
    assert qr("12345").side == 21 + 2 * QUIET
