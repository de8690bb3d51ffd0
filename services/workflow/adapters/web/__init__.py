"""The pages: server-rendered, signed-in, Chinese; see `register_pages`."""

from services.workflow.adapters.web.pages import register_pages
from services.workflow.adapters.web.uses import PageUses

__all__ = ["PageUses", "register_pages"]
