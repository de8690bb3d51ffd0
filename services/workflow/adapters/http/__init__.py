"""The HTTP API: turns requests into use cases and back; decides nothing itself."""

from services.workflow.adapters.http.app import create_app

__all__ = ["create_app"]
