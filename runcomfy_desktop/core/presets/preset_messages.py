"""Messages of the preset library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_MAX_NAMES = 5


def contains_key_text() -> str:
    """Returns the reason for not saving a preset: it contains the API key."""
    return _(
        "This preset holds your key as a value, and presets are given to others. Take the key out "
        "of the inputs, then save it again."
    )


def folder_changed_problem() -> Problem:
    """Returns the problem raised if the folder was switched before a preset could be changed."""
    return Problem(
        _("Presets are looked for in another folder by now."),
        _("The preset was left as it is."),
        _("Save the inputs as a new preset, or choose the earlier folder again."),
    )


def deleted_notice(names: Sequence[str], undo: Callable[[], object]) -> Notice:
    """Returns the notice about deleted presets."""
    count = len(names)
    title = n_("%d preset was deleted.", "%d presets were deleted.", count) % count
    if count == 1:
        title = _("The preset “%s” was deleted.") % one_line(names[0])
    return Notice(NoticeLevel.INFO, title, action_text=_("Undo"), action=undo)


def shipped_kept_notice(count: int) -> Notice:
    """Returns the notice that presets shipped with the program were not deleted."""
    title = n_(
        "%d preset came with the program and stays.",
        "%d presets came with the program and stay.",
        count,
    )
    return Notice(NoticeLevel.INFO, title % count)


def conflict_notice(name: str, other_name: str) -> Notice:
    """Returns the notice that a preset was also changed by another user or program."""
    title = _("The preset “%s” had been changed by somebody else meanwhile.")
    detail = _("Yours is kept under its name; the other one lies beside it as %s.")
    return Notice(NoticeLevel.WARNING, title % one_line(name), detail % one_line(other_name))


def damaged_notice(names: Sequence[str]) -> Notice:
    """Returns the notice about damaged files."""
    count = len(names)
    title = n_(
        "%d preset was damaged and is set aside.",
        "%d presets were damaged and are set aside.",
        count,
    )
    detail = _("Nothing of it is lost: %s.") % _names_text(names)
    return Notice(NoticeLevel.WARNING, title % count, detail, subject="damaged presets")


def imported_notice(count: int, undo: Callable[[], object]) -> Notice:
    """Returns the notice about imported presets."""
    title = n_("%d preset was imported.", "%d presets were imported.", count) % count
    return Notice(NoticeLevel.INFO, title, action_text=_("Undo"), action=undo)


def import_failed_notice(count: int, reasons: Sequence[str]) -> Notice:
    """Returns the notice about files that could not be imported while others were."""
    title = n_("%d file could not be imported.", "%d files could not be imported.", count)
    return Notice(NoticeLevel.ERROR, title % count, " ".join(reasons[:_MAX_NAMES]))


def import_truncated_notice(reason: str) -> Notice:
    """Returns the notice that only the first presets in the pasted text were imported."""
    return Notice(NoticeLevel.ERROR, _("The others could not be imported."), reason)


def exported_notice(count: int, target: Path) -> Notice:
    """Returns the notice about exported presets."""
    title = n_("%d preset was exported.", "%d presets were exported.", count) % count
    return Notice(NoticeLevel.INFO, title, one_line(str(target)))


def root_changed_notice(
    old: Path, new: Path, count: int, copy: Callable[[], object] | None
) -> Notice:
    """Returns the notice that presets are now stored in another folder."""
    title, detail, button = _("Presets are now kept in %s.") % one_line(str(new)), "", ""
    if copy is not None and count:
        stay = n_("The %d preset in %s stays there.", "The %d presets in %s stay there.", count)
        detail, button = stay % (count, one_line(str(old))), _("Copy them here")
    action = copy if button else None
    return Notice(NoticeLevel.INFO, title, detail, "", button, action, "preset folder")


def copied_notice(count: int) -> Notice:
    """Returns the notice that presets were copied into the current folder."""
    title, detail = _("All of them are here already."), ""
    if count:
        title = n_("%d preset was copied.", "%d presets were copied.", count) % count
        detail = _("The originals stay.")
    return Notice(NoticeLevel.INFO, title, detail, subject="preset folder")


def _names_text(names: Sequence[str]) -> str:
    shown = ", ".join(one_line(name) for name in names[:_MAX_NAMES])
    more = len(names) - _MAX_NAMES
    return shown if more <= 0 else _("%s and %d more") % (shown, more)
