"""The notifier's small door: health, figures, the ledger, and the next notice of many reviews."""

from services.notifier.adapters.http.app import create_app

__all__ = ["create_app"]
