"""What Kafka does not bring is waited for a moment, and then read from the log."""

from services.notifier.adapters.feed.gap import PATIENCE_S, Gap

LATER_S = PATIENCE_S + 1


def test_a_position_that_does_not_arrive_is_filled_up_to_the_end_seen_then() -> None:
    gap = Gap()
    gap.watch(reached=5, end=9, now_s=0)
    gap.watch(reached=5, end=12, now_s=LATER_S)
    assert gap.fill_to == 12


def test_while_something_arrives_nothing_is_filled() -> None:
    gap = Gap()
    for second in range(20):
        gap.watch(reached=second, end=100, now_s=second * LATER_S)
    assert gap.fill_to == 0


def test_at_the_end_there_is_nothing_to_wait_for() -> None:
    gap = Gap()
    gap.watch(reached=9, end=9, now_s=0)
    gap.watch(reached=9, end=9, now_s=LATER_S)
    gap.watch(reached=9, end=10, now_s=LATER_S + 1)
    assert gap.fill_to == 0
