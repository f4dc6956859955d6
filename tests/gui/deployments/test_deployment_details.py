"""Details of a deployment: their content, enabling and disabling, and freeing memory."""

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

from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.gui.support.deployment_details import (
    FLUX,
    KONTEXT,
    details_in_harness,
    open_details,
    remote_deployment,
    required_dialog,
    visible_dialog,
)
from tests.gui.support.deployment_harness import open_deployment_harness
from tests.gui.support.gui_program import open_program, process_events_async
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until
from tests.support.emulators import INSTANT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

SLOW = EmulatorTiming(cold_start_s=1000.0, run_s=1000.0)


async def run_once(program: GuiProgram) -> str:
    """Runs the open deployment once and returns the instance that it ran on."""
    await program.press("run")
    await wait_until(
        lambda: program.services.queue.jobs and program.services.queue.active_count == 0
    )
    return next(iter(program.services.queue.jobs.values())).instance_id


async def with_instances(program: GuiProgram) -> None:
    backend = program.emulator.backend
    backend.switches = backend.switches.changed({"instance_ids": True})


# Content


async def close_details(program: GuiProgram) -> None:
    for shown in program.window.findChildren(QDialog, "deployment_details"):
        shown.close()
    await wait_until(lambda: visible_dialog(program, "deployment_details") is None)
    program.window.activateWindow()
    await wait_until(program.window.isActiveWindow)


async def test_the_details_of_the_one_in_use(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for look in (
            a_readme_that_cannot_be_read_can_be_tried_again,
            facts_and_readme_stand_side_by_side,
            the_keyboard_opens_and_closes_it,
            the_window_goes_on_beside_it,
        ):
            await look(program)
            await close_details(program)


async def a_readme_that_cannot_be_read_can_be_tried_again(program: GuiProgram) -> None:
    program.emulator.backend.faults.set("unauthorized@read")
    details = await open_details(program)
    assert "could not be read" in details.status
    program.emulator.backend.faults.set("")
    await program.click(details.find(QToolButton, "details_retry"))
    await wait_until(lambda: "Repaints" in details.find(QTextBrowser, "readme_text").toPlainText())
    assert details.status == ""


async def facts_and_readme_stand_side_by_side(program: GuiProgram) -> None:
    details = await open_details(program)
    assert details.dialog.windowTitle() == "Deployment flux-kontext"
    assert details.label("details_title") == "flux-kontext"
    assert details.label("details_state") == "Enabled · standby"
    assert details.label("fact_hardware") == "AMPERE_48 · X-Large · A6000 · 48 GB"
    assert details.label("fact_price") == "about $2.50 an hour (list of 2026-08)"
    assert details.label("fact_version") == "v3"
    assert "2026" in details.label("fact_created")
    assert "Repaints a photo" in details.find(QTextBrowser, "readme_text").toPlainText()
    await program.click(details.find(QToolButton, "copy_deployment_id"))
    assert QGuiApplication.clipboard().text() == KONTEXT
    await program.click(details.find(QToolButton, "copy_workflow"))
    assert QGuiApplication.clipboard().text() == remote_deployment(program).workflow_id


async def the_keyboard_opens_and_closes_it(program: GuiProgram) -> None:
    program.window.central_widget.setFocus()
    await program.key(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    shown = required_dialog(program, "deployment_details")
    QTest.keyClick(QApplication.focusWidget() or shown, Qt.Key.Key_Escape)
    await process_events_async()
    assert visible_dialog(program, "deployment_details") is None


async def the_window_goes_on_beside_it(program: GuiProgram) -> None:
    """Details and window are used together, because the readme says what to type."""
    details = await open_details(program)
    assert not details.dialog.isModal()
    await program.press("run")
    await wait_until(lambda: program.services.queue.jobs)
    again = await open_details(program)
    assert again.dialog is details.dialog


async def test_tab_goes_through_it_in_reading_order(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        details = await open_details(program)
        await details.type("min_instances", "1")
        details.find(QLineEdit, "min_instances").setFocus()
        names = []
        for _stop in range(10):
            await program.key(Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None
            names.append(focused.objectName())
        assert names[:3] == ["max_instances", "queue_size", "keep_warm_s"]
        assert names.index("readme_text") < names.index("details_toggle")
        assert names.index("details_toggle") < names.index("details_save")


async def test_a_hostile_name_and_readme_are_words(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        remote_deployment(program).name = "<b>bold</b> \u202egnp.exe & co"
        remote_deployment(program).readme = "<img src='http://127.0.0.1:9/x.png'> \u202etext"
        await program.wait_until_open()
        details = await open_details(program)
        assert details.label("details_title") == "<b>bold</b> gnp.exe & co"
        shown = details.find(QTextBrowser, "readme_text").toPlainText()
        assert "<img src" in shown
        assert "\u202e" not in shown
        await details.press("delete")
        delete = required_dialog(program, "delete_dialog")
        assert "<b>bold</b> gnp.exe & co" in delete.windowTitle()
        assert find(delete, QPushButton, "delete_yes").text().count("&&") == 1


async def test_no_readme_says_so(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        remote_deployment(program).readme = ""
        await program.wait_until_open()
        details = await open_details(program)
        assert details.label("readme_note") == "This deployment has no readme."


async def test_a_link_asks_before_it_leads_out(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        remote_deployment(
            program
        ).readme = "[good](https://www.runcomfy.com/x) [bad](file:///etc/passwd)"
        await program.wait_until_open()
        details = await open_details(program)
        browser = details.find(QTextBrowser, "readme_text")
        browser.setFocus()
        await program.key(Qt.Key.Key_Tab)
        await program.key(Qt.Key.Key_Return)
        asked = required_dialog(program, "link_dialog")
        address = find(asked, QPlainTextEdit, "link_address").toPlainText()
        assert address == "https://www.runcomfy.com/x"
        assert program.opened_urls == []
        await program.click(find(asked, QPushButton, "link_open"))
        assert program.opened_urls == ["https://www.runcomfy.com/x"]
        browser.anchorClicked.emit(QUrl("file:///etc/passwd"))
        await process_events_async()
        assert len(program.opened_urls) == 1


# Enable and disable


async def test_disabling_is_done_at_once_and_the_run_bar_says_so(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        details = await open_details(program)
        assert "fails at once" in details.button("toggle").accessibleDescription()
        await details.press("toggle")
        await wait_until(lambda: not remote_deployment(program).is_enabled)
        await wait_until(lambda: "is disabled" in details.status)
        await wait_until(lambda: "disabled" in program.services.draft_editor.state.blocked_reason)
        assert details.label("details_state").startswith("Disabled")
        assert details.button("toggle").text() == "Enable"
        await details.wait_until_idle()
        await details.press("toggle")
        await wait_until(lambda: remote_deployment(program).is_enabled)
        await wait_until(lambda: program.services.draft_editor.state.blocked_reason == "")


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
    async with open_deployment_harness(tmp_path) as harness:
        remote_deployment(harness, FLUX).is_enabled = False
        remote_deployment(harness, FLUX).hardware = (
            hardware or remote_deployment(harness, FLUX).hardware
        )
        await harness.wait_until_open()
        details = await details_in_harness(harness, FLUX)
        assert details.button("toggle").text() == f"Enable{on_button}"
        await details.press("toggle")
        asked = required_dialog(harness, "confirm_enable")
        await harness.click(find(asked, QPushButton, "confirm_enable_no"))
        assert harness.call_count("change") == 0
        await details.press("toggle")
        yes = find(required_dialog(harness, "confirm_enable"), QPushButton, "confirm_enable_yes")
        assert yes.text() == f"Enable{on_question}"
        await harness.click(yes)
        await wait_until(lambda: remote_deployment(harness, FLUX).is_enabled)


async def test_the_menu_asks_with_the_price(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        remote_deployment(program).is_enabled = False
        remote_deployment(program).min_instances = 1
        await program.wait_until_open()
        program.services.catalogue.open(KONTEXT)
        await wait_until(lambda: "disabled" in program.services.draft_editor.state.blocked_reason)
        await program.trigger("toggle_deployment")
        asked = required_dialog(program, "confirm_enable")
        yes = find(asked, QPushButton, "confirm_enable_yes")
        assert yes.text() == "Enable · about $60.00 a day always on"
        await program.click(yes)
        await wait_until(lambda: remote_deployment(program).is_enabled)


async def test_disabling_asks_when_jobs_are_active(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=SLOW) as program:
        await program.wait_until_open()
        await program.press("run")
        await wait_until(lambda: program.services.queue.active_count == 1)
        await program.trigger("toggle_deployment")
        asked = required_dialog(program, "confirm_disable")
        assert "while 1 job is not finished" in asked.windowTitle()
        assert "fails at once" in asked.accessibleDescription()
        await program.click(find(asked, QPushButton, "confirm_disable_no"))
        assert remote_deployment(program).is_enabled
        await program.trigger("toggle_deployment")
        asked = required_dialog(program, "confirm_disable")
        await program.click(find(asked, QPushButton, "confirm_disable_yes"))
        await wait_until(lambda: not remote_deployment(program).is_enabled)


async def test_disabling_by_the_menu_can_be_taken_back(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("toggle_deployment")
        await wait_until(lambda: program.notices() == ["flux-kontext is disabled."])
        notice = program.window.notice_line.notices[0]
        assert notice.action_text == "Enable again"
        assert notice.action is not None
        notice.action()
        await wait_until(lambda: remote_deployment(program).is_enabled)


# Memory


async def test_memory_is_freed_on_an_instance_that_is_known(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=INSTANT) as program:
        await with_instances(program)
        await program.wait_until_open()
        details = await open_details(program)
        free = details.button("free")
        assert not free.isEnabled()
        assert "until a job has run" in free.accessibleDescription()
        assert details.label("fact_no_instance")
        instance_id = await run_once(program)
        await process_events_async()
        assert free.isEnabled()
        assert details.label("fact_instance") == instance_id
        menu = free.menu()
        menu.actions()[1].trigger()
        await wait_until(lambda: "clears its cache" in details.status)
        assert program.call_count("proxy") == 1


async def test_an_instance_that_is_gone_is_a_calm_sentence(tmp_path: Path) -> None:
    async with open_program(tmp_path, timing=INSTANT) as program:
        await with_instances(program)
        await program.wait_until_open()
        await run_once(program)
        program.emulator.backend.clock.advance(100_000)  # type: ignore[attr-defined]  # test clock
        details = await open_details(program)
        details.button("free").menu().actions()[0].trigger()
        await wait_until(lambda: "not running any more" in details.status)
        await details.wait_until_idle()
        assert not details.button("free").isEnabled()
        assert "shut down" in details.label("fact_no_instance")
        assert program.notices() == []


# The keyboard


async def test_the_keyboard_stays_near_a_button_that_rests_for_a_moment(tmp_path: Path) -> None:
    """The focus never moves to Delete while an action is in progress."""
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        details = await open_details(program)
        await details.type("queue_size", "4")
        save = details.button("save")
        save.setFocus()
        QTest.keyClick(save, Qt.Key.Key_Space)
        await wait_until(lambda: remote_deployment(program).queue_size == 4)
        await details.wait_until_idle()
        assert details.button("close").hasFocus()
        toggle = details.button("toggle")
        toggle.setFocus()
        QTest.keyClick(toggle, Qt.Key.Key_Space)
        await process_events_async()
        assert not toggle.isEnabled()
        assert details.button("close").hasFocus()
        await wait_until(lambda: not remote_deployment(program).is_enabled)
        await details.wait_until_idle()
        assert toggle.hasFocus()
