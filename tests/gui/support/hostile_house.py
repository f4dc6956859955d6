"""A house that hostile things are brought into; at its end nothing may have come of them."""

from __future__ import annotations

import logging
import os
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from runcomfy_desktop.ui.inputs import texts
from tests.gui.support.house import open_house
from tests.support.hostile import CANARY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import pytest

    from runcomfy_desktop.ui.inputs.panel import InputsPanel
    from tests.gui.support.house import House

_NOBODY = 65534


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


def said(house: House) -> tuple[str, str]:
    """The only notice on screen, as its labels show it."""
    (toast,) = house.window.toasts.toasts
    assert toast.isVisible()
    title = toast.findChild(QLabel, "toast_title")
    detail = toast.findChild(QLabel, "toast_detail")
    assert title is not None
    assert detail is not None
    return title.text(), detail.text()


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


@contextmanager
def as_somebody_else(*, really: bool) -> Iterator[None]:
    """For a while without the rights of this user; root may read everything otherwise."""
    before = os.geteuid()
    if really and before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if os.geteuid() != before:
            os.seteuid(before)
