"""Stores sweeps: one readable JSON file per grid, written before any of its jobs.

The file has the grid's layout: its axes, headings and cells. The results in the cells are in the
history, where they are found by the grid's id and the cell number. `has_stored_jobs` is False until
the grid's jobs are written: a program that ends before then leaves an empty grid, never half of
one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import changes_from_json, changes_to_json
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.sweeps.sweep import (
    MAX_AXES,
    MAX_CELLS,
    Axis,
    AxisPoint,
    SearchReplace,
    Sweep,
)
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic_write import disk_problem, write_atomic
from runcomfy_desktop.store.data_versions import version_in
from runcomfy_desktop.store.small_file import DamagedFile, read_object, text_in, try_set_aside

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Changes, Value

FORMAT = 1
MAX_BYTES = 32 * 1024 * 1024
MAX_STORED = 1_000
_ID = re.compile(r"[0-9a-f]{32}")
_MAX_TIME_S = 1e11

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredSweep:
    """Grid, and True if its jobs were written."""

    sweep: Sweep
    has_stored_jobs: bool


@dataclass(frozen=True, slots=True)
class StoredSweeps:
    """Stored grids, newest last.

    Also counts the damaged files that were moved aside, and the files written by a newer program.
    """

    sweeps: tuple[StoredSweep, ...]
    damaged_count: int = 0
    newer_count: int = 0


class SweepStore:
    """Stores grids in `folder`.

    `save` and `remove` raise Problem if the disk cannot be written. `load` returns no grids if the
    folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, stored_sweep: StoredSweep) -> None:
        """Writes a grid; it is on disk when this returns. Raises Problem if it is too large."""

        def work() -> None:
            data = _encode(stored_sweep)
            if len(data) > MAX_BYTES:
                raise Problem(
                    _("This grid is too large to be kept."),
                    _("Nothing was sent and nothing was billed."),
                    _("Use fewer or shorter texts on its axes."),
                )
            write_atomic(self._path(stored_sweep.sweep.sweep_id), data)

        try:
            await asyncio.to_thread(work)
        except OSError as error:
            raise disk_problem(error, self._folder) from None

    async def load(self) -> StoredSweeps:
        """Returns all readable grids; damaged files are moved aside."""
        try:
            return await asyncio.to_thread(self._load)
        except OSError as error:
            _log.warning("The folder of grids cannot be read: %s", error)
            return StoredSweeps(())

    async def remove(self, sweep_id: str) -> None:
        """Removes a grid, but not its jobs."""
        try:
            await asyncio.to_thread(lambda: self._path(sweep_id).unlink(missing_ok=True))
        except OSError as error:
            raise disk_problem(error, self._folder) from None

    def _path(self, sweep_id: str) -> Path:
        assert _ID.fullmatch(sweep_id), "Only ids of ours become names of files"
        return self._folder / f"{sweep_id}.json"

    def _load(self) -> StoredSweeps:
        found: list[StoredSweep] = []
        damaged_count = newer_count = 0
        for path in self._newest_files():
            try:
                stored = read_object(path, MAX_BYTES)
                if stored is None:
                    continue
                if version_in(stored, "format") > FORMAT:
                    newer_count += 1
                    continue
                found.append(_decode(path.stem, stored))
            except DamagedFile as damage:
                _copy, technical = try_set_aside(path, str(damage))
                _log.warning("The grid %s is damaged: %s", path.name, technical)
                damaged_count += 1
            except OSError as error:
                _log.warning("The grid %s cannot be read: %s", path.name, error)
        found.sort(key=lambda stored_sweep: stored_sweep.sweep.created_s)
        return StoredSweeps(tuple(found), damaged_count, newer_count)

    def _newest_files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        paths_by_age: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            if path.suffix == ".json" and _ID.fullmatch(path.stem):
                with suppress(OSError):
                    paths_by_age.append((path.stat().st_mtime, path))
        paths_by_age.sort(key=lambda each: each[0], reverse=True)
        return [path for _mtime, path in paths_by_age[:MAX_STORED]]


def _encode(stored_sweep: StoredSweep) -> bytes:
    sweep = stored_sweep.sweep
    stored: JsonObject = {
        "format": FORMAT,
        "name": sweep.name,
        "created_s": sweep.created_s,
        "deployment_id": sweep.deployment_id,
        "deployment_name": sweep.deployment_name,
        "is_zip": sweep.is_zip,
        "is_entered": stored_sweep.has_stored_jobs,
        "axes": [
            {"name": axis.name, "points": [_point_to_json(point) for point in axis.points]}
            for axis in sweep.axes
        ],
    }
    # In pieces: a single call of json would block the window.
    return "".join(json.JSONEncoder(indent=1).iterencode(stored)).encode()


def _point_to_json(point: AxisPoint) -> JsonObject:
    """Returns the point as JSON without empty values."""
    stored: JsonObject = {"label": _unsigned(point.label)}
    if point.values:
        stored["values"] = changes_to_json(_without_tokens(point.values))
    if point.deployment_id:
        stored["deployment_id"] = point.deployment_id
    if point.replacement is not None:
        stored["replaces"] = {
            "node_id": point.replacement.key.node_id,
            "input": point.replacement.key.name,
            "sought": _unsigned(point.replacement.search_text),
            "put": _unsigned(point.replacement.new_text),
        }
    return stored


def _unsigned(text: str) -> str:
    return str(strip_signatures(text))


def _without_tokens(values: Changes) -> Changes:
    """Removes query and fragment from addresses, because they may contain an access token.

    The grid only shows the values; the jobs contain the values as sent.
    """

    def without_token(value: Value) -> Value:
        if not isinstance(value, str):
            return value
        if value[:8].lower().startswith(("http://", "https://")):
            return value.partition("?")[0].partition("#")[0]
        return _unsigned(value)

    return {key: without_token(value) for key, value in values.items()}


def _time(value: Json) -> float:
    """Returns seconds since the epoch; 0.0 for an invalid value."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    return float(value) if 0 <= value < _MAX_TIME_S else 0.0


def _decode(sweep_id: str, stored: JsonObject) -> StoredSweep:
    """Returns a grid. Raises DamagedFile if it has no axes, or more cells than allowed."""
    raw = stored.get("axes")
    axes = tuple(_axis_from_json(each) for each in raw) if isinstance(raw, list) else ()
    sweep = Sweep(
        sweep_id,
        text_in(stored, "name"),
        axes,
        stored.get("is_zip") is True,
        text_in(stored, "deployment_id"),
        text_in(stored, "deployment_name"),
        _time(stored.get("created_s")),
    )
    if not 1 <= len(axes) <= MAX_AXES or not 1 <= sweep.cell_count <= MAX_CELLS:
        raise DamagedFile("no grid")
    if sweep.is_zip and len({len(axis.points) for axis in axes}) > 1:
        raise DamagedFile("zipped axes of different lengths")
    return StoredSweep(sweep, stored.get("is_entered") is True)


def _axis_from_json(raw: Json) -> Axis:
    points = raw.get("points") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(points, list):
        raise DamagedFile("no axis")
    return Axis(text_in(raw, "name"), tuple(map(_point_from_json, points)))


def _point_from_json(raw: Json) -> AxisPoint:
    if not isinstance(raw, dict):
        raise DamagedFile("no point")
    replacement, replaces = raw.get("replaces"), None
    if isinstance(replacement, dict):
        key = InputKey(text_in(replacement, "node_id"), text_in(replacement, "input"))
        replaces = SearchReplace(key, text_in(replacement, "sought"), text_in(replacement, "put"))
    return AxisPoint(
        text_in(raw, "label"),
        changes_from_json(raw.get("values")),
        text_in(raw, "deployment_id"),
        replaces,
    )
