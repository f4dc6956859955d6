"""Reads the sources of axes: folders, tables, presets, deployments.

Disk access is on worker threads.
"""

from __future__ import annotations

import asyncio
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.media.media_store import MAX_FILES
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.output import RUN_SUFFIX
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_checks import accepts
from runcomfy_desktop.domain.media.media_types import MP4, PNG, WAV, named_type
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.sweeps.csv_table import MAX_BYTES, CsvTable, parse_csv
from runcomfy_desktop.domain.sweeps.spec import (
    AxisSources,
    AxisSpec,
    CsvSpec,
    DeploymentsSpec,
    FilesSpec,
    PresetsSpec,
)
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_DEFAULT_MIMES = {
    InputKind.IMAGE: PNG.mime,
    InputKind.VIDEO: MP4.mime,
    InputKind.AUDIO: WAV.mime,
}
_DIGITS = re.compile(r"(\d+)")


class AxisSpecReader:
    """Reads the sources of axes.

    `deployments` returns the listed deployments of the account; `read_preset` reads a preset, and
    raises Problem.
    """

    def __init__(
        self,
        media_store: MediaStore,
        deployments: Callable[[], Sequence[Deployment]],
        read_preset: Callable[[str], Awaitable[Preset]],
    ) -> None:
        self._media_store = media_store
        self._deployments = deployments
        self._read_preset = read_preset

    async def read(self, spec: AxisSpec, draft: Draft, schema: NodeSchema | None) -> AxisSources:
        """Returns the sources that `spec` needs. Raises Problem.

        Files are listed, but not stored yet.
        """
        match spec:
            case FilesSpec():
                return AxisSources(files=await self._files(spec, draft, schema))
            case CsvSpec() if spec.path:
                return AxisSources(table=await self.read_table(spec.path))
            case PresetsSpec():
                return AxisSources(presets=tuple(await self._presets(spec, draft, schema)))
            case DeploymentsSpec():
                return AxisSources(
                    deployments=tuple(map(self._named_deployment, spec.deployment_ids))
                )
        return AxisSources()

    async def read_table(self, path: str) -> CsvTable:
        """Returns the content of a CSV file. Raises Problem."""

        def work() -> CsvTable:
            file = Path(path)
            # Reading a pipe might block forever.
            if not file.is_file():
                raise FileNotFoundError(path)
            with file.open("rb") as opened:
                return parse_csv(opened.read(MAX_BYTES + 1))

        try:
            return await asyncio.to_thread(work)
        except (OSError, ValueError) as error:
            title = _("The CSV file %s cannot be read.") % one_line(Path(path).name)
            raise _unreadable(title, error) from None

    async def store_files(
        self, axis: Axis, spec: FilesSpec, draft: Draft, schema: NodeSchema | None
    ) -> Axis:
        """Stores the files of an axis, and returns the axis with the stored copies.

        Raises Problem if one of the files cannot be stored or sent.
        """
        kind = _kind_of(spec.key, draft, schema)
        found = [point.values[spec.key] for point in axis.points]
        paths = [file.path for file in found if isinstance(file, MediaFile)]
        by_path = {file.path: file for file in await self._media_store.store_files(paths, kind)}
        points = []
        for point, path in zip(axis.points, paths, strict=True):
            file = by_path.get(path)
            if file is None:
                raise Problem(
                    _("%s could not be read to its end, or cannot be sent.") % point.label,
                    _("Nothing was sent and nothing was billed."),
                    _("Take it out of the folder, then try again."),
                )
            points.append(AxisPoint(point.label, {spec.key: file}))
        return Axis(axis.name, tuple(points))

    async def _files(
        self, spec: FilesSpec, draft: Draft, schema: NodeSchema | None
    ) -> tuple[MediaFile, ...]:
        kind = _kind_of(spec.key, draft, schema)
        if not spec.folder:
            return ()
        try:
            paths = await asyncio.to_thread(_paths_in, spec.folder)
        except (OSError, ValueError) as error:
            title = _("The folder %s cannot be read.") % one_line(spec.folder)
            raise _unreadable(title, error) from None
        if len(paths) > MAX_FILES:
            raise Problem(
                _("The folder %s has more than %d files.") % (one_line(spec.folder), MAX_FILES),
                advice=_("Put those that you want to try into a folder of their own."),
            )
        survey = await self._media_store.survey_files(paths, kind)
        if not survey.usable:
            text = n_(
                "The folder %s has %d file, and none that this input takes.",
                "The folder %s has %d files, and none that this input takes.",
                len(paths),
            )
            raise Problem(text % (one_line(spec.folder), len(paths)))
        return tuple(_placeholder_file(path, kind) for path in survey.usable)

    async def _presets(
        self, spec: PresetsSpec, draft: Draft, schema: NodeSchema | None
    ) -> list[tuple[str, Changes]]:
        from runcomfy_desktop.domain.presets.capture import media_of
        from runcomfy_desktop.domain.presets.media_members import with_files
        from runcomfy_desktop.domain.presets.preset_values import preset_values

        found = []
        for path in spec.paths:
            preset = await self._read_preset(path)
            stored = await self._media_store.finder.find_stored(media_of(preset).values())
            missing = {each.sha256 for each in stored.missing}
            preset = with_files(preset, stored.files)
            # For a big workflow, this takes longer than a frame of the display.
            values = await asyncio.to_thread(
                partial(preset_values, preset, draft, schema, missing=missing)
            )
            found.append((one_line(preset.name), values))
        return found

    def _named_deployment(self, deployment_id: str) -> tuple[str, str]:
        for each in self._deployments():
            if each.deployment_id == deployment_id:
                return deployment_id, one_line(each.name)
        raise Problem(_("One of these deployments is not in the list any more."))


def _unreadable(title: str, error: Exception) -> Problem:
    return Problem(
        title,
        advice=_("Check that it is still there and may be read."),
        kind=ProblemKind.LOCAL,
        technical=f"{type(error).__name__}: {error}",
    )


def _kind_of(key: InputKey, draft: Draft, schema: NodeSchema | None) -> InputKind:
    # Imported late, here and above: not needed at the start of a session.
    from runcomfy_desktop.domain.sweeps.axes import sweep_input_of

    return sweep_input_of(key, draft, schema).spec.kind


def natural_sort_key(name: str) -> list[tuple[int, int, str]]:
    """Returns a sort key for names, so that `2.png` comes before `10.png`."""
    parts = _DIGITS.split(name.casefold())
    return [
        (0, int(part), "") if number % 2 else (1, 0, part)
        for number, part in enumerate(parts)
        if part
    ]


def _paths_in(folder: str) -> list[str]:
    """Returns the regular files of a folder, at most one more than allowed.

    Excludes hidden files, and the records that this program writes next to results.
    """
    # Same spelling as the paths of originals in the media store.
    folder = os.path.abspath(folder)  # noqa: PTH100
    with os.scandir(folder) as entries:
        names = []
        for entry in entries:
            is_ours = entry.name.endswith(RUN_SUFFIX)
            if not is_ours and not entry.name.startswith(".") and entry.is_file():
                names.append(entry.name)
            if len(names) > MAX_FILES:
                break
    return [os.path.join(folder, name) for name in sorted(names, key=natural_sort_key)]  # noqa: PTH118


def _placeholder_file(path: str, kind: InputKind) -> MediaFile:
    """Returns a placeholder for a file only counted so far.

    The content was found to suit the input, so the type does not depend on the name alone.
    """
    named = named_type(path)
    mime = (
        named.mime if named is not None and accepts(kind, named) else _DEFAULT_MIMES.get(kind, "")
    )
    return MediaFile(Path(path).name, "", "", mime, 0, 0, 0, path=path)
