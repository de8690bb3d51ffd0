"""When Kafka is not waited for any longer, and the log itself is asked.

A relay that is away, a topic that lost records or was made anew, a record of somebody else in the
place of one of ours: whatever it is, the log goes on and what is next does not arrive. That is
normal for a moment, because partitions are read side by side, and never for seconds.
"""

PATIENCE_S = 3.0


class Gap:
    """Watches the unbroken run of positions; times are monotonic seconds."""

    def __init__(self) -> None:
        self.fill_to = 0  # everything up to here is to be had from the log
        self._reached = -1
        self._since_s = 0.0

    def watch(self, reached: int, end: int, now_s: float) -> None:
        """Take note that the unbroken run is at *reached*, and the log at *end*.

        When patience has run out everything up to *end* is to be filled, not one position alone:
        where one is missing more may be.
        """
        if reached != self._reached or reached >= end:
            self._reached, self._since_s = reached, now_s
        elif now_s - self._since_s >= PATIENCE_S:
            self.fill_to = max(self.fill_to, end)
