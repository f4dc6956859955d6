"""Reads what axes need from outside before they can be worked out: folders, tables, presets, names
of deployments. Disks are asked on threads."""

from __future__ import annotations

import asyncio
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.media_shelf import MAX_FILES
from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_checks import takes
from runcomfy_desktop.domain.media_types import MP4, PNG, WAV, named_type
from runcomfy_desktop.domain.output import RUN_ENDING
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.domain.sweep.spec import (
    AxisSpec,
    CsvSpec,
    DeploymentsSpec,
    FilesSpec,
    Found,
    PresetsSpec,
)
from runcomfy_desktop.domain.sweep.sweep import Axis, Point
from runcomfy_desktop.domain.sweep.table import MAX_BYTES, Table, read_table
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from runcomfy_desktop.core.media_shelf import MediaShelf
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey

_USUAL = {
    InputKind.IMAGE: PNG.mime,
    InputKind.VIDEO: MP4.mime,
    InputKind.AUDIO: WAV.mime,
}
_DIGITS = re.compile(r"(\d+)")


class SpecReader:
    """`deployments` are those of the account as they are listed; `preset` reads a preset, and
    raises Problem."""

    def __init__(
        self,
        shelf: MediaShelf,
        deployments: Callable[[], Sequence[Deployment]],
        preset: Callable[[str], Awaitable[Preset]],
    ) -> None:
        self._shelf = shelf
        self._deployments = deployments
        self._preset = preset

    async def found(self, spec: AxisSpec, draft: Draft, schema: Schema | None) -> Found:
        """What `spec` needs. Raises Problem. Files are found, but not kept yet."""
        match spec:
            case FilesSpec():
                return Found(files=await self._files(spec, draft, schema))
            case CsvSpec():
                return Found(table=await self.table(spec.path)) if spec.path else Found()
            case PresetsSpec():
                return Found(presets=tuple(await self._presets(spec, draft, schema)))
            case DeploymentsSpec():
                return Found(deployments=tuple(map(self._named, spec.deployment_ids)))
        return Found()

    async def table(self, path: str) -> Table:
        """What a CSV file holds. Raises Problem."""

        def work() -> Table:
            file = Path(path)
            # Reading a pipe might never end.
            if not file.is_file():
                raise FileNotFoundError(path)
            with file.open("rb") as opened:
                return read_table(opened.read(MAX_BYTES + 1))

        try:
            return await asyncio.to_thread(work)
        except (OSError, ValueError) as error:
            raise Problem(
                _("The CSV file %s cannot be read.") % one_line(Path(path).name),
                advice=_("Check that it is still there and may be read."),
                kind=ProblemKind.LOCAL,
                technical=f"{type(error).__name__}: {error}",
            ) from None

    async def kept(self, axis: Axis, spec: FilesSpec, draft: Draft, schema: Schema | None) -> Axis:
        """An axis of files with copies of them that can be sent. Raises Problem."""
        kind = _kind_of(spec.key, draft, schema)
        found = [point.values[spec.key] for point in axis.points]
        paths = [file.path for file in found if isinstance(file, MediaFile)]
        by_path = {file.path: file for file in await self._shelf.keep_files(paths, kind)}
        points = []
        for point, path in zip(axis.points, paths, strict=True):
            file = by_path.get(path)
            if file is None:
                raise Problem(
                    _("%s could not be read to its end, or cannot be sent.") % point.label,
                    _("Nothing was sent and nothing was billed."),
                    _("Take it out of the folder, then try again."),
                )
            points.append(Point(point.label, {spec.key: file}))
        return Axis(axis.name, tuple(points))

    async def _files(
        self, spec: FilesSpec, draft: Draft, schema: Schema | None
    ) -> tuple[MediaFile, ...]:
        kind = _kind_of(spec.key, draft, schema)
        if not spec.folder:
            return ()
        try:
            paths = await asyncio.to_thread(_paths_in, spec.folder)
        except (OSError, ValueError) as error:
            raise Problem(
                _("The folder %s cannot be read.") % one_line(spec.folder),
                advice=_("Check that it is still there and may be read."),
                kind=ProblemKind.LOCAL,
                technical=f"{type(error).__name__}: {error}",
            ) from None
        if len(paths) > MAX_FILES:
            raise Problem(
                _("The folder %s has more than %d files.") % (one_line(spec.folder), MAX_FILES),
                advice=_("Put those that you want to try into a folder of their own."),
            )
        survey = await self._shelf.look_over(paths, kind)
        if not survey.usable:
            text = n_(
                "The folder %s has %d file, and none that this input takes.",
                "The folder %s has %d files, and none that this input takes.",
                len(paths),
            )
            raise Problem(text % (one_line(spec.folder), len(paths)))
        return tuple(_not_kept(path, kind) for path in survey.usable)

    async def _presets(
        self, spec: PresetsSpec, draft: Draft, schema: Schema | None
    ) -> list[tuple[str, Changes]]:
        from runcomfy_desktop.domain.preset.capture import media_of
        from runcomfy_desktop.domain.preset.media_members import with_files
        from runcomfy_desktop.domain.preset.values import preset_values

        found = []
        for path in spec.paths:
            preset = await self._preset(path)
            kept = await self._shelf.finder.kept(media_of(preset).values())
            missing = {each.sha256 for each in kept.missing}
            preset = with_files(preset, kept.files)
            # For a big workflow that takes longer than a frame.
            values = await asyncio.to_thread(
                partial(preset_values, preset, draft, schema, missing=missing)
            )
            found.append((one_line(preset.name), values))
        return found

    def _named(self, deployment_id: str) -> tuple[str, str]:
        for each in self._deployments():
            if each.deployment_id == deployment_id:
                return deployment_id, one_line(each.name)
        raise Problem(_("One of these deployments is not in the list any more."))


def _kind_of(key: InputKey, draft: Draft, schema: Schema | None) -> InputKind:
    # Late, here and above: no session begins with a grid.
    from runcomfy_desktop.domain.sweep.axes import field_of

    return field_of(key, draft, schema).spec.kind


def natural(name: str) -> list[tuple[int, int, str]]:
    """What names are sorted by, so that `2.png` comes before `10.png`."""
    parts = _DIGITS.split(name.casefold())
    return [
        (0, int(part), "") if number % 2 else (1, 0, part)
        for number, part in enumerate(parts)
        if part
    ]


def _paths_in(folder: str) -> list[str]:
    """The plain files of a folder, no more than one beyond what may be used. What this program laid
    beside results is none of them."""
    # As the shelf writes the paths of originals.
    folder = os.path.abspath(folder)  # noqa: PTH100
    with os.scandir(folder) as entries:
        names = []
        for entry in entries:
            is_ours = entry.name.endswith(RUN_ENDING)
            if not is_ours and not entry.name.startswith(".") and entry.is_file():
                names.append(entry.name)
            if len(names) > MAX_FILES:
                break
    return [os.path.join(folder, name) for name in sorted(names, key=natural)]  # noqa: PTH118


def _not_kept(path: str, kind: InputKind) -> MediaFile:
    """Stands for a file that is only counted yet. That the input takes it was found out by its
    contents, whatever its name claims."""
    named = named_type(path)
    mime = named.mime if named is not None and takes(kind, named) else _USUAL.get(kind, "")
    return MediaFile(Path(path).name, "", "", mime, 0, 0, 0, path=path)
