"""The library's state for views, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.presets.preset import Preset, PresetSummary

PresetOrFactory: TypeAlias = "Preset | Callable[[], Preset]"
"""A preset, or how it is made: of many inputs that takes long, and is done on a thread."""
PathCallback: TypeAlias = "Callable[[str], object] | None"
PathsCallback: TypeAlias = "Callable[[Sequence[str]], object] | None"
"""What hears where it lies, once it is done."""


def resolve_preset(preset: PresetOrFactory) -> Preset:
    return preset() if callable(preset) else preset


@dataclass(frozen=True, slots=True)
class PresetLibraryState:
    """All that views need of the presets; `root` is the person's folder.

    `favourites` are paths; `defaults` has, by deployment, the path of the preset that belongs to
    it. `loading`: the folder was not looked through yet. `problem`: why it cannot be.
    """

    summaries: tuple[PresetSummary, ...] = ()
    folders: tuple[str, ...] = ()
    favourites: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    loading: bool = True
    problem: Problem | None = None

    def name_of(self, path: str) -> str:
        return next((summary.name for summary in self.summaries if summary.path == path), path)

    def summary_of(self, path: str) -> PresetSummary | None:
        """Returns what is listed of the preset at a path; None when there is none."""
        found = (summary for summary in self.summaries if summary.path == path)
        return next(found, None) if path else None

    def file_path_of(self, summary: PresetSummary) -> str:
        """Returns where a preset lies on disk; "" for one that came with the program."""
        is_own_file = bool(self.root) and not summary.is_shipped
        return str(Path(self.root, *summary.path.split("/"))) if is_own_file else ""

    def shows_same_as(self, other: PresetLibraryState) -> bool:
        """Whether a view has nothing new to show; two problems are the same by their words."""
        problem_texts = [each.problem.sentence() if each.problem else "" for each in (self, other)]
        return (
            problem_texts[0] == problem_texts[1] and replace(self, problem=other.problem) == other
        )


@dataclass(frozen=True, slots=True)
class PresetLibraryPaths:
    """Where everything lies: the usual folder of presets, those that came with the program, what
    was deleted, the file of marks, and the shelf of media."""

    default: Path
    shipped: Path
    trash: Path
    preferences_file: Path
    media: Path
