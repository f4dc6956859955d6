"""Data and services of the sweep dialog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry
    from runcomfy_desktop.ui.sweeps.input_button import InputPicker


@dataclass(frozen=True, slots=True)
class SweepContext:
    """Choices and services of the sweep dialog.

    `inputs` returns the inputs of the open draft, `presets` pairs of a path and a name,
    `deployments` pairs of an id and a name, and `current_deployment_id` the id of the deployment in
    use, "" if there is none.

    `plan_delay_ms` is the pause between an edit and the planning of the grid, `file_delay_ms` the
    pause before a file with a typed name is read.
    """

    draft_editor: DraftEditor
    sweeps: Sweeps
    budget: Budget
    inputs: Callable[[], Sequence[PaletteEntry]]
    presets: Callable[[], Sequence[tuple[str, str]]]
    deployments: Callable[[], Sequence[tuple[str, str]]]
    current_deployment_id: Callable[[], str]
    plan_delay_ms: int = 150
    file_delay_ms: int = 250


class AxisContext(NamedTuple):
    """Objects shared by the widgets of the sweep dialog."""

    sweep: SweepContext
    picker: InputPicker
