"""The sweep dialog on real grids and jobs, with no program around it.

async with open_sweep(tmp_path) as room:
    await room.open()
    await room.press("sweep_add_axis")
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from runcomfy_desktop.domain.sweep.spec import SweepSpec
from runcomfy_desktop.ui.batches.input_list import InputList
from runcomfy_desktop.ui.batches.offer import EditPauses, Offer
from runcomfy_desktop.ui.batches.sweep import SweepDialog
from runcomfy_desktop.ui.models.inputs import InputsModel
from tests.gui.support.grid_room import begin_session
from tests.gui.support.hands import find
from tests.gui.support.house import put_up, turn
from tests.support.sweep_bench import open_grids

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.ui.centre import Centre
    from tests.support.sweep_bench import Grids

W = TypeVar("W", bound=QWidget)

_NO_KEYS = Qt.KeyboardModifier.NoModifier
_AT_ONCE = EditPauses(plan=0, file=0)


@dataclass(frozen=True, slots=True)
class _Panel:
    model: InputsModel


@dataclass(frozen=True, slots=True)
class _Centre:
    """What the list of inputs asks of the window's centre."""

    inputs: _Panel


@dataclass
class SweepRoom:
    """A dialog that does not wait for what is typed next; what it prepares is begun."""

    grids: Grids
    window: QWidget
    offer: Offer

    async def open(self, wish: SweepSpec | None = None) -> SweepDialog:
        dialog = SweepDialog(self.offer, wish or SweepSpec(()), self.window, _AT_ONCE)
        dialog.prepared.connect(self.grids.sweeps.start)
        dialog.open()
        await turn()
        return dialog

    @property
    def workbench(self) -> Workbench:
        return self.grids.workbench

    @property
    def jobs(self) -> list[Job]:
        return list(self.grids.bench.queue.jobs.values())

    def states(self) -> list[JobState]:
        return [job.state for job in self.jobs]

    def find(self, kind: type[W], name: str) -> W:
        return find(self.window, kind, name)

    def there(self, kind: type[W], name: str) -> bool:
        """Whether such a widget is on screen."""
        return any(each.isVisible() for each in self.window.findChildren(kind, name))

    async def press(self, name: str) -> None:
        """A left click on the button with this name."""
        button = self.find(QAbstractButton, name)
        assert button.isVisible(), f"{name} is not on screen"
        assert button.isEnabled(), f"{name} cannot be pressed"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await turn()

    async def key(self, which: Qt.Key, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        """One key, to the widget in focus."""
        QTest.keyClick(QApplication.focusWidget() or self.window, which, keys)
        await turn()


@asynccontextmanager
async def open_sweep(folder: Path) -> AsyncIterator[SweepRoom]:
    """A room with the workflow that a new session begins with, whose pictures have one pixel."""
    async with open_grids(folder, billed=True) as grids:
        await begin_session(grids)
        window, model = QWidget(), InputsModel()
        model.attach(grids.workbench)
        inputs = InputList(cast("Centre", _Centre(_Panel(model))))
        purse = grids.bench.queue.purse
        offer = Offer(
            grids.workbench, grids.sweeps, purse, inputs.entries, None, lambda: [], lambda: ""
        )
        await put_up(window, 1440, 900)
        yield SweepRoom(grids, window, offer)
        # As the end of a session does it.
        for dialog in window.findChildren(SweepDialog):
            dialog.reject()
        model.detach()
        window.close()
        window.deleteLater()
        await turn()
