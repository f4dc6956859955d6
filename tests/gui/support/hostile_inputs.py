"""Runs the program on hostile inputs and checks at the end that they had no effect."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel

from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows import texts
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.hostile_cases import CANARY
from tests.support.hostile_pictures import MANY
from tests.support.image_files import noisy_image

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.inputs_panel.inputs_panel import InputsPanel
    from runcomfy_desktop.ui.results.panel import OutputPanel
    from tests.gui.support.gui_program import GuiProgram
    from tests.support.hostile_results import HostileResult

_LEFT = Qt.MouseButton.LeftButton
_NO_KEYS = Qt.KeyboardModifier.NoModifier


@asynccontextmanager
async def open_watched_program(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[GuiProgram]:
    """Opens the program with a workflow; tests create hostile files in `folder / "files"`.

    At the end, checks that nothing was sent, opened externally or written elsewhere, and that no
    content was logged.
    """
    caplog.set_level(logging.DEBUG)
    files = folder / "files"
    files.mkdir()
    async with open_program(folder / "program_data") as program:
        await program.wait_until_open()
        yield program
        assert program.call_count("submit") == 0
        assert program.opened_urls == []
    assert CANARY not in caplog.text
    assert "Traceback" not in caplog.text
    assert names_in(folder) == {"files", "program_data"}
    assert names_in(folder / "program_data") <= {"data", "outputs"}


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def notice_texts(program: GuiProgram, *, notices_before: int = 0) -> tuple[str, str]:
    """Returns title and detail of the notice on screen.

    Fails unless exactly one notice has been added to `notices_before` earlier ones.
    """
    line = program.window.notice_line
    assert len(line.notices) == notices_before + 1
    assert line.isVisible()
    title, detail = program.find(QLabel, "notice_title"), program.find(QLabel, "notice_detail")
    # Long words may contain invisible break opportunities.
    return title.text().replace("\u200b", ""), detail.text().replace("\u200b", "")


def inputs_panel(program: GuiProgram) -> InputsPanel:
    return program.session.inputs


def tree_text(program: GuiProgram) -> str:
    """Returns every row of the tree as read by a screen reader, with its issues."""
    model = inputs_panel(program).model
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    rows = [model.node_row_at(model.index(row, 0)) for row in range(model.rowCount())]
    nodes = [row for row in rows if row is not None]
    lines = [f"{each.title} {each.class_type} #{each.node_id}" for each in nodes]
    lines += [texts.accessible_text(model.input_row_of(key)) for key in draft.workflow.input_keys()]
    return "\n".join(lines)


def is_result_shown(panel: OutputPanel, result: HostileResult) -> bool:
    """Reports whether a hostile result is displayed as expected."""
    result_view = panel.result_view
    shown = result_view.currentWidget()
    if result.card:
        return shown is result_view.file_card and result.card in result_view.file_card.text()
    if shown is result_view.text_view:
        return result.expected_text in result_view.text_view.toPlainText()
    return shown is result_view.picture_view and result.expected_text in panel.properties.value(
        "file"
    )


def picture_input(program: GuiProgram) -> InputKey:
    """Returns the first picture input of the workflow in view."""
    model, draft = inputs_panel(program).model, program.services.draft_editor.state.draft
    assert draft is not None
    keys = draft.workflow.input_keys()
    return next(key for key in keys if model.spec_of(key).kind is InputKind.IMAGE)


async def drop_on(program: GuiProgram, key: InputKey, data: QMimeData) -> bool:
    """Drops `data` on an input in the tree; returns True if it was accepted."""
    panel = inputs_panel(program)
    index = panel.model.index_of(key, InputColumn.VALUE)
    panel.view.scrollTo(index)
    await process_events_async()
    at, copy, none = panel.view.visualRect(index).center(), Qt.DropAction.CopyAction, _NO_KEYS
    rect = panel.view.viewport()
    entered = QDragEnterEvent(at, copy, data, _LEFT, none)
    QApplication.sendEvent(rect, entered)
    moved = QDragMoveEvent(at, copy, data, _LEFT, none)
    moved.ignore()
    if entered.isAccepted():
        QApplication.sendEvent(rect, moved)
    if not moved.isAccepted():
        QApplication.sendEvent(rect, QDragLeaveEvent())
        return False
    dropped = QDropEvent(QPointF(at), copy, data, _LEFT, none)
    QApplication.sendEvent(rect, dropped)
    await process_events_async()
    return dropped.isAccepted()


def many_pictures(folder: Path) -> list[Path]:
    """Creates more small pictures than a user would want to add at once."""
    picture = noisy_image("PNG", (20, 20))
    paths = [folder / f"photo-{number:03}.png" for number in range(MANY)]
    for path in paths:
        path.write_bytes(picture)
    return paths


def file_urls(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(path.as_uri().encode()) for path in paths])
    return data
