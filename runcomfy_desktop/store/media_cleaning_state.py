"""Records across restarts which stored files are not referenced, and for how long.

The time between two checks is added to the total, but counts for three days at most. If the clock
is set forward, or was years behind, a file therefore loses no more than three days of its grace
period.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.data_versions import version_in
from runcomfy_desktop.store.media_files import UnreadableReferences
from runcomfy_desktop.store.small_file import DamagedFile, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Set
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json

FORMAT = 1
_DAY_S = 24 * 3600.0
# The year 5138: greater values and NaN are damage.
_MAX_NUMBER = 1e11
MAX_STEP_S = 3 * _DAY_S
GRACE_S = 30 * _DAY_S + MAX_STEP_S
"""Grace period: a month, plus one step between checks that may be due to a wrong clock."""


@dataclass(frozen=True, slots=True)
class UnusedFile:
    """Time for which a file has not been referenced, and the time of its last write or use."""

    unused_s: float
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class UnusedMedia:
    """Result of the last check, made at `checked_s`.

    `files` has the unreferenced files by name. `preset_count` is the number of presets in
    `preset_root`.
    """

    checked_s: float = 0.0
    files: Mapping[str, UnusedFile] = field(default_factory=dict)
    preset_root: str = ""
    preset_count: int = 0

    def after_check(self, unused: Mapping[str, int], now_s: float) -> UnusedMedia:
        """Returns the state after a check that found the unreferenced files `unused`.

        `unused` maps each file name to the file's time of last use.
        """
        step_s = min(max(0.0, now_s - self.checked_s), MAX_STEP_S)
        files: dict[str, UnusedFile] = {}
        for name, mtime_ns in unused.items():
            known = self.files.get(name)
            is_same = known is not None and known.mtime_ns == mtime_ns
            unused_s = known.unused_s + step_s if known is not None and is_same else 0.0
            files[name] = UnusedFile(unused_s, mtime_ns)
        return UnusedMedia(now_s, files, self.preset_root, self.preset_count)

    def without_used(self, used: Set[str], now_s: float) -> UnusedMedia:
        """Returns the state after a partial check.

        Files in `used` start again from zero; no time is added for the others.
        """
        files = {name: each for name, each in self.files.items() if name not in used}
        return UnusedMedia(now_s, files, self.preset_root, self.preset_count)

    def expired(self) -> dict[str, int]:
        """Returns the files whose grace period is over, with their times of last use."""
        found = self.files.items()
        return {name: each.mtime_ns for name, each in found if each.unused_s >= GRACE_S}


def load(path: Path) -> UnusedMedia:
    """Returns the stored state; an empty state if the file is missing or damaged.

    After damage, the time of all files starts again from zero. Raises UnreadableReferences if the
    file cannot be read or was written by a newer program.
    """
    try:
        stored = read_object(path)
    except DamagedFile:
        stored = None
    except OSError as error:
        raise UnreadableReferences(f"{path} cannot be read: {error}") from None
    if stored is None:
        return UnusedMedia()
    if version_in(stored, "format") > FORMAT:
        raise UnreadableReferences(f"{path} is of a newer program")
    files, root, presets = (stored.get(each) for each in ("files", "preset_root", "presets"))
    members = files.items() if isinstance(files, dict) else ()
    return UnusedMedia(
        _number(stored.get("looked_s")),
        {name: found for name, each in members if (found := _unused_from_json(each)) is not None},
        root if isinstance(root, str) else "",
        int(_number(presets)),
    )


def save(path: Path, found: UnusedMedia) -> None:
    """Writes the state. Raises OSError."""
    stored = {
        "format": FORMAT,
        "looked_s": found.checked_s,
        "preset_root": found.preset_root,
        "presets": found.preset_count,
        "files": {name: [each.unused_s, each.mtime_ns] for name, each in found.files.items()},
    }
    write_atomic(path, json.dumps(stored, indent=0).encode())


def _unused_from_json(stored: Json) -> UnusedFile | None:
    if not isinstance(stored, list) or len(stored) != 2:
        return None
    unused_s, mtime = stored
    if not isinstance(mtime, int) or isinstance(mtime, bool):
        return None
    return UnusedFile(_number(unused_s), mtime)


def _number(value: Json) -> float:
    """Returns the number; 0.0 if the value is not a number or is out of range."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    return float(value) if 0 <= value < _MAX_NUMBER else 0.0
