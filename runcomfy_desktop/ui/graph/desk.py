"""What the window has of the graph: its dock, its actions, and the ways through the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from runcomfy_desktop.ui.slices import imported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.centre import Centre
    from runcomfy_desktop.ui.docks import Docks
    from runcomfy_desktop.ui.graph.panel import GraphPanel
    from runcomfy_desktop.ui.inputs.panel import InputsPanel


class GraphDesk(QObject):
    """Fills the graph's dock when it is first seen, and brings wishes of the View menu to it and to
    the tree."""

    def __init__(self, window: QWidget, menu: Actions, docks: Docks, centre: Centre) -> None:
        super().__init__(window)
        self._menu = menu
        self._dock = docks.graph
        self._toggle = docks.graph.toggleViewAction()
        self._centre = centre
        self.panel: GraphPanel | None = None
        self._connect()

    def fill(self) -> Iterator[None]:
        """Builds the panel, step by step, if its dock is on screen."""
        if self._dock.isVisible() and self.panel is None:
            yield from imported("runcomfy_desktop.ui.graph.view", "runcomfy_desktop.ui.graph.panel")
            self._fill()
            yield None

    def _connect(self) -> None:
        menu = self._menu
        menu.go_back.triggered.connect(lambda: self._turn(is_back=True))
        menu.go_forward.triggered.connect(lambda: self._turn(is_back=False))
        menu.show_path.triggered.connect(self._on_path_triggered)
        self._toggle.triggered.connect(self._on_toggle_triggered)
        self._centre.inputs_made.connect(self._on_inputs_made)
        # Later on it is seen by other means as well: a layout that is reset, a tab that is chosen.
        self._dock.wanted.connect(self._on_dock_wanted)

    @property
    def _tree(self) -> InputsPanel | None:
        return self._centre.inputs

    def _fill(self) -> None:
        from runcomfy_desktop.ui.graph.panel import GraphPanel

        if self.panel is not None:
            return
        panel = self.panel = GraphPanel()
        for icon, button in panel.buttons.items():
            self._dock.title_bar.add_button(button, icon)
        self._dock.put(panel)
        panel.tree_wished.connect(self._go_to_tree)
        if self._tree is not None:
            panel.follow(self._tree.model, self._tree.view.ways)

    def _on_inputs_made(self) -> None:
        tree = self._tree
        assert tree is not None
        tree.graph_button.clicked.connect(self._toggle.trigger)
        tree.graph_button.setChecked(self._toggle.isChecked())
        self._toggle.toggled.connect(tree.graph_button.setChecked)
        ways = tree.view.ways
        for signal in (ways.changed, ways.moved, ways.path_changed):
            signal.connect(self._follow_ways)
        if self.panel is not None:
            self.panel.follow(tree.model, ways)
        elif self._dock.isVisible():
            self._fill()

    def _on_dock_wanted(self) -> None:
        if self._tree is not None:
            self._fill()

    def _on_toggle_triggered(self, is_shown: bool) -> None:
        if not is_shown:
            self._go_to_tree()
            return
        self._fill()
        self._dock.bring_up()
        if self.panel is not None:
            self.panel.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _go_to_tree(self) -> None:
        if self._tree is not None:
            self._tree.view.activateWindow()
            self._tree.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # The ways

    def _follow_ways(self) -> None:
        tree = self._tree
        assert tree is not None
        ways = tree.view.ways
        here = ways.here()
        is_path_of_it = here is not None and ways.is_path_of(here.node_id)
        self._menu.follow_ways(
            can_go_back=ways.can_go_back,
            can_go_forward=ways.can_go_forward,
            has_path=is_path_of_it,
        )

    def _turn(self, *, is_back: bool) -> None:
        if self._tree is not None:
            self._tree.view.ways.turn(is_back=is_back, take_focus=not self._has_keyboard())

    def _on_path_triggered(self) -> None:
        if self._tree is None:
            return
        ways, here = self._tree.view.ways, self._tree.view.ways.here()
        node_id = None if here is None else here.node_id
        if self.panel is not None and self._has_keyboard():
            node_id = self.panel.view.look.cursor_id
        if node_id is not None:
            ways.toggle_path(node_id)
        self._follow_ways()

    def _has_keyboard(self) -> bool:
        return self.panel is not None and self.panel.view.hasFocus()
