"""The list of deployments: what its rows say, how one is opened, and what an empty list says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QLabel, QListView, QPushButton, QToolButton

from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.ui.models.deployments import DeploymentRole, DeploymentsModel, facts_line
from tests.gui.support.house import open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

ONE = Deployment("id-1", "one", "w", "v3", ("AMPERE_48",), status="standby")
TWO = Deployment("id-2", "two", "w", "v1", ("ADA_80_PLUS",), status="standby", is_enabled=False)


def test_facts_in_one_line() -> None:
    assert facts_line(ONE) == "AMPERE_48 · v3 · standby"
    assert facts_line(TWO) == "disabled — runs would be refused"
    assert facts_line(Deployment("id", "bare")) == ""


def test_rows_tell_everything_in_words() -> None:
    owner = QObject()
    model = DeploymentsModel(owner)
    model.show((ONE, TWO), "id-1", "")
    spoken = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in (0, 1)]
    assert spoken == [
        "one, AMPERE_48 · v3 · standby, in use",
        "two, disabled — runs would be refused",
    ]
    assert model.index(1).data(DeploymentRole.IS_USABLE) is False
    assert model.row_of("id-2") == 1
    assert model.row_of("id-9") == -1
    assert model.index(0).data(Qt.ItemDataRole.DecorationRole) is None
    assert QModelIndex().data() is None


def test_the_same_ids_keep_their_rows() -> None:
    owner = QObject()
    model = DeploymentsModel(owner)
    model.show((ONE, TWO), "", "")
    heard: list[str] = []
    model.modelReset.connect(lambda: heard.append("reset"))
    model.dataChanged.connect(lambda *_range: heard.append("changed"))
    model.show((ONE, TWO), "id-1", "id-2")
    assert heard == ["changed"]
    assert model.index(1).data(DeploymentRole.FACTS) == "Opening…"
    model.show((TWO,), "", "")
    assert heard == ["changed", "reset"]


def test_a_name_is_one_line_of_plain_text() -> None:
    owner = QObject()
    model = DeploymentsModel(owner)
    model.show((Deployment("id-1", "a\n<b>\u202eb"), Deployment("id-2", "")), "", "")
    assert model.index(0).data() == "a <b>b"
    assert "&lt;b&gt;" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(1).data() == "id-2"


def the_list(house: House) -> QListView:
    return house.find(QListView, "deployments")


def current_row(model: QAbstractItemModel) -> int:
    marks = [model.index(row, 0).data(DeploymentRole.IS_CURRENT) for row in range(model.rowCount())]
    return marks.index(True)


async def test_arrows_and_enter_open_one(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        view = the_list(house)
        view.setFocus()
        view.setCurrentIndex(view.model().index(0, 0))
        before = current_row(view.model())
        await house.key(Qt.Key.Key_Down)
        assert current_row(view.model()) == before
        await house.key(Qt.Key.Key_Return)
        await until(lambda: current_row(view.model()) == 1)
        assert view.hasFocus()


async def test_a_disabled_one_opens_and_says_why_it_cannot_run(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        view = the_list(house)
        listed = house.parts.catalogue.state.deployments
        row = next(row for row, each in enumerate(listed) if not each.is_enabled)
        await house.click(view.viewport(), view.visualRect(view.model().index(row, 0)).center())
        await until(lambda: house.parts.workbench.state.blocked)
        assert "disabled" in house.parts.workbench.state.blocked


async def test_a_failed_list_says_so_and_tries_again(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        await until(lambda: house.there(QLabel, "welcome_footnote"))
        text = house.find(QLabel, "empty_state_text")
        assert text.text()
        panel = house.window.docks.deployments_panel
        assert panel is not None
        house.parts.catalogue.refresh()
        await until(lambda: house.parts.catalogue.state.problem is not None)
        await turn()
        again = next(each for each in panel.findChildren(QPushButton) if each.isVisible())
        assert again.text() == "Try again"
        problem = house.parts.catalogue.state.problem
        assert problem is not None
        shown = [each.text() for each in panel.findChildren(QLabel) if each.isVisible()]
        assert problem.sentence() in shown
        seen: list[bool] = []
        house.parts.catalogue.changed.subscribe(lambda state: seen.append(state.loading))
        await house.click(again)
        await until(lambda: True in seen)


async def test_a_list_that_was_not_refreshed_stays_and_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        house.emulator.world.faults.set("unauthorized@list")
        await house.press("refresh_deployments")
        await until(lambda: house.parts.catalogue.state.problem is not None)
        await turn()
        assert the_list(house).isVisible()
        assert house.find(QLabel, "deployments_stale").text().startswith("Not refreshed.")
        assert house.find(QToolButton, "refresh_deployments").isEnabled()
