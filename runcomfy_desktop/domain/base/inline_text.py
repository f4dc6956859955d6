"""Values as they are named in sentences: short, on one line, and never a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

_MAX_CHARS = 60
# Python refuses to spell longer ones.
_MAX_NUMBER = 10**60


def inline_text(value: Json) -> str:
    """`value` for a sentence; a text without its quotation marks."""
    if isinstance(value, str):
        return _shortened(one_line(value[: 4 * _MAX_CHARS]))
    if _is_too_long(value):
        return _("a number of more than 60 digits")
    if isinstance(value, list | dict):
        try:
            return _shortened(one_line(json_preview(value, _MAX_CHARS)))
        except ValueError:
            return "…"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)


def _is_too_long(value: Json) -> bool:
    return isinstance(value, int) and abs(value) > _MAX_NUMBER


def _shortened(line: str) -> str:
    return line if len(line) <= _MAX_CHARS else line[: _MAX_CHARS - 1] + "…"
