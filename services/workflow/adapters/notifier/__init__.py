"""The notifier as the workflow asks it: what it plans, how it stands, and what it would send."""

from services.workflow.adapters.notifier.client import NotifierClient

__all__ = ["NotifierClient"]
