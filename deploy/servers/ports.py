"""Free TCP ports on loopback.

Below 32768: the kernel gives clients ports from there up, and a client that happened to get the
port of a server that is down for a moment would keep it from coming back.
"""

import random
import socket

_LOWEST, _HIGHEST = 15_000, 32_000


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return *count* different ports, all held at once while they are chosen."""
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            candidate = socket.socket()
            try:
                candidate.bind(("127.0.0.1", random.randrange(_LOWEST, _HIGHEST)))  # noqa: S311
            except OSError:
                candidate.close()
            else:
                held.append(candidate)
        return [int(candidate.getsockname()[1]) for candidate in held]
    finally:
        for candidate in held:
            candidate.close()
