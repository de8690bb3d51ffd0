"""The product's parts as tests wire them."""

from functools import cached_property

from services.workflow.adapters import clock
from services.workflow.adapters.identity import Argon2Passwords
from services.workflow.application.accounts import Accounts
from services.workflow.bootstrap.web import Web


class QuickParts(Web):
    """The product's parts, with password hashes that are quick to make."""

    @cached_property
    def accounts(self) -> Accounts:
        passwords = Argon2Passwords(memory_kib=8, passes=1, lanes=1)
        return Accounts(self.database.identity, passwords, clock.system_now)
