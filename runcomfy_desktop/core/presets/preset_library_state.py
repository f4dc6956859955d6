"""State of the preset library for views, and the locations of its files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.presets.preset import Preset, PresetSummary

PresetOrFactory: TypeAlias = "Preset | Callable[[], Preset]"
"""Preset, or a function that makes it on a worker thread: many inputs take time."""
PathCallback: TypeAlias = "Callable[[str], object] | None"
PathsCallback: TypeAlias = "Callable[[Sequence[str]], object] | None"
"""Called with the paths of the presets once they are written."""


def resolve_preset(preset: PresetOrFactory) -> Preset:
    return preset() if callable(preset) else preset


@dataclass(frozen=True, slots=True)
class PresetLibraryState:
    """Everything that views need to know about the presets; `root` is the user's folder.

    `favourites` are paths; `defaults` maps deployments to the paths of their default presets.
    `loading`: the folder has not been read yet. `problem` is why it cannot be read.
    """

    summaries: tuple[PresetSummary, ...] = ()
    folders: tuple[str, ...] = ()
    favourites: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    loading: bool = True
    problem: Problem | None = None

    def name_of(self, path: str) -> str:
        summary = self.summary_of(path)
        return path if summary is None else summary.name

    def summary_of(self, path: str) -> PresetSummary | None:
        """Returns the summary of the preset at a path; None if there is none."""
        return next((each for each in self.summaries if each.path == path), None)

    def file_path_of(self, summary: PresetSummary) -> str:
        """Returns the path of a preset's file; "" for a preset shipped with the program."""
        is_own_file = bool(self.root) and not summary.is_shipped
        return str(Path(self.root, *summary.path.split("/"))) if is_own_file else ""

    def shows_same_as(self, other: PresetLibraryState) -> bool:
        """Returns True if both states look the same in a view; problems are compared by text."""
        mine, others = (each.problem.sentence() if each.problem else "" for each in (self, other))
        return mine == others and replace(self, problem=other.problem) == other


@dataclass(frozen=True, slots=True)
class PresetLibraryPaths:
    """Locations of the library's files.

    These are the default folder of presets, the shipped presets, the deleted presets, the file of
    favourites and defaults, and the media store.
    """

    default: Path
    shipped: Path
    trash: Path
    preferences_file: Path
    media: Path
