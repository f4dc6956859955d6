"""Where something that is dragged over the tree may go, and what lights up to say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.ui.inputs import offers
from runcomfy_desktop.ui.inputs.intake import Way

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData, QPoint

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.intake import Intake
    from runcomfy_desktop.ui.inputs.view import InputsView
    from runcomfy_desktop.ui.inputs.wells import WellLayer


class Drops(QObject):
    """Decides about drags over the panel; places are the tree's viewport's, None beside it.

    A picture goes into the well under the pointer, or into the only picture input of the node
    under the pointer. Where no node takes pictures, it is opened: it may carry a workflow.
    `workflow_dropped` names that file, or a workflow file, which may land anywhere.
    """

    workflow_dropped = Signal(object)  # a path, see Shell

    def __init__(self, view: InputsView, wells: WellLayer) -> None:
        super().__init__(view)
        self._view = view
        self._wells = wells
        self.intake: Intake | None = None
        self._cargo: offers.Cargo | None = None

    def is_welcome(self, data: QMimeData) -> bool:
        """Whether it could go anywhere here."""
        cargo = self._cargo = offers.read_cargo(data)
        if cargo.workflow or cargo.carrier:
            return True
        return self.intake is not None and cargo.is_media

    def move(self, data: QMimeData, at: QPoint | None) -> bool:
        """Lights the place up where it would go; whether there is one."""
        # Each question to the other program takes its time, and a list can have many files: what
        # is dragged is looked at when it comes in, and not at every move.
        cargo = self._cargo or offers.read_cargo(data)
        self._cargo = cargo
        if cargo.workflow:
            self._light(None)
            return True
        target = self._target(at) if self.intake is not None and cargo.is_media else None
        self._light(target)
        return target is not None or bool(self._carrier(cargo, at))

    def leave(self) -> None:
        self._cargo = None
        self._light(None)

    def drop(self, data: QMimeData, at: QPoint | None) -> bool:
        self._light(None)
        cargo, self._cargo = offers.read_cargo(data), None
        target = self._target(at) if self.intake is not None else None
        workflow = cargo.workflow
        if not workflow and target is None:
            workflow = self._carrier(cargo, at)
        if workflow:
            self.workflow_dropped.emit(workflow)
            if self.intake is not None:
                self.intake.tell_of_other_files(data, workflow)
            return True
        if target is None or self.intake is None or not cargo.is_media:
            return False
        self.intake.take(data, target, Way.DROP)
        return True

    def _target(self, at: QPoint | None) -> InputKey | None:
        if at is None:
            return None
        index, model = self._view.indexAt(at), self._view.inputs
        node = model.node_at(index)
        if node is None:
            return None
        pictures = model.image_keys(node)
        under = model.key_at(index)
        if under in pictures:
            return under
        return pictures[0] if len(pictures) == 1 else None

    def _carrier(self, cargo: offers.Cargo, at: QPoint | None) -> str:
        """The dropped picture that is opened; none over a node whose pictures it could be meant
        for."""
        node = None if at is None else self._view.inputs.node_at(self._view.indexAt(at))
        takes = node is not None and bool(self._view.inputs.image_keys(node))
        return "" if takes and self.intake is not None else cargo.carrier

    def _light(self, key: InputKey | None) -> None:
        self._wells.light(key)
        node_id = "" if key is None else key.node_id
        if self._view.delegate.lit_node != node_id:
            self._view.delegate.lit_node = node_id
            self._view.viewport().update()
