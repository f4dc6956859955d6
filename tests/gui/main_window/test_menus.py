"""The menus by keyboard: each mnemonic and each shortcut is unique, so that it works."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from tests.gui.support.gui_program import open_program
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PySide6.QtGui import QAction


async def test_no_letter_stands_for_two_things_in_one_menu(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        bar = program.window.menuBar().actions()
        assert twice(bar) == []
        menus = [menu for each in bar for menu in menus_of(each)]
        assert len(menus) > len(bar) == 6
        # Hidden actions count too, because they may be shown later.
        clashes = {menu.title(): twice(menu.actions()) for menu in menus if twice(menu.actions())}
        assert clashes == {}


async def test_no_key_stands_for_two_things_in_the_window(tmp_path: Path) -> None:
    """Qt triggers neither of two actions with the same shortcut."""
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        bar = program.window.menuBar().actions()
        actions = {each for menu in bar for inner in menus_of(menu) for each in inner.actions()}
        keys = Counter(key.toString() for each in actions for key in each.shortcuts())
        assert [key for key, count in keys.items() if key and count > 1] == []


async def test_examples_that_were_put_away_are_in_the_menu_of_their_deployment(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        menu = program.window.findChild(QMenu, "deployment_menu")
        assert menu is not None
        (entry,) = (each for each in menu.actions() if each.objectName() == "use_examples_action")
        await program.press("inputs_banner_hide")
        assert not program.is_visible(QWidget, "inputs_banner")
        assert program.preferences.settings.hidden_examples != ()
        assert entry.isVisible()
        entry.trigger()
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.changes
        await wait_until(lambda: not entry.isVisible())


def menus_of(action: QAction) -> Iterator[QMenu]:
    menu = action.menu()
    if isinstance(menu, QMenu):
        yield menu
        for each in menu.actions():
            yield from menus_of(each)


def twice(actions: Sequence[QAction]) -> list[str]:
    letters = Counter(QKeySequence.mnemonic(each.text()).toString() for each in actions)
    return [letter for letter, count in letters.items() if letter and count > 1]
