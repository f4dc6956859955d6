"""What the sweep dialog may choose from, and whom it asks what a grid would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.sweeps.input_button import InputPicker


@dataclass(frozen=True, slots=True)
class SweepContext:
    """`inputs` are those of the draft in view. `presets` are pairs of a path and a name, None where
    there can be none; `deployments` are pairs of an id and a name, `current_deployment_id` is the
    id of the one in use, "" without one."""

    draft_editor: DraftEditor
    sweeps: Sweeps
    budget: Budget
    inputs: Callable[[], Sequence[PaletteEntry]]
    presets: Callable[[], Sequence[tuple[str, str]]] | None
    deployments: Callable[[], Sequence[tuple[str, str]]]
    current_deployment_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class EditDelays:
    """How long nothing must be edited before it is worked out what the grid would be, and nothing
    typed before a file of that name is read; in milliseconds."""

    plan_ms: int = 150
    file_ms: int = 250


@dataclass(frozen=True, slots=True)
class AxisContext:
    """What the parts of the dialog are lent."""

    sweep: SweepContext
    picker: InputPicker
    delays: EditDelays
