"""Proving who somebody is: passwords. Behind a port, so that HTTP and the pages do not know it."""

from services.workflow.adapters.identity.passwords import Argon2Passwords

__all__ = ["Argon2Passwords"]
