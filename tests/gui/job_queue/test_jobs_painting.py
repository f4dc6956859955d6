"""Painting of the queue: state in its colour, title, kind of the result, the selected row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.output import OutputKind
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.row_painter import is_elided
from runcomfy_desktop.ui.style.theme import LIGHT
from tests.gui.support.jobs_panel import click_row, show_jobs_panel
from tests.gui.support.pixel_colours import count_pixels
from tests.gui.support.scripted_queue import ScriptedQueue, done_job, job, output, picture
from tests.gui.support.user_input import process_events, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from runcomfy_desktop.ui.job_queue.panel import JobsPanel

pytestmark = pytest.mark.usefixtures("qapp")

ROLES = {"error": LIGHT.error, "ok": LIGHT.ok, "accent": LIGHT.accent, "warning": LIGHT.warning}
SOUND = output("/nowhere/a.flac", OutputKind.AUDIO)


def cell(panel: JobsPanel, job_id: str, column: JobColumn) -> QRect:
    return panel.table.visualRect(panel.model.index(panel.model.row_of(job_id), column))


def painted(panel: JobsPanel, place: QRect) -> QImage:
    process_events()
    return panel.table.viewport().grab().toImage().copy(place)


@pytest.mark.parametrize(
    ("state", "role"),
    [
        (JobState.FAILED, "error"),
        (JobState.DONE, "ok"),
        (JobState.RUNNING, "accent"),
        (JobState.UNCERTAIN, "warning"),
    ],
)
def test_icon_and_word_of_a_state_have_its_colour_and_no_other(state: JobState, role: str) -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one", state)))
    panel.table.clearFocus()
    place = cell(panel, "one", JobColumn.STATE)
    icon = QRect(place.x(), place.y(), 24, place.height())
    word = place.adjusted(24, 0, 0, 0)
    for name, colour in ROLES.items():
        is_it = name == role
        assert bool(count_pixels(painted(panel, icon), colour)) is is_it, name
        assert bool(count_pixels(painted(panel, word), colour)) is is_it, name


def test_titles_stand_out_and_the_rest_stands_back() -> None:
    queue = ScriptedQueue(
        job("one", batch_id="b", seed=4711), job("two", batch_id="b"), job("six"), done_job("done")
    )
    panel = show_jobs_panel(queue)
    panel.resize(1200, 420)

    def behind_title(job_id: str) -> QImage:
        place = cell(panel, job_id, JobColumn.JOB)
        return painted(panel, place.adjusted(place.height() + 60, 4, 0, -4))

    assert count_pixels(painted(panel, cell(panel, "one", JobColumn.JOB)), LIGHT.text)
    assert count_pixels(behind_title("one"), LIGHT.muted), "the number in the batch"
    assert count_pixels(behind_title("one"), LIGHT.text) == 0
    assert count_pixels(behind_title("six"), LIGHT.muted) == 0
    assert count_pixels(painted(panel, cell(panel, "one", JobColumn.DEPLOYMENT)), LIGHT.text)
    assert count_pixels(painted(panel, cell(panel, "one", JobColumn.SEED)), LIGHT.muted)
    assert count_pixels(painted(panel, cell(panel, "one", JobColumn.SEED)), LIGHT.text) == 0
    time = painted(panel, cell(panel, "one", JobColumn.TIME))
    end = painted(panel, cell(panel, "done", JobColumn.TIME))
    assert count_pixels(time, LIGHT.text)
    assert count_pixels(end, LIGHT.text)
    # The edges of letters have such colours too.
    muted = count_pixels(end, LIGHT.muted)
    assert muted > 2 * count_pixels(time, LIGHT.muted), "the time of day"


def test_the_bar_gives_way_before_the_text_of_the_progress() -> None:
    queue = ScriptedQueue(job("one", JobState.SENDING, body_bytes=4_000_000, sent_bytes=2_000_000))
    panel = show_jobs_panel(queue)

    def bar(role: str) -> int:
        return count_pixels(painted(panel, cell(panel, "one", JobColumn.PROGRESS)), role)

    panel.resize(1200, 420)
    assert bar(LIGHT.accent) > 100, "the half that is sent"
    panel.resize(720, 420)
    assert not panel.table.isColumnHidden(JobColumn.PROGRESS)
    assert bar(LIGHT.accent) == 0


def test_what_has_no_picture_is_shown_by_the_icon_of_its_kind() -> None:
    panel = show_jobs_panel(ScriptedQueue(done_job("sound", SOUND), job("waits")))

    def middle(job_id: str) -> QImage:
        place = cell(panel, job_id, JobColumn.JOB)
        return painted(
            panel, QRect(place.x() + 10, place.y() + 4, place.height(), place.height() - 8)
        )

    assert count_pixels(middle("sound"), LIGHT.muted)
    assert count_pixels(middle("sound"), LIGHT.text) == 0
    assert count_pixels(middle("waits"), LIGHT.muted) == 0


def test_the_row_that_is_meant_is_seen_with_and_without_the_keyboard() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one"), job("two")))
    click_row(panel, "one")

    def background(job_id: str) -> QImage:
        place = cell(panel, job_id, JobColumn.TIME)
        return painted(
            panel, QRect(place.topRight() - QPoint(4, -6), place.topRight() - QPoint(4, -6))
        )

    def edge(job_id: str) -> QImage:
        place = cell(panel, job_id, JobColumn.STATE)
        return painted(panel, QRect(place.x(), place.y(), place.width(), 3))

    panel.table.setFocus()
    assert count_pixels(background("one"), LIGHT.accent_soft, 0) == 1
    assert count_pixels(background("two"), LIGHT.accent_soft, 0) == 0
    assert count_pixels(edge("one"), LIGHT.accent)
    assert count_pixels(edge("two"), LIGHT.accent) == 0
    panel.table.clearFocus()
    assert count_pixels(background("one"), LIGHT.accent_soft, 0) == 1
    assert count_pixels(edge("one"), LIGHT.accent) == 0


def test_the_row_shows_the_picture_of_its_result(tmp_path: Path) -> None:
    panel = show_jobs_panel(
        ScriptedQueue(done_job("one", output(picture(tmp_path, "a.png", colour="#ff0000"))))
    )
    place = panel.table.visualRect(panel.model.index(0, JobColumn.JOB))

    def red() -> bool:
        shot = panel.table.viewport().grab().toImage()
        return shot.pixelColor(place.x() + 14, place.y() + 8).name() == "#ff0000"

    wait_until(red)


def test_until_it_has_its_own_picture_the_row_shows_its_input_s_faintly(tmp_path: Path) -> None:
    picture(tmp_path, "in.png", colour="#ff0000")
    media = MediaFile("photo.png", "in.png", "1", "image/png", 9, 96, 64)
    waits = job("one", JobState.WAITING, changes={InputKey("1", "image"): media})
    panel = show_jobs_panel(ScriptedQueue(waits), media_folder=tmp_path)
    place = panel.table.visualRect(panel.model.index(0, JobColumn.JOB))

    def red_share() -> float:
        colour = panel.table.viewport().grab().toImage().pixelColor(place.x() + 14, place.y() + 8)
        # The background under the picture is nearly white.
        return 1 - colour.green() / 255

    wait_until(lambda: 0.35 < red_share() < 0.5)


@pytest.mark.parametrize("width", [600, 700, 1000])
def test_where_there_is_little_room_the_place_in_the_queue_is_still_said(width: int) -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one", state=JobState.QUEUED, queue_position=18)))
    panel.resize(width, 300)
    process_events()
    cell = panel.model.index(0, JobColumn.STATE)
    area = panel.table.visualRect(cell)
    assert not is_elided(area, JobColumn.STATE, "Queued · position 18", panel.table.font())


def test_where_there_is_much_room_every_fixed_text_of_a_state_fits() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("one")))
    panel.resize(1440, 300)
    process_events()
    area = panel.table.visualRect(panel.model.index(0, JobColumn.STATE))
    for text in ("Waiting for a free place", "No longer known to the server"):
        assert not is_elided(area, JobColumn.STATE, text, panel.table.font())
