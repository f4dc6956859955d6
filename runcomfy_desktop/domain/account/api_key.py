"""Whether what was typed can be a key at all, before anybody is asked about it."""

from __future__ import annotations

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

MAX_KEY_CHARS = 4096


def key_problem(token: str, advice: str = "") -> Problem | None:
    """What is wrong with a typed key, None when it can be one; `advice` says where to get it."""
    advice = advice or _("Copy it from your profile page on runcomfy.com.")
    if not token:
        return Problem(_("No key was given."), advice=advice)
    if token.lower().startswith("bearer ") or token.lower() == "bearer":
        return Problem(
            _("The word “Bearer” does not belong to the key."), advice=_("Leave it out.")
        )
    if len(token) > MAX_KEY_CHARS:
        return Problem(
            _("This is too long to be a key."),
            _("It has %d characters; a key has at most %d.") % (len(token), MAX_KEY_CHARS),
            advice,
        )
    if not all("!" <= char <= "~" for char in token):
        return Problem(
            _("This is not a key."),
            _("A key has no spaces, line breaks, accents or other special characters."),
            advice,
        )
    return None
