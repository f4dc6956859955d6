"""Values as they are named in sentences: short, on one line, and never a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.json_value import shown_json
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json

_LETTERS = 60
# Python refuses to spell longer ones.
_ENDLESS = 10**60


def shown(value: Json) -> str:
    """`value` for a sentence; a text without its quotation marks."""
    if isinstance(value, str):
        return _cut(one_line(value[: 4 * _LETTERS]))
    if _is_endless(value):
        return _("a number of more than 60 digits")
    if isinstance(value, list | dict):
        try:
            return _cut(one_line(shown_json(value, _LETTERS)))
        except ValueError:
            return "…"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)


def _is_endless(value: Json) -> bool:
    return isinstance(value, int) and abs(value) > _ENDLESS


def _cut(line: str) -> str:
    return line if len(line) <= _LETTERS else line[: _LETTERS - 1] + "…"
