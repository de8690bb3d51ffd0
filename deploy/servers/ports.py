"""Free TCP ports on loopback.

Below 32768: the kernel gives clients ports from there up, and a client that happened to get the
port of a server that is down for a moment would keep it from coming back.

A server takes its port long after it was chosen, and again whenever it is started anew. So none is
chosen twice, and tests that run side by side choose from ports of their own.
"""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from functools import cache

_LOWEST, _HIGHEST = 15_000, 32_000


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return *count* different ports, none of which was chosen before."""
    return [*itertools.islice((port for port in _in_turn() if _is_free(port)), count)]


@cache
def _in_turn() -> Iterator[int]:
    """Return this process's ports in an order of chance, over and over again."""
    nth = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    side_by_side = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = range(_LOWEST + nth, _HIGHEST, side_by_side)
    return itertools.cycle(random.sample(own, len(own)))


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
