"""Scaling fields of a deployment: costs, refused numbers, and typed input kept after failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QPushButton,
)

from tests.gui.support.deployment_details import (
    KONTEXT,
    DetailsDialogDriver,
    details_in_harness,
    remote_deployment,
    required_dialog,
    visible_dialog,
)
from tests.gui.support.deployment_harness import open_deployment_harness
from tests.gui.support.user_input import find
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.deployment_harness import DeploymentHarness


async def test_the_cost_follows_the_typing(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        assert "No instance is always on" in details.costs
        assert details.button("save").text() == "Save"
        assert not details.button("save").isEnabled()
        await details.type("min_instances", "1")
        assert "about $2.50 an hour, about $60.00 a day, about $1,825.00 a month" in details.costs
        assert details.button("save").text() == "Save · about $60.00 a day always on"
        await details.type("min_instances", "0")
        await details.type("max_instances", "3")
        assert "At most 3 instances run at once: about $7.50 an hour." in details.costs
        assert details.button("save").text() == "Save · up to $7.50 an hour"
        await details.type("max_instances", "1")
        await details.type("keep_warm_s", "3600")
        assert "idles for 60 min: about $2.50" in details.costs
        assert details.button("save").text() == "Save · about $2.50 each wake-up"
        await details.type("keep_warm_s", "30")
        assert details.button("save").text() == "Save"
        assert details.button("save").isEnabled()


async def test_only_what_is_surely_wrong_is_refused_here(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        for field, text, fault in (
            ("min_instances", "2", "No more than the max instances (1)."),
            ("min_instances", "x", "Enter a whole number, zero or more."),
            ("min_instances", "-1", "Enter a whole number, zero or more."),
            ("max_instances", "0", "With no instance nothing can run."),
            ("queue_size", "1.5", "Enter a whole number, zero or more."),
        ):
            await details.type(field, text)
            assert details.label(f"{field}_fault").startswith(fault)
            assert fault in details.find(QLineEdit, field).accessibleDescription()
            assert not details.button("save").isEnabled()
            await details.type(field, "1")
        await details.type("max_instances", "100000")
        assert details.button("save").isEnabled()


async def test_arrows_count_and_never_go_below_zero(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        field = details.find(QLineEdit, "min_instances")
        field.setFocus()
        await harness.key(Qt.Key.Key_Down)
        assert field.text() == "0"
        await harness.key(Qt.Key.Key_Up)
        assert field.text() == "1"


async def test_enter_saves_what_changed_and_nothing_else(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("queue_size", "4")
        await harness.key(Qt.Key.Key_Return)
        await details.wait_until_idle()
        await wait_until(lambda: "was changed" in details.status)
        assert remote_deployment(harness).queue_size == 4
        assert remote_deployment(harness).max_instances == 1
        assert not details.button("save").isEnabled()
        assert details.dialog.isVisible()
        assert harness.notices == []


# Costs without runs need confirmation


async def asked_to_save(harness: DeploymentHarness, details: DetailsDialogDriver) -> QDialog:
    """Types one instance that is always on, presses Save, and returns the question."""
    await details.type("min_instances", "1")
    await details.press("save")
    return required_dialog(harness, "confirm_scaling")


async def test_keeping_an_instance_on_is_asked_about_with_its_sum(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        asked = await asked_to_save(harness, details)
        assert asked.windowTitle() == "Keep 1 instance of flux-kontext always on?"
        text = asked.accessibleDescription()
        assert "about $2.50 an hour, about $60.00 a day, about $1,825.00 a month" in text
        yes = find(asked, QPushButton, "confirm_scaling_yes")
        assert yes.text() == "Keep 1 instance on, about $60.00 a day"
        # Enter changes nothing: nothing is sent, and the typed number is still there.
        await harness.key(Qt.Key.Key_Return)
        assert visible_dialog(harness, "confirm_scaling") is None
        assert harness.call_count("change") == 0
        assert details.find(QLineEdit, "min_instances").text() == "1"
        assert details.button("save").isEnabled()
        await details.press("save")
        await harness.click(
            find(required_dialog(harness, "confirm_scaling"), QPushButton, "confirm_scaling_yes")
        )
        await wait_until(lambda: "was changed" in details.status)
        assert remote_deployment(harness).min_instances == 1
        assert harness.call_count("change") == 1
        # A lower minimum, or a change to another number, costs no more.
        await details.wait_until_idle()
        await details.type("queue_size", "4")
        await details.press("save")
        await wait_until(lambda: remote_deployment(harness).queue_size == 4)
        await details.wait_until_idle()
        await details.type("min_instances", "0")
        await details.press("save")
        await wait_until(lambda: remote_deployment(harness).min_instances == 0)


async def test_an_unknown_price_is_said_and_asked_about(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        remote_deployment(harness).hardware = "QUANTUM_1"
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        asked = await asked_to_save(harness, details)
        assert "price of this hardware is not known" in asked.accessibleDescription()
        yes = find(asked, QPushButton, "confirm_scaling_yes")
        assert yes.text() == "Keep 1 instance on, at an unknown price"
        await harness.click(yes)
        await wait_until(lambda: remote_deployment(harness).min_instances == 1)


async def test_the_demo_asks_and_says_that_nothing_is_billed(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path, demo=True) as harness:
        await harness.wait_until_open()
        asked = await asked_to_save(harness, await details_in_harness(harness))
        assert "In the demo nothing is billed." in asked.accessibleDescription()
        assert "about $60.00 a day" in asked.accessibleDescription()
        assert find(asked, QPushButton, "confirm_scaling_yes").text() == "Keep 1 instance on"


async def test_idling_for_long_is_asked_about_from_the_sum_that_a_run_is(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        harness.preferences.set(ask_from_usd=2.0)
        details = await details_in_harness(harness)
        await details.type("keep_warm_s", "600")
        await details.press("save")
        await wait_until(lambda: remote_deployment(harness).keep_warm_s == 600)
        await details.wait_until_idle()
        await details.type("keep_warm_s", "3600")
        await details.press("save")
        asked = required_dialog(harness, "confirm_scaling")
        assert "an instance idles for 60 min: about $2.50" in asked.accessibleDescription()
        yes = find(asked, QPushButton, "confirm_scaling_yes")
        assert yes.text() == "Keep it warm, about $2.50 each wake-up"
        await harness.click(yes)
        await wait_until(lambda: remote_deployment(harness).keep_warm_s == 3600)


async def test_what_was_agreed_to_is_not_sent_for_a_deployment_that_is_another_by_then(
    tmp_path: Path,
) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        asked = await asked_to_save(harness, details)
        remote_deployment(harness).queue_size = 7
        harness.services.catalogue.refresh()
        await wait_until(lambda: details.find(QLineEdit, "queue_size").text() == "7")
        await harness.click(find(asked, QPushButton, "confirm_scaling_yes"))
        await wait_until(lambda: "changed elsewhere" in details.status)
        assert remote_deployment(harness).min_instances == 0
        assert details.find(QLineEdit, "min_instances").text() == "1"


async def test_what_the_service_refuses_is_said_at_its_field(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("max_instances", "99")
        await details.type("queue_size", "7")
        await details.press("save")
        await wait_until(lambda: "refuses" in details.status)
        assert "60" in details.label("max_instances_fault")
        field = details.find(QLineEdit, "max_instances")
        assert field.hasFocus()
        assert (field.text(), details.find(QLineEdit, "queue_size").text()) == ("99", "7")
        assert remote_deployment(harness).queue_size == 1
        await details.type("max_instances", "9")
        assert details.label("max_instances_fault") == ""
        await details.press("save")
        await wait_until(lambda: remote_deployment(harness).queue_size == 7)


async def test_while_it_is_saved_nothing_else_can_be_done(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("queue_size", "4")
        details.button("save").click()
        await wait_until(lambda: KONTEXT in harness.services.deployment_manager.state.busy)
        assert details.status == "Saving…"
        assert details.find(QLineEdit, "queue_size").isReadOnly()
        for name in ("save", "toggle", "delete", "free"):
            assert not details.button(name).isEnabled()
        await details.wait_until_idle()
        assert not details.find(QLineEdit, "queue_size").isReadOnly()


async def test_a_failure_keeps_the_dialog_and_the_typing(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("queue_size", "4")
        harness.emulator.backend.faults.set("unauthorized@read")
        await details.press("save")
        await details.wait_until_idle()
        await wait_until(lambda: "was not changed" in details.status)
        assert details.dialog.isVisible()
        assert details.find(QLineEdit, "queue_size").text() == "4"
        assert details.button("save").isEnabled()
        harness.emulator.backend.faults.set("")
        await details.press("save")
        await wait_until(lambda: remote_deployment(harness).queue_size == 4)


async def test_a_change_made_elsewhere_is_said_and_not_overwritten(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("queue_size", "4")
        remote_deployment(harness).queue_size = 9
        remote_deployment(harness).keep_warm_s = 600
        remote_deployment(harness).updated_at = "2027-01-01T00:00:00+00:00"
        await details.press("save")
        await wait_until(lambda: "changed elsewhere" in details.status)
        assert remote_deployment(harness).queue_size == 9
        assert details.find(QLineEdit, "queue_size").text() == "4"
        assert details.label("queue_size_fault") == "Changed elsewhere: it is 9 now."
        assert details.find(QLineEdit, "keep_warm_s").text() == "600"
        assert details.label("keep_warm_s_fault") == "Changed elsewhere: it was 60."
        await details.press("save")
        await wait_until(lambda: remote_deployment(harness).queue_size == 4)
        assert remote_deployment(harness).keep_warm_s == 600
        await wait_until(lambda: details.label("keep_warm_s_fault") == "")


async def test_closing_asks_when_numbers_were_typed(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("queue_size", "4")
        await harness.key(Qt.Key.Key_Escape)
        asked = required_dialog(harness, "confirm_discard")
        await harness.click(find(asked, QPushButton, "confirm_discard_no"))
        assert details.find(QLineEdit, "queue_size").text() == "4"
        await details.press("close")
        asked = required_dialog(harness, "confirm_discard")
        await harness.click(find(asked, QPushButton, "confirm_discard_yes"))
        assert visible_dialog(harness, "deployment_details") is None
        assert remote_deployment(harness).queue_size == 1


async def test_hardware_without_a_known_price_has_no_sums(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        remote_deployment(harness).hardware = "QUANTUM_1"
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("max_instances", "3")
        assert details.costs.strip() == ""
        assert "not known to this program" in details.label("cost_note")
        assert details.button("save").text() == "Save"


async def test_the_demo_names_no_price_on_its_buttons(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path, demo=True) as harness:
        await harness.wait_until_open()
        details = await details_in_harness(harness)
        await details.type("min_instances", "1")
        assert details.button("save").text() == "Save"
        assert "nothing is billed" in details.label("cost_note")
