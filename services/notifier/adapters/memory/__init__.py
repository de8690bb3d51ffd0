"""The notifier's store as plain objects, for running ahead: the same answers, no statements."""

from services.notifier.adapters.memory.store import MemoryStore

__all__ = ["MemoryStore"]
