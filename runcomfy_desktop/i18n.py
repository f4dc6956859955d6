"""Translations for all layers: `_()` translates a string when it is shown, never at import."""

from __future__ import annotations

import gettext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_DOMAIN = "runcomfy-desktop"
_active: gettext.NullTranslations = gettext.NullTranslations()


def install(locale_folder: Path, languages: list[str] | None = None) -> None:
    """Loads the translations below `locale_folder`; untranslated strings stay English."""
    global _active
    _active = gettext.translation(_DOMAIN, str(locale_folder), languages=languages, fallback=True)


def _(text: str) -> str:
    """Returns `text` in the user's language."""
    return _active.gettext(text)


def n_(one: str, many: str, count: int) -> str:
    """Returns `one` or `many`, as `count` requires in the user's language.

    Insert the number with `%d`.
    """
    return _active.ngettext(one, many, count)
