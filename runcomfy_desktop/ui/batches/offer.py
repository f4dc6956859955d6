"""What the sweep dialog may choose from, and whom it asks what a grid would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.sweeps import Sweeps
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.ui.batches.input_button import InputPicker
    from runcomfy_desktop.ui.palette.entries import Entry


@dataclass(frozen=True, slots=True)
class Offer:
    """`inputs` are those of the draft in view. `presets` are pairs of a path and a name, None where
    there can be none; `deployments` are pairs of an id and a name, `own_deployment` is the id of
    the one in use, "" without one."""

    workbench: Workbench
    sweeps: Sweeps
    purse: Purse
    inputs: Callable[[], Sequence[Entry]]
    presets: Callable[[], Sequence[tuple[str, str]]] | None
    deployments: Callable[[], Sequence[tuple[str, str]]]
    own_deployment: Callable[[], str]


@dataclass(frozen=True, slots=True)
class EditPauses:
    """How long nothing must be edited before it is worked out what the grid would be, and nothing
    typed before a file of that name is read; in milliseconds."""

    plan: int = 150
    file: int = 250


@dataclass(frozen=True, slots=True)
class Aids:
    """What the parts of the dialog are lent."""

    offer: Offer
    picker: InputPicker
    pauses: EditPauses
