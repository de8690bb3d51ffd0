"""What operators see of running processes: that each is well, and figures of all of them."""

import re
import urllib.request

from tests.end_to_end.world import World, until

PROCESSES = {"METRICS": "serve", "SEQUENCER": "sequence", "RELAY": "relay"}


def seen(world: World, setting: str, path: str) -> str:
    address = world.running.environment[f"SHUPING_{setting}_BIND"]
    with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def n_lists(world: World) -> float:
    """Count the lists of reviews that were answered, as the figures have it."""
    figures = seen(world, "METRICS", "/metrics")
    found = re.findall(r'shuping_requests_total\{route="/v1/reviews",.*\} (.+)', figures)
    return sum(map(float, found))


def test_every_process_says_that_it_is_well(world: World) -> None:
    for setting, process in PROCESSES.items():
        if process in world.running.processes:
            until(lambda at=setting: '{"status":"ok"' in seen(world, at, "/readyz"))
            assert "shuping_log_position" in seen(world, setting, "/metrics")


def test_figures_are_those_of_all_workers(world: World) -> None:
    before = n_lists(world)
    for _ in range(20):  # each on a connection of its own: some worker takes it
        assert world.api.get("/v1/reviews").status == 200
    assert n_lists(world) == before + 20
