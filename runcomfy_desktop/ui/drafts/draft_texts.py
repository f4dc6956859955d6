"""Texts of a draft for its row, its tooltip and screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale

from runcomfy_desktop.core.drafts.draft_rows import DeploymentAvailability, DraftSourceKind
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import clock_time, one_line

if TYPE_CHECKING:
    from runcomfy_desktop.core.drafts.draft_rows import DraftRow

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def title_text(row: DraftRow) -> str:
    if row.is_unreadable:
        return _("A draft that cannot be read")
    return one_line(row.title) or _("Without a name")


def source_text(row: DraftRow) -> str:
    """Returns a draft's source and its state: `bike.json on Flux`, `Flux · disabled`."""
    if row.is_unreadable:
        return one_line(row.key)
    name, runs_on = one_line(row.name), one_line(row.target_name)
    if row.source_kind is DraftSourceKind.DEPLOYMENT:
        name = name if name != title_text(row) else _("deployment")
    elif name == title_text(row):
        name = _("file on %s") % runs_on if runs_on else _("file")
    elif runs_on:
        name = _("%s on %s") % (name, runs_on)
    return " · ".join(filter(None, (name, not_runnable_text(row))))


def not_runnable_text(row: DraftRow) -> str:
    """Returns why the deployment would not run the draft; "" if it would, or if this is unknown."""
    if row.availability is DeploymentAvailability.DISABLED:
        return _("disabled")
    if row.availability is DeploymentAvailability.UNLISTED:
        return _("not listed any more")
    return ""


def changes_text(row: DraftRow) -> str:
    # Short, because there is little space; the tooltip says more.
    return _changes_or_problem(row, _("%d kept") % row.orphaned_count)


def _changes_or_problem(row: DraftRow, orphaned_text: str) -> str:
    if row.is_unreadable:
        return _("newer version") if row.is_newer else _("damaged")
    changes = n_("%d change", "%d changes", row.change_count) % row.change_count
    if row.orphaned_count:
        return ", ".join(filter(None, (changes if row.change_count else "", orphaned_text)))
    return changes if row.change_count else _("no changes")


def _orphaned_text(row: DraftRow) -> str:
    text = n_(
        "%d value without a place is kept", "%d values without a place are kept", row.orphaned_count
    )
    return text % row.orphaned_count


def age_text(modified_s: float, now_s: float) -> str:
    """Returns the age as `now`, `5 min`, `3 h`, or the date."""
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


def accessible_text(row: DraftRow, now_s: float, *, is_current: bool, is_opening: bool) -> str:
    changes = _changes_or_problem(row, _orphaned_text(row))
    parts = [title_text(row), source_text(row), changes, age_text(row.modified_s, now_s)]
    if is_opening:
        parts.append(_("opening"))
    elif is_current:
        parts.append(_("in view"))
    return ", ".join(parts)


def tooltip_text(row: DraftRow) -> str:
    """Returns all details, for rows that are too narrow for them."""
    lines = [title_text(row), source_text(row), changes_text(row)]
    if row.orphaned_count:
        lines.append(_orphaned_text(row))
    if row.path:
        lines.append(row.path)
    if row.preset:
        lines.append(_("Preset: %s") % one_line(row.preset))
    lines.append(_("Changed %s") % clock_time(row.modified_s))
    return "\n".join(lines)
