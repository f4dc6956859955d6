"""Sweeps: one readable JSON file for each grid, on disk before any of its jobs is.

The file says what the grid looks like: its axes, heads and cells. What became of the cells is in
the history, by the grid's id and the number of the cell. A file whose jobs were never written down
says so itself (`is_entered`): a program that ended in between leaves an empty grid, never half of
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

from runcomfy_desktop.domain.draft import changes_from_json, changes_to_json
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.signed import unsigned
from runcomfy_desktop.domain.sweep.sweep import MAX_AXES, MAX_CELLS, Axis, Point, Replacement, Sweep
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem, write_atomic
from runcomfy_desktop.store.small_file import Damaged, read_object, set_aside
from runcomfy_desktop.store.versions import version_in

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Changes, Value
    from runcomfy_desktop.domain.json_value import Json, JsonObject

FORMAT = 1
MAX_BYTES = 32 * 1024 * 1024
MAX_KEPT = 1_000
_ID = re.compile(r"[0-9a-f]{32}")
_LATEST_S = 1e11

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptSweep:
    """A grid, and whether its jobs were written down."""

    sweep: Sweep
    is_entered: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What lies in the folder, the newest last; how many files were damaged and put aside, and
    how many are of a newer program."""

    kept: tuple[KeptSweep, ...]
    damaged: int = 0
    newer: int = 0


class SweepStore:
    """Keeps grids in `folder`. All methods raise Problem when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, kept: KeptSweep) -> None:
        """The file is on disk when this returns."""

        def work() -> None:
            data = _encoded(kept)
            if len(data) > MAX_BYTES:
                raise Problem(
                    _("This grid is too large to be kept."),
                    _("Nothing was sent and nothing was billed."),
                    _("Use fewer or shorter texts on its axes."),
                )
            write_atomic(self._path(kept.sweep.sweep_id), data)

        try:
            await asyncio.to_thread(work)
        except OSError as error:
            raise disk_problem(error, self._folder) from None

    async def load(self) -> Reading:
        """All that can be read; what is damaged is put aside."""
        try:
            return await asyncio.to_thread(self._load)
        except OSError as error:
            _log.warning("The folder of grids cannot be read: %s", error)
            return Reading(())

    async def remove(self, sweep_id: str) -> None:
        """Forgets a grid, not its jobs."""
        try:
            await asyncio.to_thread(lambda: self._path(sweep_id).unlink(missing_ok=True))
        except OSError as error:
            raise disk_problem(error, self._folder) from None

    def _path(self, sweep_id: str) -> Path:
        assert _ID.fullmatch(sweep_id), "Only ids of ours become names of files"
        return self._folder / f"{sweep_id}.json"

    def _load(self) -> Reading:
        found: list[KeptSweep] = []
        damaged = newer = 0
        for path in self._newest():
            try:
                stored = read_object(path, MAX_BYTES)
                if stored is None:
                    continue
                if version_in(stored, "format") > FORMAT:
                    newer += 1
                    continue
                found.append(_decoded(path.stem, stored))
            except Damaged as damage:
                _log.warning("The grid %s is damaged: %s", path.name, damage)
                damaged += 1
                with suppress(OSError):
                    set_aside(path)
            except OSError as error:
                _log.warning("The grid %s cannot be read: %s", path.name, error)
        found.sort(key=lambda kept: kept.sweep.created_s)
        return Reading(tuple(found), damaged, newer)

    def _newest(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        aged: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            if path.suffix == ".json" and _ID.fullmatch(path.stem):
                with suppress(OSError):
                    aged.append((path.stat().st_mtime, path))
        aged.sort(key=lambda each: each[0], reverse=True)
        return [path for _mtime, path in aged[:MAX_KEPT]]


def _encoded(kept: KeptSweep) -> bytes:
    sweep = kept.sweep
    stored: JsonObject = {
        "format": FORMAT,
        "name": sweep.name,
        "created_s": sweep.created_s,
        "deployment_id": sweep.deployment_id,
        "deployment_name": sweep.deployment_name,
        "is_zip": sweep.is_zip,
        "is_entered": kept.is_entered,
        "axes": [
            {"name": axis.name, "points": [_point_to_json(point) for point in axis.points]}
            for axis in sweep.axes
        ],
    }
    # Piece by piece: in one go, json would stop the window meanwhile.
    return "".join(json.JSONEncoder(indent=1).iterencode(stored)).encode()


def _point_to_json(point: Point) -> JsonObject:
    """Only what is said."""
    stored: JsonObject = {"label": _unsigned(point.label)}
    if point.values:
        stored["values"] = changes_to_json(_without_tokens(point.values))
    if point.deployment_id:
        stored["deployment_id"] = point.deployment_id
    if point.replaces is not None:
        key, sought, put = point.replaces.key, point.replaces.sought, point.replaces.put
        stored["replaces"] = {
            "node_id": key.node_id,
            "input": key.name,
            "sought": _unsigned(sought),
            "put": _unsigned(put),
        }
    return stored


def _unsigned(text: str) -> str:
    return str(unsigned(text))


def _without_tokens(values: Changes) -> Changes:
    """What stands behind the path of an address may be a key to it; the grid shows it only, and
    the jobs have what was sent."""

    def bare(value: Value) -> Value:
        if not isinstance(value, str):
            return value
        if value[:8].lower().startswith(("http://", "https://")):
            return value.partition("?")[0].partition("#")[0]
        return _unsigned(value)

    return {key: bare(value) for key, value in values.items()}


def _time(value: Json) -> float:
    """Seconds since the epoch; 0.0 for what is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    return float(value) if 0 <= value < _LATEST_S else 0.0


def _decoded(sweep_id: str, stored: JsonObject) -> KeptSweep:
    """Raises Damaged: it has no axes, or more cells than a grid can have."""
    raw = stored.get("axes")
    axes = tuple(_axis_from_json(each) for each in raw) if isinstance(raw, list) else ()
    sweep = Sweep(
        sweep_id,
        _text(stored, "name"),
        axes,
        stored.get("is_zip") is True,
        _text(stored, "deployment_id"),
        _text(stored, "deployment_name"),
        _time(stored.get("created_s")),
    )
    if not 1 <= len(axes) <= MAX_AXES or not 1 <= sweep.count <= MAX_CELLS:
        raise Damaged("no grid")
    if sweep.is_zip and len({len(axis.points) for axis in axes}) > 1:
        raise Damaged("zipped axes of different lengths")
    return KeptSweep(sweep, stored.get("is_entered") is True)


def _axis_from_json(raw: Json) -> Axis:
    points = raw.get("points") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(points, list):
        raise Damaged("no axis")
    return Axis(_text(raw, "name"), tuple(map(_point_from_json, points)))


def _point_from_json(raw: Json) -> Point:
    if not isinstance(raw, dict):
        raise Damaged("no point")
    wish, replaces = raw.get("replaces"), None
    if isinstance(wish, dict):
        key = InputKey(_text(wish, "node_id"), _text(wish, "input"))
        replaces = Replacement(key, _text(wish, "sought"), _text(wish, "put"))
    return Point(
        _text(raw, "label"),
        changes_from_json(raw.get("values")),
        _text(raw, "deployment_id"),
        replaces,
    )


def _text(stored: JsonObject, name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""
