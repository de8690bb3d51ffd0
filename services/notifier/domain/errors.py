"""What the notifier refuses or cannot do, on purpose; anything else is a bug and crashes.

Failures of the outside are temporary or permanent, nothing else. A third case exists for the one
call that cannot be repeated safely: the outcome is unknown, and is recorded as unknown.
"""

from datetime import timedelta


class NotifierError(Exception):
    """The root of everything this service raises on purpose."""


class FeedUnavailable(NotifierError):
    """The log cannot be read now; nothing was read, asking again later is safe."""


class WorkflowUnavailable(NotifierError):
    """The workflow service does not answer now; asking again later is safe."""


class WorkflowRefused(NotifierError):
    """The workflow service answered, and said no: a token without the scope, a broken request.

    *status* is that of the answer, None where it was no answer of the kind that was asked for.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class AnswerTooLarge(WorkflowRefused):
    """The answer is longer than can be taken: ask for less."""


class StoreUnavailable(NotifierError):
    """The notifier's own database cannot be reached now; the transaction did not happen."""


class LeaseLost(NotifierError):
    """Another notifier has taken over; this one must stop writing at once."""


class ChannelFailed(NotifierError):
    """A channel did not deliver; *reason* is a stable code without personal text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TemporaryFailure(ChannelFailed):
    """Nothing was delivered; trying again later may help.

    *pause* is how long the other side takes nothing more from us, where it says so.
    """

    def __init__(self, reason: str, pause: timedelta | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class MessageDelayed(TemporaryFailure):
    """The other side does not take this message now, a full mailbox; others it may take."""


class ChannelShut(ChannelFailed):
    """Nothing was tried: the channel takes nothing for *wait*; this is no attempt."""

    def __init__(self, reason: str, wait: timedelta) -> None:
        super().__init__(reason)
        self.wait = wait


class PermanentFailure(ChannelFailed):
    """Nothing was delivered, and trying again will not help."""


class ChannelRefused(PermanentFailure):
    """The other side refuses us, not this message: a wrong key, signature or address."""


class OutcomeUnknown(ChannelFailed):
    """The message may have been delivered: the connection broke after it was handed over."""
