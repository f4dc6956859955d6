"""A message in an open dialog has space: nothing is squashed or cut off, in any label."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QWidget,
)

from runcomfy_desktop.ui.widgets.chips import Chip
from runcomfy_desktop.ui.widgets.labels import WrappedLabel
from tests.gui.support.all_dialogs import NAMES, open_dialog
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QDialog

_MESSAGE = "The service took none of this, so nothing was changed and nothing is billed. " * 4
_SHOWN = (QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QLineEdit)


def shown(dialog: QDialog) -> list[QWidget]:
    return [
        each
        for each in dialog.findChildren(QWidget)
        if isinstance(each, _SHOWN)
        and each.isVisible()
        and each.window() is dialog
        and not (isinstance(each, QLabel) and not each.text())
        # Qt's own parts of a field are inside it.
        and not isinstance(each.parentWidget(), _SHOWN)
    ]


def in_sight(part: QWidget, dialog: QDialog) -> QRect:
    """Returns the visible rectangle of a part: it may be scrolled out of a page."""
    return part.visibleRegion().boundingRect().translated(part.mapTo(dialog, QPoint()))


def squashed(dialog: QDialog) -> list[str]:
    """Returns the parts of a dialog that are too low to be read."""
    found = []
    for each in shown(dialog):
        needs = each.minimumSizeHint().height()
        if isinstance(each, WrappedLabel):
            needs = each.heightForWidth(each.width())
        if each.height() < min(needs, each.maximumHeight()):
            found.append(f"{each.objectName() or each}: {each.height()} of {needs}")
    return found


def overlapping(dialog: QDialog) -> list[str]:
    places = [(each, in_sight(each, dialog)) for each in shown(dialog)]
    return [
        f"{one.objectName()} and {other.objectName()}"
        for at, (one, here) in enumerate(places)
        for other, there in places[at + 1 :]
        if here.intersects(there) and not one.isAncestorOf(other) and not other.isAncestorOf(one)
    ]


def visible_lines(dialog: QDialog) -> list[WrappedLabel]:
    """Returns the labels that may show a message, including those that already have a text."""
    return [
        each
        for each in dialog.findChildren(WrappedLabel)
        if each.window() is dialog and _is_in_sight(each)
    ]


def _is_in_sight(label: QWidget) -> bool:
    """Returns True unless the label is on a page that is not current."""
    above = label.parentWidget()
    while above is not None and not above.isWindow():
        around = above.parentWidget()
        is_page = around is not None and isinstance(around.layout(), QStackedLayout)
        if above.isHidden() and (is_page or above.findChild(QLineEdit) is not None):
            return False
        above = around
    return True


@contextmanager
def saying(label: WrappedLabel, text: str) -> Iterator[None]:
    """Shows `text` in the label for the duration of the context.

    A hidden label and its hidden parents are shown and hidden again afterwards.
    """
    before, hidden, part = label.text(), [], label.parentWidget() if label.isVisible() else label
    while part is not None and not part.isWindow():
        if part.isHidden():
            hidden.append(part)
            part.show()
        part = part.parentWidget()
    label.setText(text)
    yield
    label.setText(before)
    for each in hidden:
        each.hide()


@pytest.mark.parametrize("name", NAMES)
async def test_a_message_squashes_nothing(tmp_path: Path, name: str) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        dialog = await open_dialog(program, name)
        # The chips choose the pages of Settings; all other dialogs have one page.
        pages = [each.objectName() for each in dialog.findChildren(Chip) if each.isVisible()]
        for page in pages if name == "SettingsDialog" else ["its only page"]:
            if name == "SettingsDialog":
                await program.press(page)
            await wait_until_idle(dialog, page)
            for label in visible_lines(dialog):
                await look_at(dialog, label)
        dialog.done(0)
        await process_events_async()


async def wait_until_idle(dialog: QDialog, called: str) -> None:
    """Waits for the layout to settle; other content may arrive late."""
    await process_events_async()
    with suppress(AssertionError):
        await wait_until(lambda: not squashed(dialog) and not overlapping(dialog))
    assert (squashed(dialog), overlapping(dialog)) == ([], []), called


async def look_at(dialog: QDialog, label: WrappedLabel) -> None:
    size, called = dialog.size(), label.objectName()
    with saying(label, _MESSAGE):
        await wait_until_idle(dialog, called)
    dialog.resize(size)
    await wait_until_idle(dialog, called)


async def test_a_refused_key_leaves_the_field_as_it_was(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        dialog = await open_dialog(program, "ConnectDialog")
        field = find(dialog, QLineEdit, "key_field")
        high = field.height()
        field.setText("a-key-of-nobody")
        await program.press("test_key")
        await wait_until(lambda: program.services.account.state.problem is not None)
        assert find(dialog, QLabel, "connect_status").text()
        await wait_until_idle(dialog, "the refused key")
        assert field.height() == high
