"""Format check of a typed API key, made before the key is sent anywhere."""

from __future__ import annotations

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

MAX_KEY_CHARS = 4096


def key_problem(token: str, advice: str = "") -> Problem | None:
    """Returns the problem with a typed key, or None if it may be valid.

    `advice` says where to get a key.
    """
    advice = advice or _("Copy it from your profile page on runcomfy.com.")
    if not token:
        return Problem(_("No key was given."), advice=advice)
    if token.lower().startswith("bearer ") or token.lower() == "bearer":
        title = _("The word “Bearer” does not belong to the key.")
        return Problem(title, advice=_("Leave it out."))
    if len(token) > MAX_KEY_CHARS:
        detail = _("It has %d characters; a key has at most %d.") % (len(token), MAX_KEY_CHARS)
        return Problem(_("This is too long to be a key."), detail, advice)
    if not all("!" <= char <= "~" for char in token):
        detail = _("A key has no spaces, line breaks, accents or other special characters.")
        return Problem(_("This is not a key."), detail, advice)
    return None
