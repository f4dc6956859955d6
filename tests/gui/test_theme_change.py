"""What was painted in one theme is there in the other one, and in its colours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QRect, QUrl
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QWidget

from runcomfy_desktop.domain.conversion.report import Remark, Report
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.settings import Theme
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.dialogs.conversion_report import ConversionReportDialog
from runcomfy_desktop.ui.dialogs.job_details import JobDetailsDialog
from runcomfy_desktop.ui.inputs.thumb import Thumb
from runcomfy_desktop.ui.jobs.words import Circumstances, state_words
from runcomfy_desktop.ui.presets.preview_detail import PreviewDetail
from runcomfy_desktop.ui.theme import DARK, LIGHT, STEP
from runcomfy_desktop.ui.widgets.labels import plain_label, tint
from tests.gui.support import hands
from tests.gui.support.bench import IMAGE, Bench, shown_bench
from tests.gui.support.ink import ink
from tests.gui.support.queue_kit import job
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

LOOKS = ((Theme.DARK, DARK), (Theme.LIGHT, LIGHT), (Theme.DARK, DARK))


def drawn(*, colour: tuple[int, int, int, int]) -> bytes:
    """A picture of nothing with a disc of one colour in it."""
    picture = Image.new("RGBA", (90, 90), (0, 0, 0, 0))
    for x in range(30, 60):
        for y in range(30, 60):
            picture.putpixel((x, y), colour)
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()


def thumbnail(bench: Bench) -> QImage:
    """The place of the picture in the first well."""
    hands.settle()
    well = bench.panel.wells.well(IMAGE)
    assert well is not None
    side = 18 * STEP
    place = QRect(2 * STEP, (well.height() - side) // 2, side, side)
    return well.grab(place).toImage()


@pytest.mark.parametrize("colour", [(0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)])
async def test_a_transparent_picture_is_seen_in_its_well_in_each_theme(
    tmp_path: Path, qapp: QApplication, colour: tuple[int, int, int, int]
) -> None:
    path = tmp_path / "ink.png"
    path.write_bytes(drawn(colour=colour))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    async with shown_bench(tmp_path / "shelf") as bench:
        bench.open()
        hands.drop(bench.view.viewport(), data, bench.row_rect(IMAGE).center())
        await until(lambda: IMAGE in bench.changes)
        hands.settle()
        well = bench.panel.wells.well(IMAGE)
        assert well is not None
        await until(lambda: well.thumb is Thumb.PICTURE)
        for which, roles in LOOKS:
            theme.apply(qapp, which)
            seen = thumbnail(bench)
            for square in (roles.panel, roles.line):
                assert ink(seen, square, 0) > 1000, "squares stand behind the picture"
            if colour[3]:
                disc = QColor(*colour[:3])
                assert seen.pixelColor(seen.rect().center()) == disc


def test_a_label_in_the_colour_of_a_role_follows_the_theme(qapp: QApplication) -> None:
    holder = QWidget()
    label = plain_label("Too large", "verdict", holder)
    tint(label, "error")
    hands.show(holder, 200, 60)
    for which, roles in LOOKS:
        theme.apply(qapp, which)
        hands.settle()
        assert label.palette().color(QPalette.ColorRole.WindowText).name() == roles.error
        tint(label, "warning")
        assert label.palette().color(QPalette.ColorRole.WindowText).name() == roles.warning
        tint(label, "error")
    holder.close()


def test_the_state_in_the_details_of_a_job_follows_the_theme(qapp: QApplication) -> None:
    failed = job("one", JobState.FAILED, reason="Out of memory.")
    holder = QWidget()
    dialog = JobDetailsDialog(failed, state_words(failed, Circumstances(0.0)), 0.0, holder)
    hands.show(dialog, 500, 400)
    state = hands.find(dialog, QLabel, "job_details_state")
    for which, roles in LOOKS:
        theme.apply(qapp, which)
        hands.settle()
        row = QRect(QPoint(0, state.y()), state.geometry().bottomRight())
        seen = dialog.grab(row).toImage()
        icon = seen.copy(0, 0, state.x(), seen.height())
        assert ink(icon, roles.error) > 20
        assert ink(seen, roles.error) > ink(icon, roles.error)
    dialog.close()


def test_the_sign_of_a_proposal_follows_the_theme(qapp: QApplication) -> None:
    holder = QWidget()
    detail = PreviewDetail(holder)
    hands.show(holder, 300, 200)
    for which, roles in LOOKS:
        theme.apply(qapp, which)
        hands.settle()
        icons = [each.pixmap() for each in detail.findChildren(QLabel)]
        signs = [each.toImage() for each in icons if not each.isNull()]
        assert [ink(each, roles.muted) > 20 for each in signs] == [True]
    holder.close()


def test_the_chosen_line_of_a_report_has_the_colours_of_the_theme(qapp: QApplication) -> None:
    remarks = (Remark("1", "One", "Left out."), Remark("2", "Two", "Left out, too."))
    holder = QWidget()
    dialog = ConversionReportDialog("a.json", Report(remarks, nodes=2), holder)
    hands.show(dialog, 700, 400)
    lines = hands.find(dialog, QListWidget, "conversion_remarks")
    lines.setCurrentRow(1)
    for which, roles in LOOKS:
        theme.apply(qapp, which)
        hands.settle()
        seen = lines.viewport().grab(lines.visualItemRect(lines.item(1))).toImage()
        assert ink(seen, roles.accent_soft, 0) > seen.width() * seen.height() / 2
        assert ink(seen, roles.text) > 20
    dialog.close()
