"""Version of the data in a folder, and the backup copies made when data are upgraded.

Each store knows the version of its own files and upgrades older ones itself: it makes a copy, then
upgrades the file completely or not at all. Files written by a newer program are never changed. A
marker file in the folder shows, before anything is opened, whether this program may use the folder.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.small_file import DamagedFile, read_object

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

# Increase it whenever a store increases its own version; a test compares them.
DATA_VERSION = 2
MAX_BACKUPS = 2
# Version of the data of 0.1.0, which wrote no marker.
_FIRST_VERSION = 1
_MAX_MARKER_BYTES = 64 * 1024
_PROGRAM_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,30}")

_log = logging.getLogger(__name__)


def check_data_folder(marker: Path, version: int = DATA_VERSION) -> None:
    """Raises Problem if the marked folder has data newer than `version`; changes nothing."""
    found, program = _read(marker)
    if found > version:
        raise newer_data_problem(marker.parent, program)


def mark_data_folder(marker: Path, program: str, version: int = DATA_VERSION) -> None:
    """Writes in the marker file that the folder has data of this version.

    Call it on a worker thread, and only after a history has been opened. One opened history is
    enough, although the other one (the account's or the demo's) may still have the older version:
    the older program could not use the rest of the data.
    """
    if marker.exists() and _read(marker)[0] >= version:
        return
    from runcomfy_desktop.store.atomic_write import write_atomic

    content = {"data_version": version, "program": program}
    try:
        write_atomic(marker, json.dumps(content).encode())
    except OSError as error:
        # The stores check their own versions; the marker only allows an earlier check.
        _log.warning("The data folder is not marked: %s", error)


def newer_data_problem(path: Path, program: str = "") -> Problem:
    """Returns the Problem for data that only a newer program understands."""
    requirement = _("It needs version %s or later.") % program if program else ""
    return Problem(
        _("The data in %s were written by a newer version of this program.") % path,
        " ".join(filter(None, (requirement, _("Nothing was changed.")))),
        _("Install the newer version, or start this one with another folder: --data-dir DIR."),
        kind=ProblemKind.REJECTED,
    )


class UpgradeObstacle(Enum):
    """Reason why older data could not be upgraded."""

    DISK_FULL = "no room"
    NOT_WRITABLE = "not written"
    NOT_UNDERSTOOD = "not understood"


def upgrade_problem(path: Path, obstacle: UpgradeObstacle, technical: str) -> Problem:
    """Returns the Problem for older data that could not be upgraded and stay unchanged."""
    reason, advice = {
        UpgradeObstacle.DISK_FULL: (
            _("There is not enough room on the disk."),
            _("Free some space there, then try again."),
        ),
        UpgradeObstacle.NOT_WRITABLE: (
            _("They could not be written anew."),
            _(
                "Check that its folder may be written to and that no other program has it open, "
                "then try again."
            ),
        ),
        UpgradeObstacle.NOT_UNDERSTOOD: (
            _("This version does not understand them."),
            _("Move it to another folder to begin without it, and keep it there."),
        ),
    }[obstacle]
    return Problem(
        _("The data of the earlier version could not be taken over."),
        # Other data may already have been upgraded, so the text does not advise using the old
        # version.
        _("%s %s is as it was, and nothing in it is lost.") % (reason, path),
        advice,
        technical=technical,
    )


def back_up_file(path: Path, version: int) -> Path:
    """Copies a file of an older version next to it, unless the last copy is identical.

    Returns the path of the copy. Raises OSError; there is no copy then. Waits for the disk.
    """
    from runcomfy_desktop.store.atomic_write import write_atomic

    content = path.read_bytes()
    latest = last_backup(path, version)
    if latest is not None and latest.read_bytes() == content:
        return latest
    copy = next_backup_path(path, version)
    write_atomic(copy, content)
    return copy


def last_backup(path: Path, version: int) -> Path | None:
    """Returns the path of the latest copy made from this version; None if there is none."""
    of_version = [each for found, _number, each in _backups(path) if found == version]
    return of_version[-1] if of_version else None


def next_backup_path(path: Path, version: int) -> Path:
    """Returns an unused path for another copy of a file of this version.

    If a user goes back to an earlier program and then upgrades again, another copy is made.
    """
    number = 1 + max((n for found, n, _copy in _backups(path) if found == version), default=0)
    further = f"-copy-{number}" if number > 1 else ""
    return path.with_name(f"{path.stem}.version-{version}{further}{path.suffix}")


def remove_old_backups(path: Path, made: Path) -> None:
    """Removes old copies of a file after an upgrade; keeps `made` and the newest other copies.

    At most `MAX_BACKUPS` copies remain.
    """
    with suppress(OSError):
        others = [each for _version, _number, each in _backups(path) if each != made]
        for each in others[: 1 - MAX_BACKUPS]:
            each.unlink()


def _backups(path: Path) -> list[tuple[int, int, Path]]:
    """Returns version, number and path of each copy, newest last."""
    name = re.compile(
        rf"{re.escape(path.stem)}\.version-([0-9]{{1,9}})(?:-copy-([0-9]{{1,9}}))?"
        rf"{re.escape(path.suffix)}"
    )
    return sorted(
        (int(match[1]), int(match[2] or 1), each)
        for each in path.parent.iterdir()
        if (match := name.fullmatch(each.name))
    )


def version_in(stored: JsonObject, name: str) -> int:
    """Returns the version stored in a file; the first version if it is missing or invalid."""
    version = stored.get(name)
    if not isinstance(version, int) or isinstance(version, bool):
        return _FIRST_VERSION
    return max(_FIRST_VERSION, version)


def _read(marker: Path) -> tuple[int, str]:
    """Returns data version and program in the marker; the first version and "" if unreadable."""
    try:
        found = read_object(marker, _MAX_MARKER_BYTES) or {}
    except (DamagedFile, OSError) as error:
        # The stores' own versions are checked anyway.
        _log.warning("The note %s cannot be read: %s", marker, error)
        found = {}
    program = found.get("program")
    is_name = isinstance(program, str) and _PROGRAM_VERSION.fullmatch(program)
    return version_in(found, "data_version"), str(program) if is_name else ""
