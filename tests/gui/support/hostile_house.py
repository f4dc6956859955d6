"""A house that hostile things are brought into; at its end nothing may have come of them."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support.house import open_house, turn
from tests.support.hostile import CANARY
from tests.support.hostile_pictures import MANY
from tests.support.pictures import encoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.panel import InputsPanel
    from runcomfy_desktop.ui.outputs.panel import OutputPanel
    from tests.gui.support.house import House
    from tests.support.hostile_results import Shown

_LEFT = Qt.MouseButton.LeftButton
_NO_KEYS = Qt.KeyboardModifier.NoModifier


@asynccontextmanager
async def quiet_house(folder: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[House]:
    """A house with a workflow open; hostile files are made in `folder / "files"`.

    At its end nothing was sent, opened outside or written aside, and no log has any content.
    """
    caplog.set_level(logging.DEBUG)
    files = folder / "files"
    files.mkdir()
    async with open_house(folder / "house") as house:
        await house.until_open()
        yield house
        assert house.asked("submit") == 0
        assert house.opened == []
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    assert names_in(folder) == {"files", "house"}
    assert names_in(folder / "house") <= {"data", "outputs"}


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def said(house: House, *, before_it: int = 0) -> tuple[str, str]:
    """The only notice on screen, or the last of as many more, as its labels show it."""
    line = house.window.notice_line
    assert len(line.notices) == before_it + 1
    assert line.isVisible()
    title, detail = house.find(QLabel, "notice_title"), house.find(QLabel, "notice_detail")
    # Long words may break at signs that nobody sees.
    return title.text().replace("\u200b", ""), detail.text().replace("\u200b", "")


def inputs_of(house: House) -> InputsPanel:
    panel = house.window.centre.inputs
    assert panel is not None
    return panel


def shown(house: House) -> str:
    """Every row of the tree, as a screen reader says it, with the faults."""
    model = inputs_of(house).model
    draft = house.parts.workbench.state.draft
    assert draft is not None
    rows = [model.node_row(model.index(row, 0)) for row in range(model.rowCount())]
    nodes = [row for row in rows if row is not None]
    lines = [f"{each.title} {each.class_type} #{each.node_id}" for each in nodes]
    lines += [texts.accessible_text(model.row_of(key)) for key in draft.workflow.input_keys()]
    return "\n".join(lines)


def stands(panel: OutputPanel, result: Shown) -> bool:
    """Whether what a hostile result gets is on screen."""
    stage = panel.stage
    shown = stage.currentWidget()
    if result.card:
        return shown is stage.card and result.card in stage.card.text()
    if shown is stage.text:
        return result.shows in stage.text.toPlainText()
    return shown is stage.view and result.shows in panel.facts.value("file")


def picture_input(house: House) -> InputKey:
    """The first picture input of the workflow in view."""
    model, draft = inputs_of(house).model, house.parts.workbench.state.draft
    assert draft is not None
    keys = draft.workflow.input_keys()
    return next(key for key in keys if model.spec_of(key).kind is InputKind.IMAGE)


async def drop_on(house: House, key: InputKey, data: QMimeData) -> bool:
    """Drags `data` onto an input in the tree and lets go; whether it was taken."""
    panel = inputs_of(house)
    index = panel.model.index_of(key, Column.VALUE)
    panel.view.scrollTo(index)
    await turn()
    at, copy, none = panel.view.visualRect(index).center(), Qt.DropAction.CopyAction, _NO_KEYS
    place = panel.view.viewport()
    entered = QDragEnterEvent(at, copy, data, _LEFT, none)
    QApplication.sendEvent(place, entered)
    moved = QDragMoveEvent(at, copy, data, _LEFT, none)
    moved.ignore()
    if entered.isAccepted():
        QApplication.sendEvent(place, moved)
    if not moved.isAccepted():
        QApplication.sendEvent(place, QDragLeaveEvent())
        return False
    dropped = QDropEvent(QPointF(at), copy, data, _LEFT, none)
    QApplication.sendEvent(place, dropped)
    await turn()
    return dropped.isAccepted()


def heap(folder: Path) -> list[Path]:
    """So many small pictures that nobody wants them all at once."""
    picture = encoded("PNG", (20, 20))
    paths = [folder / f"photo-{number:03}.png" for number in range(MANY)]
    for path in paths:
        path.write_bytes(picture)
    return paths


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(path.as_uri().encode()) for path in paths])
    return data
