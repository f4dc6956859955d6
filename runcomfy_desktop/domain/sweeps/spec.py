"""What a person says of an axis, before it is worked out: texts as they were typed, paths, names.

Working it out (`axes.build_axis`) needs the draft and its schema, and for some kinds what has to be
read first (`AxisSources`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Changes
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.sweeps.csv_table import CsvTable
    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass(frozen=True, slots=True)
class RangeSpec:
    """Numbers from `start` to `stop`: every `step`, or so many of them when `count` is given.

    All are texts as typed, so that 0.1 is 0.1. An empty `step` is that of the input, else 1.
    """

    key: InputKey
    start: str
    stop: str
    step: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """Values as typed: one in each line, or one line with commas between them (`"a, b", c`)."""

    key: InputKey
    text: str


@dataclass(frozen=True, slots=True)
class ChoicesSpec:
    """The choices of a combo that were picked, as text; () for all of them."""

    key: InputKey
    picked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinesSpec:
    """The lines of a text, one value each; lines without a letter are left out."""

    key: InputKey
    text: str


@dataclass(frozen=True, slots=True)
class FilesSpec:
    """The files of a folder, on an input that takes a file."""

    key: InputKey
    folder: str


@dataclass(frozen=True, slots=True)
class CsvSpec:
    """The rows of a CSV file: each sets several inputs, by the names of its columns.

    `label_column` names the column whose text heads a row, "" for the values themselves.
    """

    path: str
    columns: tuple[tuple[str, InputKey], ...] = ()
    label_column: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceSpec:
    """Search and replace in a text: the first entry is looked for, and each entry, the first one
    included, is put in its place. Entries are written like those of a ListSpec."""

    key: InputKey
    text: str


@dataclass(frozen=True, slots=True)
class PresetsSpec:
    """Presets, by their paths: each applied whole."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeploymentsSpec:
    """Deployments that the same inputs are sent to."""

    deployment_ids: tuple[str, ...]


AxisSpec: TypeAlias = (
    RangeSpec
    | ListSpec
    | ChoicesSpec
    | LinesSpec
    | FilesSpec
    | CsvSpec
    | ReplaceSpec
    | PresetsSpec
    | DeploymentsSpec
)


@dataclass(frozen=True, slots=True)
class AxisSources:
    """What was read for a spec that needs it: the folder's files, the CSV's table, the presets'
    names and values, or the deployments' ids and names."""

    files: tuple[MediaFile, ...] = ()
    table: CsvTable | None = None
    presets: tuple[tuple[str, Changes], ...] = ()
    deployments: tuple[tuple[str, str], ...] = ()


def key_of(spec: AxisSpec) -> InputKey | None:
    """The one input that a spec is about; None when it is about several or none."""
    return None if isinstance(spec, CsvSpec | PresetsSpec | DeploymentsSpec) else spec.key


@dataclass(frozen=True, slots=True)
class SweepSpec:
    """A whole grid as a person wants it: one to three axes, X first. `new_seeds` gives each cell
    seeds of its own; without it all cells have the same, so that they can be compared."""

    axes: tuple[AxisSpec, ...]
    is_zip: bool = False
    new_seeds: bool = False
    name: str = ""
