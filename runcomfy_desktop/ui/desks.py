"""The desks that the window leaves its work to, beside those of runs and deployments: each brings
one thing's actions, dock and dialogs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.batches.desk import BatchDesk
from runcomfy_desktop.ui.drafts.desk import DraftsDesk
from runcomfy_desktop.ui.drafts.last_chance import LastChance
from runcomfy_desktop.ui.drafts.left_desk import LeftDesk
from runcomfy_desktop.ui.graph.desk import GraphDesk
from runcomfy_desktop.ui.offline.desk import OfflineDesk
from runcomfy_desktop.ui.palette.desk import PaletteDesk
from runcomfy_desktop.ui.presets.apply_desk import ApplyDesk
from runcomfy_desktop.ui.presets.desk import PresetsDesk
from runcomfy_desktop.ui.sweep.desk import SweepDesk
from runcomfy_desktop.ui.tree_desk import TreeDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.centre import Centre
    from runcomfy_desktop.ui.deeds import Deeds
    from runcomfy_desktop.ui.docks import Docks
    from runcomfy_desktop.ui.parts import WindowParts
    from runcomfy_desktop.ui.run_bar import RunBar
    from runcomfy_desktop.ui.window_state import WindowState


@dataclass(frozen=True, slots=True)
class Frame:
    """What a desk may need of the window."""

    window: QMainWindow
    menu: Actions
    docks: Docks
    centre: Centre
    run_bar: RunBar
    deeds: Deeds
    state: WindowState


class Desks:
    """Owns them. `attach` gives them a session, `detach` takes it away."""

    def __init__(self, frame: Frame) -> None:
        self._parts: WindowParts | None = None
        window, menu, centre = frame.window, frame.menu, frame.centre
        self._graph = GraphDesk(window, menu, frame.docks, centre)
        self._batches = BatchDesk(frame)
        self.sweeps = SweepDesk(frame)
        self._offline = OfflineDesk(frame)
        self.apply_desk = ApplyDesk(window, frame.state)
        TreeDesk(centre, menu)
        self._presets = PresetsDesk(frame, self.apply_desk)
        self._drafts = DraftsDesk(frame, frame.deeds.show_folder)
        self._left = LeftDesk(frame)
        self._last_chance = LastChance(window)
        palette = PaletteDesk(window, menu, centre, self._listed, frame.deeds.open_deployment)
        palette.others = lambda: [*self._drafts.goals(), *self._presets.goals()]

    def holds_open(self) -> bool:
        """Whether the window must not close yet: something is still to be written."""
        return self._last_chance.holds(self._parts)

    def attach(self, parts: WindowParts) -> None:
        self._parts = parts
        self._batches.attach(parts)
        self.sweeps.attach(parts)
        self._offline.attach(parts)
        self._drafts.attach(parts)
        self._left.attach(parts)
        self.apply_desk.attach(parts)
        self._presets.attach(parts)

    def detach(self) -> None:
        self._parts = None
        self._last_chance.detach()
        self._batches.detach()
        self.sweeps.detach()
        self._offline.detach()
        self._drafts.detach()
        self._left.detach()
        self.apply_desk.detach()
        self._presets.detach()

    def fill(self) -> Iterator[None]:
        """Builds, step by step, what of theirs is on screen."""
        yield from self._graph.fill()
        yield from self._presets.fill()
        yield from self._drafts.fill()

    def _listed(self) -> tuple[Deployment, ...]:
        return () if self._parts is None else self._parts.catalogue.state.deployments
