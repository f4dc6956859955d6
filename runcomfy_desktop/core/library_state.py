"""What views see of the library, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.preset.preset import Preset, PresetHead
    from runcomfy_desktop.domain.problem import Problem

Making: TypeAlias = "Preset | Callable[[], Preset]"
"""A preset, or how it is made: of many inputs that takes long, and is done on a thread."""

Then: TypeAlias = "Callable[[str], object] | None"
ThenAll: TypeAlias = "Callable[[Sequence[str]], object] | None"
"""What hears where it lies, once it is done."""


def made(preset: Making) -> Preset:
    return preset() if callable(preset) else preset


@dataclass(frozen=True, slots=True)
class LibraryState:
    """All that views need of the presets; `root` is the person's folder.

    `favourites` are paths; `defaults` has, by deployment, the path of the preset that belongs to
    it. `loading`: the folder was not looked through yet. `problem`: why it cannot be.
    """

    heads: tuple[PresetHead, ...] = ()
    folders: tuple[str, ...] = ()
    favourites: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    loading: bool = True
    problem: Problem | None = None

    def name_of(self, path: str) -> str:
        return next((head.name for head in self.heads if head.path == path), path)

    def says_the_same(self, other: LibraryState) -> bool:
        """Whether a view has nothing new to show; two problems are the same by their words."""
        said = [each.problem.sentence() if each.problem else "" for each in (self, other)]
        return said[0] == said[1] and replace(self, problem=other.problem) == other


@dataclass(frozen=True, slots=True)
class LibraryPlaces:
    """Where everything lies: the usual folder of presets, those that came with the program, what
    was deleted, the file of marks, and the shelf of media."""

    usual: Path
    shipped: Path
    trash: Path
    marks: Path
    media: Path
