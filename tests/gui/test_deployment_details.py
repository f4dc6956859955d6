"""A deployment's details: what they say, what they switch, and the memory they free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QToolButton,
)

from runcomfy_desktop.emulator.lifecycle import Pace
from tests.gui.support.deployment_room import open_room
from tests.gui.support.deployments import (
    FLUX,
    KONTEXT,
    details_in,
    dialog,
    open_details,
    remote,
    the_dialog,
)
from tests.gui.support.hands import find
from tests.gui.support.house import open_house, turn
from tests.support.emulated import AT_ONCE
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

SLOW = Pace(cold_start_s=1000.0, run_s=1000.0)


async def run_once(house: House) -> str:
    """A run of the deployment in use to its end; the instance it ran on."""
    await house.press("run")
    await until(lambda: house.parts.queue.jobs and house.parts.queue.active_count == 0)
    return next(iter(house.parts.queue.jobs.values())).instance_id


async def with_instances(house: House) -> None:
    world = house.emulator.world
    world.switches = world.switches.changed({"instance_ids": True})


# What it says


async def close_details(house: House) -> None:
    for shown in house.window.findChildren(QDialog, "deployment_details"):
        shown.close()
    await until(lambda: dialog(house, "deployment_details") is None)
    house.window.activateWindow()
    await until(house.window.isActiveWindow)


async def test_the_details_of_the_one_in_use(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        for look in (
            a_readme_that_cannot_be_read_can_be_tried_again,
            facts_and_readme_stand_side_by_side,
            the_keyboard_opens_and_closes_it,
            the_window_goes_on_beside_it,
        ):
            await look(house)
            await close_details(house)


async def a_readme_that_cannot_be_read_can_be_tried_again(house: House) -> None:
    house.emulator.world.faults.set("unauthorized@read")
    details = await open_details(house)
    assert "could not be read" in details.status
    house.emulator.world.faults.set("")
    await house.click(details.find(QToolButton, "details_retry"))
    await until(lambda: "Repaints" in details.find(QTextBrowser, "readme_text").toPlainText())
    assert details.status == ""


async def facts_and_readme_stand_side_by_side(house: House) -> None:
    details = await open_details(house)
    assert details.dialog.windowTitle() == "Deployment flux-kontext"
    assert details.label("details_title") == "flux-kontext"
    assert details.label("details_state") == "Enabled · standby"
    assert details.label("fact_hardware") == "AMPERE_48 · X-Large · A6000 · 48 GB"
    assert details.label("fact_price") == "about $2.50 an hour (list of 2026-08)"
    assert details.label("fact_version") == "v3"
    assert "2026" in details.label("fact_created")
    assert "Repaints a photo" in details.find(QTextBrowser, "readme_text").toPlainText()
    await house.click(details.find(QToolButton, "copy_deployment_id"))
    assert QGuiApplication.clipboard().text() == KONTEXT
    await house.click(details.find(QToolButton, "copy_workflow"))
    assert QGuiApplication.clipboard().text() == remote(house).workflow_id


async def the_keyboard_opens_and_closes_it(house: House) -> None:
    house.window.centre.setFocus()
    await house.key(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    shown = the_dialog(house, "deployment_details")
    QTest.keyClick(QApplication.focusWidget() or shown, Qt.Key.Key_Escape)
    await turn()
    assert dialog(house, "deployment_details") is None


async def the_window_goes_on_beside_it(house: House) -> None:
    """The readme says what to type, so both are in use together."""
    details = await open_details(house)
    assert not details.dialog.isModal()
    await house.press("run")
    await until(lambda: house.parts.queue.jobs)
    again = await open_details(house)
    assert again.dialog is details.dialog


async def test_tab_goes_through_it_in_reading_order(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        details = await open_details(house)
        await details.type("min_instances", "1")
        details.find(QLineEdit, "min_instances").setFocus()
        names = []
        for _stop in range(10):
            await house.key(Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None
            names.append(focused.objectName())
        assert names[:3] == ["max_instances", "queue_size", "keep_warm_s"]
        assert names.index("readme_text") < names.index("details_toggle")
        assert names.index("details_toggle") < names.index("details_save")


async def test_a_hostile_name_and_readme_are_words(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        remote(house).name = "<b>bold</b> \u202egnp.exe & co"
        remote(house).readme = "<img src='http://127.0.0.1:9/x.png'> \u202etext"
        await house.until_open()
        details = await open_details(house)
        assert details.label("details_title") == "<b>bold</b> gnp.exe & co"
        shown = details.find(QTextBrowser, "readme_text").toPlainText()
        assert "<img src" in shown
        assert "\u202e" not in shown
        await details.press("delete")
        delete = the_dialog(house, "delete_dialog")
        assert "<b>bold</b> gnp.exe & co" in delete.windowTitle()
        assert find(delete, QPushButton, "delete_yes").text().count("&&") == 1


async def test_no_readme_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        remote(house).readme = ""
        await house.until_open()
        details = await open_details(house)
        assert details.label("readme_note") == "This deployment has no readme."


async def test_a_link_asks_before_it_leads_out(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        remote(house).readme = "[good](https://www.runcomfy.com/x) [bad](file:///etc/passwd)"
        await house.until_open()
        details = await open_details(house)
        browser = details.find(QTextBrowser, "readme_text")
        browser.setFocus()
        await house.key(Qt.Key.Key_Tab)
        await house.key(Qt.Key.Key_Return)
        asked = the_dialog(house, "link_dialog")
        address = find(asked, QPlainTextEdit, "link_address").toPlainText()
        assert address == "https://www.runcomfy.com/x"
        assert house.opened == []
        await house.click(find(asked, QPushButton, "link_open"))
        assert house.opened == ["https://www.runcomfy.com/x"]
        browser.anchorClicked.emit(QUrl("file:///etc/passwd"))
        await turn()
        assert len(house.opened) == 1


# Enable and disable


async def test_disabling_is_done_at_once_and_the_run_bar_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        details = await open_details(house)
        assert "fails at once" in details.button("toggle").accessibleDescription()
        await details.press("toggle")
        await until(lambda: not remote(house).is_enabled)
        await until(lambda: "is disabled" in details.status)
        await until(lambda: "disabled" in house.parts.workbench.state.blocked)
        assert details.label("details_state").startswith("Disabled")
        assert details.button("toggle").text() == "Enable"
        await details.is_quiet()
        await details.press("toggle")
        await until(lambda: remote(house).is_enabled)
        await until(lambda: house.parts.workbench.state.blocked == "")


@pytest.mark.parametrize(
    ("hardware", "on_button", "on_question"),
    [
        ("", " · about $42.00 a day always on", " · about $42.00 a day always on"),
        ("QUANTUM_1", "", " · always on at an unknown price"),
    ],
)
async def test_enabling_what_is_always_on_asks_with_its_price(
    tmp_path: Path, hardware: str, on_button: str, on_question: str
) -> None:
    async with open_room(tmp_path) as room:
        remote(room, FLUX).is_enabled = False
        remote(room, FLUX).hardware = hardware or remote(room, FLUX).hardware
        await room.until_open()
        details = await details_in(room, FLUX)
        assert details.button("toggle").text() == f"Enable{on_button}"
        await details.press("toggle")
        asked = the_dialog(room, "confirm_enable")
        await room.click(find(asked, QPushButton, "confirm_enable_no"))
        assert room.asked("change") == 0
        await details.press("toggle")
        yes = find(the_dialog(room, "confirm_enable"), QPushButton, "confirm_enable_yes")
        assert yes.text() == f"Enable{on_question}"
        await room.click(yes)
        await until(lambda: remote(room, FLUX).is_enabled)


async def test_the_menu_asks_with_the_price(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        remote(house).is_enabled = False
        remote(house).min_instances = 1
        await house.until_open()
        house.parts.catalogue.open(KONTEXT)
        await until(lambda: "disabled" in house.parts.workbench.state.blocked)
        await house.trigger("toggle_deployment")
        asked = the_dialog(house, "confirm_enable")
        yes = find(asked, QPushButton, "confirm_enable_yes")
        assert yes.text() == "Enable · about $60.00 a day always on"
        await house.click(yes)
        await until(lambda: remote(house).is_enabled)


async def test_disabling_asks_when_jobs_are_active(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=SLOW) as house:
        await house.until_open()
        await house.press("run")
        await until(lambda: house.parts.queue.active_count == 1)
        await house.trigger("toggle_deployment")
        asked = the_dialog(house, "confirm_disable")
        assert "while 1 job is not finished" in asked.windowTitle()
        assert "fails at once" in asked.accessibleDescription()
        await house.click(find(asked, QPushButton, "confirm_disable_no"))
        assert remote(house).is_enabled
        await house.trigger("toggle_deployment")
        asked = the_dialog(house, "confirm_disable")
        await house.click(find(asked, QPushButton, "confirm_disable_yes"))
        await until(lambda: not remote(house).is_enabled)


async def test_disabling_by_the_menu_can_be_taken_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.trigger("toggle_deployment")
        await until(lambda: house.notices() == ["flux-kontext is disabled."])
        notice = house.window.notice_line.notices[0]
        assert notice.action_text == "Enable again"
        assert notice.action is not None
        notice.action()
        await until(lambda: remote(house).is_enabled)


# Memory


async def test_memory_is_freed_on_an_instance_that_is_known(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=AT_ONCE) as house:
        await with_instances(house)
        await house.until_open()
        details = await open_details(house)
        free = details.button("free")
        assert not free.isEnabled()
        assert "until a job has run" in free.accessibleDescription()
        assert details.label("fact_no_instance")
        instance_id = await run_once(house)
        await turn()
        assert free.isEnabled()
        assert details.label("fact_instance") == instance_id
        menu = free.menu()
        menu.actions()[1].trigger()
        await until(lambda: "clears its cache" in details.status)
        assert house.asked("proxy") == 1


async def test_an_instance_that_is_gone_is_a_calm_sentence(tmp_path: Path) -> None:
    async with open_house(tmp_path, pace=AT_ONCE) as house:
        await with_instances(house)
        await house.until_open()
        await run_once(house)
        house.emulator.world.clock.advance(100_000)  # type: ignore[attr-defined]  # tests' clock
        details = await open_details(house)
        details.button("free").menu().actions()[0].trigger()
        await until(lambda: "not running any more" in details.status)
        await details.is_quiet()
        assert not details.button("free").isEnabled()
        assert "shut down" in details.label("fact_no_instance")
        assert house.notices() == []


# The keyboard


async def test_the_keyboard_stays_near_a_button_that_rests_for_a_moment(tmp_path: Path) -> None:
    """It must not slip to Delete while something is being done."""
    async with open_house(tmp_path) as house:
        await house.until_open()
        details = await open_details(house)
        await details.type("queue_size", "4")
        save = details.button("save")
        save.setFocus()
        QTest.keyClick(save, Qt.Key.Key_Space)
        await until(lambda: remote(house).queue_size == 4)
        await details.is_quiet()
        assert details.button("close").hasFocus()
        toggle = details.button("toggle")
        toggle.setFocus()
        QTest.keyClick(toggle, Qt.Key.Key_Space)
        await turn()
        assert not toggle.isEnabled()
        assert details.button("close").hasFocus()
        await until(lambda: not remote(house).is_enabled)
        await details.is_quiet()
        assert toggle.hasFocus()
