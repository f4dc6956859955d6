"""Creation of the window's feature controllers, except the controllers of runs and deployments.

Each controller connects the actions, the dock and the dialogs of one feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.command_palette.palette_controller import PaletteController
from runcomfy_desktop.ui.deployments.offline_controller import OfflineController
from runcomfy_desktop.ui.drafts.close_guard import CloseGuard
from runcomfy_desktop.ui.drafts.drafts_controller import DraftsController
from runcomfy_desktop.ui.drafts.orphaned_values_controller import OrphanedValuesController
from runcomfy_desktop.ui.input_tree.input_tree_controller import InputTreeController
from runcomfy_desktop.ui.presets.apply_controller import PresetApplyController
from runcomfy_desktop.ui.presets.presets_controller import PresetsController
from runcomfy_desktop.ui.sweeps.batches_controller import BatchesController
from runcomfy_desktop.ui.sweeps.sweep_controller import SweepController
from runcomfy_desktop.ui.workflow_graph.graph_controller import GraphController

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMainWindow

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.actions import MainActions
    from runcomfy_desktop.ui.main_window.central_widget import CentralWidget
    from runcomfy_desktop.ui.main_window.commands import WindowCommands
    from runcomfy_desktop.ui.main_window.docks import Docks
    from runcomfy_desktop.ui.base.window_state import WindowState
    from runcomfy_desktop.ui.run.run_bar import RunBar


@dataclass(frozen=True, slots=True)
class WindowContext:
    """Parts of the window that a controller may need."""

    window: QMainWindow
    main_actions: MainActions
    docks: Docks
    central_widget: CentralWidget
    run_bar: RunBar
    commands: WindowCommands
    window_state: WindowState


class FeatureControllers:
    """Owns the feature controllers.

    `attach` gives them a session, `detach` removes it.
    """

    def __init__(self, context: WindowContext) -> None:
        self._services: SessionServices | None = None
        window, main_actions, central_widget = (
            context.window,
            context.main_actions,
            context.central_widget,
        )
        self._graph_controller = GraphController(
            window, main_actions, context.docks, central_widget
        )
        self._batches_controller = BatchesController(context)
        self.sweep_controller = SweepController(context)
        self._offline_controller = OfflineController(context)
        self.preset_apply_controller = PresetApplyController(window, context.window_state)
        InputTreeController(central_widget, main_actions)
        self._presets_controller = PresetsController(context, self.preset_apply_controller)
        self._drafts_controller = DraftsController(context, context.commands.show_folder)
        self._orphaned_values_controller = OrphanedValuesController(context)
        self._close_guard = CloseGuard(window)
        palette_controller = PaletteController(
            window,
            main_actions,
            central_widget,
            self._deployments,
            context.commands.open_deployment,
        )
        palette_controller.extra_entries = lambda: [
            *self._drafts_controller.palette_entries(),
            *self._presets_controller.palette_entries(),
        ]

    def blocks_closing(self) -> bool:
        """Returns True while the window must not close, because data is not written yet."""
        return self._close_guard.blocks_closing(self._services)

    def attach(self, services: SessionServices) -> None:
        self._services = services
        self._batches_controller.attach(services)
        self.sweep_controller.attach(services)
        self._offline_controller.attach(services)
        self._drafts_controller.attach(services)
        self._orphaned_values_controller.attach(services)
        self.preset_apply_controller.attach(services)
        self._presets_controller.attach(services)

    def detach(self) -> None:
        self._services = None
        self._close_guard.detach()
        self._batches_controller.detach()
        self.sweep_controller.detach()
        self._offline_controller.detach()
        self._drafts_controller.detach()
        self._orphaned_values_controller.detach()
        self.preset_apply_controller.detach()
        self._presets_controller.detach()

    def build_panels(self) -> Iterator[None]:
        """Builds the visible panels of the controllers step by step."""
        yield from self._graph_controller.build_panel()
        yield from self._presets_controller.build_panel()
        yield from self._drafts_controller.build_panel()

    def _deployments(self) -> tuple[Deployment, ...]:
        return () if self._services is None else self._services.catalogue.state.deployments
