"""What is said of a draft in its row, in its tip, and to whoever hears it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale

from runcomfy_desktop.core.draft_rows import Belonging, Standing
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import clock_time, one_line

if TYPE_CHECKING:
    from runcomfy_desktop.core.draft_rows import DraftRow

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def title_of(row: DraftRow) -> str:
    if row.is_odd:
        return _("A draft that cannot be read")
    return one_line(row.title) or _("Without a name")


def belonging(row: DraftRow) -> str:
    """What it is of, and how that stands: `bike.json on Flux`, `Flux · disabled`."""
    if row.is_odd:
        return one_line(row.key)
    name, runs_on = one_line(row.name), one_line(row.runs_on)
    if row.belonging is Belonging.DEPLOYMENT:
        name = name if name != title_of(row) else _("deployment")
    elif name == title_of(row):
        name = _("file on %s") % runs_on if runs_on else _("file")
    elif runs_on:
        name = _("%s on %s") % (name, runs_on)
    return " · ".join(filter(None, (name, standing(row))))


def standing(row: DraftRow) -> str:
    """Why its deployment would not run it, "" when it would or nobody knows."""
    if row.standing is Standing.DISABLED:
        return _("disabled")
    if row.standing is Standing.UNLISTED:
        return _("not listed any more")
    return ""


def count(row: DraftRow) -> str:
    # Short, as there is little room; the tip says more.
    return _counted(row, _("%d kept") % row.left)


def _counted(row: DraftRow, kept: str) -> str:
    if row.is_odd:
        return _("newer version") if row.is_newer else _("damaged")
    changes = n_("%d change", "%d changes", row.changes) % row.changes
    if row.left:
        return ", ".join(filter(None, (changes if row.changes else "", kept)))
    return changes if row.changes else _("no changes")


def _kept(row: DraftRow) -> str:
    text = n_("%d value without a place is kept", "%d values without a place are kept", row.left)
    return text % row.left


def age(modified_s: float, now_s: float) -> str:
    """`now`, `5 min`, `3 h`, or the day."""
    seconds = max(0.0, now_s - modified_s)
    if seconds < _MINUTE_S:
        return _("now")
    if seconds < _HOUR_S:
        return _("%d min") % (seconds // _MINUTE_S)
    if seconds < _DAY_S:
        return _("%d h") % (seconds // _HOUR_S)
    when = QDateTime.fromSecsSinceEpoch(int(modified_s)).date()
    if QLocale().language() is QLocale.Language.C:
        return when.toString("yyyy-MM-dd")
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)


def spoken(row: DraftRow, now_s: float, *, is_current: bool, is_opening: bool) -> str:
    counts = _counted(row, _kept(row))
    parts = [title_of(row), belonging(row), counts, age(row.modified_s, now_s)]
    if is_opening:
        parts.append(_("opening"))
    elif is_current:
        parts.append(_("in view"))
    return ", ".join(parts)


def tip(row: DraftRow) -> str:
    """Everything, for whom the row is too narrow."""
    lines = [title_of(row), belonging(row), count(row)]
    if row.left:
        lines.append(_kept(row))
    if row.path:
        lines.append(row.path)
    if row.preset:
        lines.append(_("Preset: %s") % one_line(row.preset))
    lines.append(_("Changed %s") % clock_time(row.modified_s))
    return "\n".join(lines)
