"""Ways out that cannot be asked afterwards whether a message arrived: one file each.

Every module of this package is imported, and registers what it has: a new channel is a new file.
The in-app inbox is not among them: it is the workflow's own call, see `application/deliver.py`.
"""

from importlib import import_module
from pkgutil import iter_modules

from services.notifier.adapters.channels.provider import (
    REGISTERED,
    Open,
    Provider,
    SettingsReader,
    register,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["REGISTERED", "Open", "Provider", "SettingsReader", "register"]
