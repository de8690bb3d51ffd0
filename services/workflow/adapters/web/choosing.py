"""Choosing the language: one small form, the choice kept in a cookie for a year.

Of who is signed in it is kept beside their sign-in as well: they are written to in it. A cookie
alone is nobody's choice but this browser's.
"""

from flask import Blueprint, redirect

from schemas.complaints import Fault
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import COOKIE, NAMES
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.sign_in import local
from services.workflow.domain.refusals import Malformed

_A_YEAR_S = 365 * 24 * 3600


def add_choosing(pages: Blueprint, browsers: Browsers) -> None:
    """Add the answer to the form; nobody has to be signed in to read."""
    accounts = browsers.uses.accounts

    @pages.post("/language")
    @browsers.asks("public")
    def choose_language() -> Answer:
        form = browsers.form
        require_known(form, ("language", "next"))
        wished = form.get("language", "")
        if wished not in NAMES:
            known = ", ".join(NAMES)
            raise Malformed(
                Fault(field="language", code="not_a_choice", accepted_zh=known, accepted_en=known)
            )
        session = browsers.session()
        if session is not None:
            accounts.choose_language(session.person, wished)
        response = redirect(local(form.get("next", "")), 303)
        browsers.set_cookie(response, COOKIE, wished, max_age=_A_YEAR_S)
        return response
