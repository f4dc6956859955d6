"""Specs of axes as the user entered them: typed text, paths and names.

Building an axis (`axes.build_axis`) needs the draft and its schema, and for some kinds data that
must be read first (`AxisSources`).
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
    """Numbers from `start` to `stop`: one per `step`, or `count` numbers if that is given.

    All are strings as typed, so that 0.1 stays exactly 0.1. An empty `step` means the input's own
    step, else 1.
    """

    key: InputKey
    start: str
    stop: str
    step: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """Values as typed: one per line, or one line with commas between them (`"a, b", c`)."""

    key: InputKey
    text: str


@dataclass(frozen=True, slots=True)
class ChoicesSpec:
    """Picked choices of a combo, as text; () for all of them."""

    key: InputKey
    picked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinesSpec:
    """Lines of text, one value each; blank lines are left out."""

    key: InputKey
    text: str


@dataclass(frozen=True, slots=True)
class FilesSpec:
    """Files of a folder, for an input that takes a file."""

    key: InputKey
    folder: str


@dataclass(frozen=True, slots=True)
class CsvSpec:
    """Rows of a CSV file, each of which sets several inputs.

    `columns` has pairs of a column's name and the input that it sets. `label_column` names the
    column with the rows' labels, "" to use the values themselves.
    """

    path: str
    columns: tuple[tuple[str, InputKey], ...] = ()
    label_column: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceSpec:
    """Search and replace in the text of an input.

    The first entry is searched for, and each entry, including the first one, replaces it. Entries
    are written as in ListSpec.
    """

    key: InputKey
    text: str


@dataclass(frozen=True, slots=True)
class PresetsSpec:
    """Presets by path; each is applied completely."""

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
    """Data read for the specs that need it.

    It has the folder's files, the CSV's table, the presets' names and values, or the deployments'
    ids and names.
    """

    files: tuple[MediaFile, ...] = ()
    table: CsvTable | None = None
    presets: tuple[tuple[str, Changes], ...] = ()
    deployments: tuple[tuple[str, str], ...] = ()


def key_of(spec: AxisSpec) -> InputKey | None:
    """Returns the single input of a spec; None if it concerns several or none."""
    return None if isinstance(spec, CsvSpec | PresetsSpec | DeploymentsSpec) else spec.key


@dataclass(frozen=True, slots=True)
class SweepSpec:
    """Spec of a whole grid: one to three axes, X first.

    `new_seeds` gives each cell its own seeds; otherwise all cells have the same ones, for
    comparison.
    """

    axes: tuple[AxisSpec, ...]
    is_zip: bool = False
    new_seeds: bool = False
    name: str = ""
