"""After a change of the theme everything is repainted in the colours of the new theme."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QRect, QUrl
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QWidget

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.presets.preset import PresetEntry
from runcomfy_desktop.domain.presets.preset_node_matcher import MatchKind
from runcomfy_desktop.domain.presets.proposal import PresetProposal
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport, Remark
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
from runcomfy_desktop.ui.drafts.conversion_report import ConversionReportDialog
from runcomfy_desktop.ui.job_queue.job_details import JobDetailsDialog
from runcomfy_desktop.ui.job_queue.state_texts import StateContext, describe_state
from runcomfy_desktop.ui.media_fields.media_thumb import MediaThumbKind
from runcomfy_desktop.ui.presets.preview_detail import PreviewDetail
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.style.theme import DARK, LIGHT, STEP
from runcomfy_desktop.ui.widgets.labels import plain_label, set_colour_role
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import IMAGE, InputsHarness, open_inputs_harness
from tests.gui.support.pixel_colours import count_pixels
from tests.gui.support.scripted_queue import job
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

THEMES = ((ThemeMode.DARK, DARK), (ThemeMode.LIGHT, LIGHT), (ThemeMode.DARK, DARK))


def drawn(*, colour: tuple[int, int, int, int]) -> bytes:
    """Returns a transparent picture with a disc of one colour."""
    picture = Image.new("RGBA", (90, 90), (0, 0, 0, 0))
    for x in range(30, 60):
        for y in range(30, 60):
            picture.putpixel((x, y), colour)
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()


def thumbnail(harness: InputsHarness) -> QImage:
    """Returns the picture area of the first media field."""
    user_input.process_events()
    well = harness.panel.media_fields.media_field(IMAGE)
    assert well is not None
    side = 18 * STEP
    place = QRect(2 * STEP, (well.height() - side) // 2, side, side)
    return well.grab(place).toImage()


@pytest.mark.parametrize("colour", [(0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)])
async def test_a_transparent_picture_is_seen_in_its_media_field_in_each_theme(
    tmp_path: Path, qapp: QApplication, colour: tuple[int, int, int, int]
) -> None:
    path = tmp_path / "ink.png"
    path.write_bytes(drawn(colour=colour))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    async with open_inputs_harness(tmp_path / "media_store") as harness:
        harness.open()
        user_input.drop(harness.view.viewport(), data, harness.row_rect(IMAGE).center())
        await wait_until(lambda: IMAGE in harness.changes)
        user_input.process_events()
        well = harness.panel.media_fields.media_field(IMAGE)
        assert well is not None
        await wait_until(lambda: well.thumb_kind is MediaThumbKind.PICTURE)
        for which, roles in THEMES:
            theme.apply(qapp, which)
            seen = thumbnail(harness)
            for square in (roles.panel, roles.line):
                assert count_pixels(seen, square, 0) > 1000, "squares stand behind the picture"
            if colour[3]:
                disc = QColor(*colour[:3])
                assert seen.pixelColor(seen.rect().center()) == disc


def test_a_label_in_the_colour_of_a_role_follows_the_theme(qapp: QApplication) -> None:
    holder = QWidget()
    label = plain_label("Too large", "verdict", holder)
    set_colour_role(label, "error")
    user_input.show(holder, 200, 60)
    for which, roles in THEMES:
        theme.apply(qapp, which)
        user_input.process_events()
        assert label.palette().color(QPalette.ColorRole.WindowText).name() == roles.error
        set_colour_role(label, "warning")
        assert label.palette().color(QPalette.ColorRole.WindowText).name() == roles.warning
        set_colour_role(label, "error")
    holder.close()


def test_the_state_in_the_details_of_a_job_follows_the_theme(qapp: QApplication) -> None:
    failed = job("one", JobState.FAILED, reason="Out of memory.")
    holder = QWidget()
    dialog = JobDetailsDialog(failed, describe_state(failed, StateContext(0.0)), 0.0, holder)
    user_input.show(dialog, 500, 400)
    state = user_input.find(dialog, QLabel, "job_details_state")
    for which, roles in THEMES:
        theme.apply(qapp, which)
        user_input.process_events()
        row = QRect(QPoint(0, state.y()), state.geometry().bottomRight())
        seen = dialog.grab(row).toImage()
        icon = seen.copy(0, 0, state.x(), seen.height())
        assert count_pixels(icon, roles.error) > 20
        assert count_pixels(seen, roles.error) > count_pixels(icon, roles.error)
    dialog.close()


def test_the_sign_of_a_proposal_follows_the_theme(qapp: QApplication) -> None:
    holder = QWidget()
    detail = PreviewDetail(holder)
    entry = PresetEntry(InputKey("6", "text"), "CLIPTextEncode", "", "A cat.")
    proposal = PresetProposal(entry, entry.key, MatchKind.SAME, reason="A guess.")
    detail.show_proposal(proposal, Draft(Workflow({}), DraftSource("")))
    user_input.show(holder, 300, 200)
    for which, roles in THEMES:
        theme.apply(qapp, which)
        user_input.process_events()
        icons = [each.pixmap() for each in detail.findChildren(QLabel)]
        signs = [each.toImage() for each in icons if not each.isNull()]
        assert [count_pixels(each, roles.muted) > 20 for each in signs] == [True]
    holder.close()


def test_the_chosen_line_of_a_report_has_the_colours_of_the_theme(qapp: QApplication) -> None:
    remarks = (Remark("1", "One", "Left out."), Remark("2", "Two", "Left out, too."))
    holder = QWidget()
    dialog = ConversionReportDialog("a.json", ConversionReport(remarks, node_count=2), holder)
    user_input.show(dialog, 700, 400)
    lines = user_input.find(dialog, QListWidget, "conversion_remarks")
    lines.setCurrentRow(1)
    for which, roles in THEMES:
        theme.apply(qapp, which)
        user_input.process_events()
        seen = lines.viewport().grab(lines.visualItemRect(lines.item(1))).toImage()
        assert count_pixels(seen, roles.accent_soft, 0) > seen.width() * seen.height() / 2
        assert count_pixels(seen, roles.text) > 20
    dialog.close()
