"""Menu of the deployments to choose from: it may be open while its entries change."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
from tests.gui.support.user_input import key


def menu_of(owner: QWidget, *ids: str) -> DeploymentMenu:
    """Returns an open menu with the last entry active."""
    menu = DeploymentMenu(owner)
    menu.show_deployments(tuple(Deployment(each, each) for each in ids), ids[0])
    menu.popup(QPoint(0, 0))
    key(menu, Qt.Key.Key_Up)
    return menu


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("now", [("a", "b", "c"), ("new", "a", "c")])
def test_the_open_list_keeps_its_place_when_it_is_read_anew(now: tuple[str, ...]) -> None:
    owner = QWidget()
    menu = menu_of(owner, "a", "b", "c")
    chosen = QSignalSpy(menu.chosen)
    menu.show_deployments(
        tuple(Deployment(each, each.upper()) for each in now), "a", lambda each: each == "c"
    )
    assert [each.text() for each in menu.actions()] == [
        f"{each.upper()} (no workflow)" if each == "c" else each.upper() for each in now
    ]
    assert [each.data() for each in menu.actions() if each.isChecked()] == ["a"]
    key(menu, Qt.Key.Key_Return)
    assert [chosen.at(row)[0] for row in range(chosen.count())] == ["c"]


@pytest.mark.usefixtures("qapp")
def test_of_an_open_list_nothing_is_chosen_when_what_was_come_to_is_gone() -> None:
    owner = QWidget()
    menu = menu_of(owner, "a", "b", "c")
    chosen = QSignalSpy(menu.chosen)
    menu.show_deployments((Deployment("a", "a"), Deployment("b", "b")), "a")
    key(menu, Qt.Key.Key_Return)
    assert chosen.count() == 0
