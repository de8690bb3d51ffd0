"""A made-up channel, in one file: all that a new one takes, but that a test registers it."""

from services.notifier.adapters.channels import Open, Provider, SettingsReader
from services.notifier.application.ports import Message
from services.notifier.domain.errors import PermanentFailure

LOFT = "SHUPING_PIGEON_LOFT"
SENT: list[Message] = []


class PigeonChannel:
    """Carries each message, but to nobody who lives where no pigeon goes."""

    def __init__(self, loft: str) -> None:
        self._loft = loft

    def send(self, message: Message) -> None:
        if "island" in message.address:
            raise PermanentFailure("too_far")
        SENT.append(message)


def _read(settings: SettingsReader) -> Open | None:
    loft = settings.optional(LOFT)
    return (lambda: PigeonChannel(loft)) if loft else None


PIGEON = Provider(id="pigeon", address="roof", read=_read)
