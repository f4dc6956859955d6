"""Translations for every layer: `_()` looks a text up when it is shown, never at import."""

from __future__ import annotations

import gettext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_DOMAIN = "runcomfy-desktop"
_active: gettext.NullTranslations = gettext.NullTranslations()


def install(locale_folder: Path, languages: list[str] | None = None) -> None:
    """Use the translations found below `locale_folder`; English where there are none."""
    global _active
    _active = gettext.translation(_DOMAIN, str(locale_folder), languages=languages, fallback=True)


def _(text: str) -> str:
    """`text` in the person's language."""
    return _active.gettext(text)


def n_(one: str, many: str, count: int) -> str:
    """`one` or `many`, whichever the person's language wants for `count`; put in with `%d`."""
    return _active.ngettext(one, many, count)
