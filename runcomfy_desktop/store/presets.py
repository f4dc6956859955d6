"""The person's folder of presets, one readable file each; it may be a team's, or a synced one.

Others write there too, so nothing is ever written over what was not seen: what two programs made of
one preset is kept twice. Nothing is removed for good, and no path leads out of the folder. All of
it waits for the disk: it is for worker threads, one at a time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.output import safe_file_name
from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.reading import Broken, NoPreset, read_preset
from runcomfy_desktop.domain.preset.writing import write_preset
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem
from runcomfy_desktop.store.folder_lock import locked
from runcomfy_desktop.store.preset_places import (
    ENDING,
    SHIPPED,
    PresetPlaces,
    carry,
    file_name,
    gone,
    room_for,
    unreadable,
    write_file,
)
from runcomfy_desktop.store.preset_scan import Listing, PresetScan, read_bytes
from runcomfy_desktop.store.small_file import set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runcomfy_desktop.domain.preset.preset import Preset

TRASH_S = 30 * 24 * 3600.0
"""So long what was deleted can still be found in the data folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """A preset that was read, and what its bytes were."""

    preset: Preset
    stamp: str


@dataclass(frozen=True, slots=True)
class Written:
    """Where a preset was written, what its bytes are now ("" where that is nothing new), and where
    the one lies that somebody else had put there meanwhile; "" when nobody had."""

    path: str
    stamp: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Thrown:
    """A deleted preset: where it was, and its file in the trash."""

    path: str
    file: Path


class PresetFolder:
    """Owns the files in `root`. `shipped` has those that came with the program, `trash` what was
    deleted. `refuses` tells what may not be in a file, "" for nothing. A root that somebody `chose`
    is there, or nothing goes on without it. Everything raises Problem.
    """

    def __init__(
        self,
        root: Path,
        shipped: Path,
        trash: Path,
        refuses: Callable[[bytes], str] = lambda _data: "",
        *,
        chose: bool = False,
    ) -> None:
        self._places = PresetPlaces(root, shipped, chose=chose)
        self._trash = trash
        self._refuses = refuses
        self._scan = PresetScan(root)
        self._came_with = PresetScan(shipped, sets_aside=False)

    def look(self) -> Listing:
        """All presets and folders; what came with the program comes last."""
        self._places.check()
        try:
            mine = self._scan.look()
        except OSError as error:
            raise unreadable(self._places.root, error) from None
        with suppress(OSError):
            shipped = tuple(
                replace(
                    head, path=SHIPPED + head.path.removesuffix(ENDING), folder="", is_shipped=True
                )
                for head in self._came_with.look().heads
                if not head.folder and not head.problem
            )
            return replace(mine, heads=(*mine.heads, *shipped))
        return mine

    def may_differ(self) -> bool:
        """The cheap question whether another look is worth it."""
        return self._scan.may_differ()

    @property
    def count(self) -> int:
        """How many files there were at the last look."""
        return self._scan.count

    def read(self, path: str) -> Found:
        """The preset at `path`. Its name is the file's when it has none."""
        data = self._data(path)
        preset = read_preset(data)
        if not preset.name.strip():
            preset = replace(preset, name=self._places.file(path).stem)
        return Found(preset, stamp_of(data))

    def save(self, preset: Preset, folder: str) -> Written:
        """A new file, whatever else is called so."""
        data = self._encoded(preset)
        place = self._places.folder(folder)
        target = room_for(place, file_name(preset.name))
        write_file(target, data)
        return Written(self._places.path_of(target), stamp_of(data))

    def update(self, path: str, preset: Preset, stamp: str = "") -> Written:
        """Writes `preset` in the place of the one at `path`, which had the bytes of `stamp` when
        it was seen. What somebody else has put there meanwhile is kept beside it."""
        with locked(self._places.root):
            return self._update(path, preset, stamp)

    def rename(self, path: str, name: str, stamp: str = "") -> Written:
        """Another name, in the file and of the file. Whoever knew its bytes by `stamp` knows the
        new ones; whoever did not, still does not."""
        with locked(self._places.root):
            written = self._rename(path, name, stamp)
        if written.path != path:
            self._scan.forget(path)
        return written

    def move(self, path: str, folder: str) -> Written:
        """Into another folder, under its name or one like it; its bytes stay as they are."""
        source, place = self._places.own(path), self._places.folder(folder)
        if source.parent == place:
            return Written(path)
        if not source.exists():
            raise gone(source.name)
        target = room_for(place, source.name)
        carry(source, target)
        self._scan.forget(path)
        return Written(self._places.path_of(target))

    def duplicate(self, path: str) -> Written:
        """One of the same content beside it; of one that came with the program, in the root."""
        preset = self.read(path).preset
        folder = "" if path.startswith(SHIPPED) else path.rpartition("/")[0]
        name = preset.name if path.startswith(SHIPPED) else _("%s (copy)") % preset.name
        return self.save(replace(preset, name=name[: form.MAX_NAME]), folder)

    def delete(self, paths: Iterable[str]) -> tuple[Thrown, ...]:
        """Moves them into the trash; what is gone already is left out."""
        thrown: list[Thrown] = []
        for path in paths:
            source = self._places.own(path)
            target = self._trash / f"{uuid.uuid4().hex}{ENDING}"
            try:
                self._trash.mkdir(parents=True, exist_ok=True)
                shutil.move(source, target)
                os.utime(target)
            except FileNotFoundError:
                self._places.check()
                continue
            except OSError as error:
                if thrown:
                    # Those that are gone can be brought back all the same.
                    break
                raise disk_problem(error, source.parent) from None
            thrown.append(Thrown(path, target))
        return tuple(thrown)

    def restore(self, thrown: Iterable[Thrown]) -> tuple[str, ...]:
        """Brings deleted ones back to where they were, or beside what lies there now."""
        paths: list[str] = []
        for each in thrown:
            folder, _slash, name = each.path.rpartition("/")
            target = room_for(self._places.folder(folder), name)
            carry(each.file, target)
            paths.append(self._places.path_of(target))
        return tuple(paths)

    def add_folder(self, folder: str) -> str:
        """Makes a folder of that name, or one as near to it as file systems take."""
        safe = "/".join(safe_file_name(part) for part in folder.split("/") if part.strip(" ."))
        if not safe:
            raise Problem(_("A folder needs a name."))
        self._places.folder(safe)
        return safe

    def copy_to(self, root: Path) -> int:
        """Copies all presets into another folder of presets, over nothing; how many came."""
        self._places.check()
        other = PresetPlaces(root, root)
        count = 0
        for head in self._scan.look().heads:
            source = self._places.own(head.path)
            data = self._data(head.path)
            place = other.folder(head.folder)
            there = place / source.name
            if there.is_file() and there.read_bytes() == data:
                continue
            write_file(room_for(place, source.name), data)
            count += 1
        return count

    def empty_trash(self) -> None:
        """Removes what was deleted long ago."""
        before_s = time.time() - TRASH_S
        with suppress(OSError), os.scandir(self._trash) as entries:
            for entry in entries:
                is_old = entry.stat(follow_symlinks=False).st_mtime < before_s
                if is_old and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)

    def _update(self, path: str, preset: Preset, stamp: str) -> Written:
        target = self._places.own(path)
        try:
            there = read_bytes(target)
        except FileNotFoundError:
            # Moved or deleted by somebody: what was made here is not lost for that.
            return self.save(preset, path.rpartition("/")[0])
        except OSError as error:
            raise unreadable(target, error) from None
        earlier: Preset | None = None
        try:
            earlier = read_preset(there)
            # Late, as all that no session begins with.
            from runcomfy_desktop.domain.preset.capture import kept_on

            preset = kept_on(earlier, preset)
        except Broken:
            self._aside(target)
        except NoPreset:
            stamp = stamp or "other"
        data = self._encoded(preset)
        beside = ""
        if target.exists() and there != data and stamp not in ("", stamp_of(there)):
            beside = self._keep_beside(target, there, earlier)
        write_file(target, data)
        return Written(path, stamp_of(data), beside)

    def _rename(self, path: str, name: str, stamp: str) -> Written:
        source = self._places.own(path)
        found = self.read(path)
        data = self._encoded(replace(found.preset, name=name))
        wanted = file_name(name)
        known = stamp_of(data) if stamp == found.stamp else stamp
        if wanted == source.name:
            write_file(source, data)
            return Written(path, known)
        target = source.with_name(wanted)
        # To some systems another case of letters is the same file, which is in nobody's way.
        if not (wanted.casefold() == source.name.casefold() and _is_same(source, target)):
            target = room_for(source.parent, wanted)
        write_file(source, data)
        carry(source, target)
        return Written(self._places.path_of(target), known)

    def _data(self, path: str) -> bytes:
        file = self._places.file(path)
        try:
            return read_bytes(file)
        except FileNotFoundError:
            self._places.check()
            raise gone(file.name) from None
        except OSError as error:
            raise unreadable(file, error) from None

    def _encoded(self, preset: Preset) -> bytes:
        data = write_preset(preset)
        if why := self._refuses(data):
            raise Problem(why)
        return data

    def _keep_beside(self, target: Path, data: bytes, earlier: Preset | None) -> str:
        """Keeps what somebody else wrote, by the time it was written at."""
        when = time.strftime("%Y-%m-%d %H-%M", time.localtime(target.stat().st_mtime))
        name = _("%s (of %s)") % (target.stem, when)
        if earlier is not None:
            label = _("%s (of %s)") % (earlier.name or target.stem, when)
            data = write_preset(replace(earlier, name=label))
        room = room_for(target.parent, safe_file_name(f"{name}{ENDING}"))
        write_file(room, data)
        return self._places.path_of(room)

    def _aside(self, target: Path) -> None:
        try:
            set_aside(target)
        except OSError as error:
            raise disk_problem(error, target.parent) from None


def stamp_of(data: bytes) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(data).hexdigest()


def _is_same(source: Path, target: Path) -> bool:
    return not target.exists() or target.samefile(source)
