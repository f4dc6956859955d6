"""The output panel, operated as by a user: pictures, texts, cards, facts, saving."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import (
    QColorSpace,
    QContextMenuEvent,
    QDesktopServices,
    QGuiApplication,
    QImage,
)
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.images.safe_image_reader import SafeImageReader, set_up_qt
from runcomfy_desktop.ui.results.file_actions import may_open
from runcomfy_desktop.ui.results.outputs_model import OutputsModel
from runcomfy_desktop.ui.results.panel import OutputPanel
from runcomfy_desktop.ui.results.picture_view import PictureView
from runcomfy_desktop.ui.results.result_view import MAX_TEXT_LINE_CHARS
from runcomfy_desktop.ui.style.theme import colours
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S
from tests.gui.support.output_menu import (
    choose_in_output_menu,
    open_output_menu,
    output_menu_entries,
)
from tests.gui.support.scripted_queue import (
    ScriptedQueue,
    animation,
    done_job,
    job,
    output,
    picture,
)
from tests.gui.support.user_input import find, key, press, process_events, show, wait_until
from tests.support.clocks import FakeClock, SteppingClock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("qapp")


def panel_on(
    queue: ScriptedQueue, job_id: str = "one", clock: FakeClock | None = None
) -> OutputPanel:
    """Shows the panel, with its dialogs inside it."""
    scope = SessionScope(QWidget())
    panel = OutputPanel(scope, queue.as_queue(), now=clock or SteppingClock())
    scope.dialog_parent.setParent(panel)
    show(panel, 400, 760)
    panel.show_job(job_id)
    process_events()
    return panel


def shows_picture(panel: OutputPanel, path: str) -> bool:
    shown = panel.result_view.picture_view.picture
    return panel.result_view.currentWidget() is panel.result_view.picture_view and (
        shown is not None and shown.path == path and not shown.is_thumbnail
    )


class _DesktopStub(QObject):
    """Replaces the desktop's way to open files."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def handle(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.fixture
def desktop() -> Iterator[_DesktopStub]:
    stand_in = _DesktopStub()
    # The type stubs require bytes, but the function itself takes only str.
    QDesktopServices.setUrlHandler("file", stand_in, "handle")  # type: ignore[arg-type]
    yield stand_in
    QDesktopServices.unsetUrlHandler("file")


# Display


def test_nothing_chosen_says_how_to_begin() -> None:
    panel = panel_on(ScriptedQueue(), "")
    empty = find(panel, EmptyState, "empty_state")
    assert empty.isVisible()
    assert "press Run" in empty.text()
    assert not panel.properties.isVisible()
    assert not panel.actions_row.isVisible()


def test_a_picture_is_read_and_its_facts_stand_below(tmp_path: Path) -> None:
    path = picture(tmp_path, "Blue_00001_.png", (640, 480))
    changes = {InputKey("6", "text"): "x", InputKey("31", "seed"): 7, InputKey("7", "text"): "y"}
    facts = {"seed": 20260202, "changes": changes, "request_id": "r-9"}
    panel = panel_on(ScriptedQueue(done_job("one", output(path), **facts)))
    wait_until(lambda: shows_picture(panel, path))
    size = Path(path).stat().st_size / 1024
    assert panel.properties.value("file") == f"Blue_00001_.png · 640 × 480 · {size:.0f} KB"
    assert panel.properties.value("seed") == "20260202"
    changed = panel.properties.value("changed").split("\n")
    assert changed == ["#6 · text x", "seed 7", "#7 · text y"]
    assert panel.properties.value("took") == "queue 0:21 · run 1:08"
    assert panel.properties.value("request_id") == "r-9"
    press(find(panel, QToolButton, "copy_request_id"))
    assert QGuiApplication.clipboard().text() == "r-9"
    assert panel.result_view.picture_view.accessibleName() == "Blue_00001_.png, Picture"


def test_a_colour_profile_other_than_srgb_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "a.png")
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    assert image.save(path)
    panel = panel_on(ScriptedQueue(done_job("one", output(path))))
    wait_until(lambda: shows_picture(panel, path))
    assert panel.properties.value("file").startswith("a.png · 64 × 48 · ")
    assert panel.properties.value("file").endswith(" · Display P3")


def test_a_film_plays_with_its_button(tmp_path: Path) -> None:
    path = animation(tmp_path, "a.webp")
    panel = panel_on(ScriptedQueue(done_job("one", output(path, OutputKind.ANIMATION))))
    wait_until(lambda: shows_picture(panel, path))
    press(find(panel, QToolButton, "play_pause"))
    assert not panel.result_view.picture_view.is_playing


def test_a_text_is_plain_and_can_be_copied() -> None:
    text = "<b>A bicycle</b>, now painted blue."
    made = Output("38:42", "text", OutputKind.TEXT, text=text)
    panel = panel_on(ScriptedQueue(done_job("one", made)))
    assert panel.result_view.currentWidget() is panel.result_view.text_view
    assert panel.result_view.text_view.toPlainText() == text
    choose_in_output_menu(panel, "copy_output_text")
    assert QGuiApplication.clipboard().text() == text
    assert not find(panel, QPushButton, "open_output").isEnabled()


def test_a_text_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Grüße\n" + "x" * 300_000, encoding="utf-8")
    panel = panel_on(ScriptedQueue(done_job("one", output(str(path), OutputKind.TEXT))))
    wait_until(lambda: panel.result_view.text_view.toPlainText().startswith("Grüße"))
    assert panel.result_view.text_view.toPlainText().endswith("…")


def test_a_text_of_one_endless_line_is_broken_for_the_eye_only() -> None:
    text = "x" * 300_000
    made = Output("5", "text", OutputKind.TEXT, text=text)
    panel = panel_on(ScriptedQueue(done_job("one", made)))
    lines = panel.result_view.text_view.toPlainText().split("\n")
    assert max(len(line) for line in lines) == MAX_TEXT_LINE_CHARS
    assert lines[-1] == "…"
    choose_in_output_menu(panel, "copy_output_text")
    assert QGuiApplication.clipboard().text() == text


def test_a_text_file_that_is_gone(tmp_path: Path) -> None:
    path = str(tmp_path / "a.txt")
    panel = panel_on(ScriptedQueue(done_job("one", output(path, OutputKind.TEXT))))
    wait_until(lambda: panel.result_view.currentWidget() is panel.result_view.file_card)
    assert "not there any more" in panel.result_view.file_card.text()


def test_other_kinds_are_a_card_that_opens_them(tmp_path: Path, desktop: _DesktopStub) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x" * 2048)
    made = output(str(path), OutputKind.VIDEO, size_bytes=2048)
    panel = panel_on(ScriptedQueue(done_job("one", made)))
    assert panel.result_view.file_card.text() == "clip.mp4\nVideo · 2 KB"
    press(find(panel, QPushButton, "card_open"))
    press(find(panel, QPushButton, "card_show_in_folder"))
    assert desktop.opened == [str(path), str(tmp_path)]


@pytest.mark.parametrize("name", ["setup.exe", "run.desktop", "page.html", "a.sh", "noending"])
def test_files_that_the_desktop_might_run_are_never_opened(
    tmp_path: Path, desktop: _DesktopStub, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x89PNG not really")
    assert not may_open(str(path))
    panel = panel_on(ScriptedQueue(done_job("one", output(str(path), OutputKind.OTHER))))
    opener = find(panel, QPushButton, "open_output")
    assert not opener.isEnabled()
    assert opener.toolTip() == "The program does not open files of this kind by itself."
    assert not find(panel, QPushButton, "card_open").isVisible()
    panel.filmstrip.doubleClicked.emit(panel.model.index(0))
    assert desktop.opened == []
    press(find(panel, QPushButton, "card_show_in_folder"))
    assert desktop.opened == [str(tmp_path)]


def test_a_picture_opens_in_the_person_s_own_program(tmp_path: Path, desktop: _DesktopStub) -> None:
    path = picture(tmp_path, "a.png")
    panel = panel_on(ScriptedQueue(done_job("one", output(path))))
    wait_until(lambda: shows_picture(panel, path))
    press(find(panel, QPushButton, "open_output"))
    choose_in_output_menu(panel, "show_output_in_folder")
    assert desktop.opened == [path, str(tmp_path)]


def test_the_focus_follows_what_takes_the_viewer_s_place(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    clip = output(str(tmp_path / "a.mp4"), OutputKind.VIDEO)
    panel = panel_on(ScriptedQueue(done_job("one", output(path), clip)))
    wait_until(lambda: shows_picture(panel, path))
    panel.result_view.picture_view.setFocus()
    key(panel.result_view, Qt.Key.Key_Right)
    assert find(panel, QPushButton, "card_open").hasFocus()


def test_a_broken_picture_is_a_card_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"<html>gone</html>")
    queue = ScriptedQueue(done_job("one", output(str(tmp_path / "a.png"))))
    panel = panel_on(queue)
    wait_until(lambda: panel.result_view.currentWidget() is panel.result_view.file_card)
    assert (
        panel.result_view.file_card.text()
        == "a.png\nThis program cannot show this kind of picture."
    )
    press(find(panel, QPushButton, "card_fetch_again"))
    assert queue.calls == [("fetch_again", "one", [str(tmp_path / "a.png")])]
    path = picture(tmp_path, "a.png")
    queue.put(done_job("one", output(path, version=1)))
    wait_until(lambda: shows_picture(panel, path))


def test_a_file_that_was_not_fetched_can_be_fetched_again(tmp_path: Path) -> None:
    lost = output("", filename="a.png", fault="The storage did not answer.")
    queue = ScriptedQueue(done_job("one", lost))
    panel = panel_on(queue)
    assert "The storage did not answer." in panel.result_view.file_card.text()
    press(find(panel, QPushButton, "card_fetch_again"))
    assert queue.calls == [("fetch_again", "one", [])]
    path = picture(tmp_path, "a.png")
    queue.put(done_job("one", replace(lost, path=path, fault="")))
    wait_until(lambda: shows_picture(panel, path))


def test_a_file_that_is_gone_after_seven_days_is_not_offered() -> None:
    lost = output("", filename="a.png", fault="The storage did not answer.")
    long_ago = done_job("one", lost, finished_s=time.time() - 7 * 24 * 3600 - 1)
    panel = panel_on(ScriptedQueue(long_ago))
    assert "The storage did not answer." in panel.result_view.file_card.text()
    assert not find(panel, QPushButton, "card_fetch_again").isVisible()
    assert "fetch_output_again" not in output_menu_entries(panel)


def test_a_damaged_file_says_so_and_is_fetched_again(tmp_path: Path, desktop: _DesktopStub) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"half a film")
    half = output(str(path), OutputKind.VIDEO, is_damaged=True)
    queue = ScriptedQueue(done_job("one", half))
    panel = panel_on(queue)
    assert panel.result_view.file_card.text().startswith(
        "clip.mp4\nRunComfy sent this file without its end"
    )
    assert panel.result_view.file_card.text().endswith("it costs nothing to fetch the file again.")
    assert panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == (
        "clip.mp4, Video, damaged, one"
    )
    press(find(panel, QPushButton, "card_open"))
    assert desktop.opened == [str(path)]
    press(find(panel, QPushButton, "card_fetch_again"))
    assert queue.calls == [("fetch_again", "one", [str(path)])]
    queue.put(done_job("one", replace(half, is_damaged=False, version=1)))
    assert panel.result_view.file_card.text() == "clip.mp4\nVideo"
    panel.filmstrip.grab()


def test_a_damaged_file_stays_so_after_seven_days(tmp_path: Path) -> None:
    half = output(str(tmp_path / "run.exe"), OutputKind.OTHER, is_damaged=True)
    long_ago = done_job("one", half, finished_s=time.time() - 7 * 24 * 3600 - 1)
    panel = panel_on(ScriptedQueue(long_ago))
    assert panel.result_view.file_card.text().endswith(
        "RunComfy keeps files for 7 days, and that time is over."
    )
    assert not find(panel, QPushButton, "card_fetch_again").isVisible()
    assert not find(panel, QPushButton, "card_open").isVisible()


def test_a_damaged_file_of_a_job_that_goes_on_is_not_said_to_be_lost(tmp_path: Path) -> None:
    half = output(str(tmp_path / "clip.mp4"), OutputKind.VIDEO, is_damaged=True)
    panel = panel_on(ScriptedQueue(job("one", JobState.FETCHING, outputs=(half,))))
    assert panel.result_view.file_card.text().endswith("several times in the same way.")
    assert not find(panel, QPushButton, "card_fetch_again").isVisible()


def test_every_file_can_be_fetched_again(tmp_path: Path) -> None:
    path, clip = picture(tmp_path, "a.png"), str(tmp_path / "a.mp4")
    text = Output("5", "text", OutputKind.TEXT, text="A bicycle.")
    queue = ScriptedQueue(done_job("one", output(path), output(clip, OutputKind.VIDEO), text))
    panel = panel_on(queue)
    wait_until(lambda: shows_picture(panel, path))
    choose_in_output_menu(panel, "fetch_output_again")
    panel.step(1)
    choose_in_output_menu(panel, "fetch_output_again")
    assert queue.calls == [("fetch_again", "one", [path]), ("fetch_again", "one", [clip])]
    panel.step(1)
    assert "fetch_output_again" not in output_menu_entries(panel), "a text is no file"


def test_files_of_a_job_that_goes_on_are_not_fetched_again(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    panel = panel_on(ScriptedQueue(job("one", JobState.FETCHING, outputs=(output(path),))))
    wait_until(lambda: shows_picture(panel, path))
    assert "fetch_output_again" not in output_menu_entries(panel)


def test_files_of_a_job_that_is_not_in_the_list_can_be_fetched_again(tmp_path: Path) -> None:
    path, queue = picture(tmp_path, "a.png"), ScriptedQueue()
    panel = panel_on(queue)
    older = done_job("one", output(path))
    panel.show_past_job(older)
    wait_until(lambda: shows_picture(panel, path))
    choose_in_output_menu(panel, "fetch_output_again")
    assert queue.calls == [("add_from_history", older), ("fetch_again", "one", [path])]


def test_a_picture_that_was_fetched_again_is_shown_as_it_is_now(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png", colour="#ff0000")
    shown = output(path)
    queue = ScriptedQueue(done_job("one", shown, replace(shown, filename="b.png")))
    panel = panel_on(queue)
    panel.step(1)
    wait_until(lambda: shows_picture(panel, path) and panel.thumbnails.get(path).pixmap)

    def corners() -> set[str]:
        pixmap = panel.thumbnails.get(path).pixmap
        assert pixmap is not None
        found = (pixmap.toImage(), panel.result_view.picture_view.pixmap().toImage())
        return {each.pixelColor(1, 1).name() for each in found}

    assert corners() == {"#ff0000"}
    # Files are replaced as downloads do it: a read at this time finds either picture.
    Path(picture(tmp_path, "fetched.png", (97, 64), colour="#0000ff")).replace(path)
    fresh = replace(shown, url=f"{shown.url}?signed", version=1)
    queue.put(done_job("one", fresh, replace(fresh, filename="b.png")))
    wait_until(lambda: corners() == {"#0000ff"})
    assert panel.filmstrip.currentIndex().row() == 1, "an address that was signed anew is no news"


def test_a_job_that_goes_on_shows_its_state_and_its_button() -> None:
    queue = ScriptedQueue(job("one", JobState.RUNNING, running_s=1.0))
    panel = panel_on(queue)
    assert panel.result_view.job_card.text().startswith("Running\none\nwaited")
    press(find(panel, QPushButton, "job_card_button"))
    assert queue.calls == [("cancel", "one")]
    queue.put(job("one", JobState.FAILED, reason="Out of memory.\nTake a smaller size."))
    process_events()
    assert "Take a smaller size." in panel.result_view.job_card.text()
    press(find(panel, QPushButton, "job_card_button"))
    assert panel.findChild(QWidget, "job_details") is not None


def test_a_double_click_on_cancel_does_not_run_the_job_again() -> None:
    queue, clock = ScriptedQueue(job("one", JobState.WAITING)), FakeClock()
    panel = panel_on(queue, clock=clock)
    button = find(panel, QPushButton, "job_card_button")
    clock.advance(QUIET_PERIOD_S)
    press(button)
    queue.put(job("one", JobState.CANCELLED))
    process_events()
    assert button.text() == "Run again"
    press(button)
    assert queue.calls == [("cancel", "one")]
    clock.advance(QUIET_PERIOD_S - 0.01)
    press(button)
    assert queue.calls == [("cancel", "one")]
    clock.advance(QUIET_PERIOD_S)
    press(button)
    assert queue.calls == [("cancel", "one"), ("run_again", "one")]


def test_a_result_takes_the_place_of_the_state(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    queue = ScriptedQueue(job("one", JobState.RUNNING))
    panel = panel_on(queue)
    queue.put(done_job("one", output("", filename="a.png")))
    process_events()
    assert panel.result_view.file_card.text() == "a.png\nFetching the file…"
    queue.put(done_job("one", output(path)))
    wait_until(lambda: shows_picture(panel, path))


# Filmstrip


def three(tmp_path: Path) -> tuple[ScriptedQueue, list[str]]:
    paths = [picture(tmp_path, f"{name}.png") for name in "abc"]
    preview = output(paths[0], is_preview=True)
    return ScriptedQueue(done_job("one", preview, output(paths[1]), output(paths[2]))), paths


def test_results_come_before_previews_and_keys_walk_them(tmp_path: Path) -> None:
    queue, paths = three(tmp_path)
    panel = panel_on(queue)
    wait_until(lambda: shows_picture(panel, paths[1]))
    assert panel.filmstrip.isVisible()
    panel.filmstrip.setFocus()
    key(panel.result_view, Qt.Key.Key_Right)
    wait_until(lambda: shows_picture(panel, paths[2]))
    key(panel.result_view, Qt.Key.Key_Right)
    wait_until(lambda: shows_picture(panel, paths[0]))
    assert panel.properties.value("file").endswith("Preview")
    panel.result_view.picture_view.setFocus()
    key(panel.result_view, Qt.Key.Key_Left)
    wait_until(lambda: shows_picture(panel, paths[2]))


def test_a_click_in_the_filmstrip_shows_that_output(tmp_path: Path) -> None:
    queue, paths = three(tmp_path)
    panel = panel_on(queue)
    index = panel.model.index(1)
    press(panel.filmstrip.viewport(), panel.filmstrip.visualRect(index).center())
    wait_until(lambda: shows_picture(panel, paths[2]))


def test_a_change_of_the_job_keeps_what_is_looked_at(tmp_path: Path) -> None:
    queue, paths = three(tmp_path)
    panel = panel_on(queue)
    panel.step(1)
    wait_until(lambda: shows_picture(panel, paths[2]))
    panel.result_view.picture_view.actual_size()
    queue.put(replace(queue.jobs["one"], technical="later"))
    process_events()
    assert shows_picture(panel, paths[2])
    assert (
        not panel.result_view.picture_view.is_fitted
        or panel.result_view.picture_view.zoom == pytest.approx(1.0)
    )


def test_every_film_frame_has_its_look(tmp_path: Path) -> None:
    good = output(picture(tmp_path, "a.png"))
    outputs = (
        good,
        replace(good, path="", filename="b.png"),
        replace(good, path="", fault="Gone.", filename="c.png"),
        replace(good, path=str(tmp_path / "nobody.png"), filename="d.png"),
        output(str(tmp_path / "a.mp4"), OutputKind.VIDEO),
        output(str(tmp_path / "b.mp4"), OutputKind.VIDEO, is_damaged=True),
    )
    panel = panel_on(ScriptedQueue(done_job("one", *outputs)))
    names = [
        panel.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)
        for row in range(panel.model.rowCount())
    ]
    assert names == [
        "a.png, Picture, one",
        "b.png, Picture, one",
        "c.png, Picture, not fetched, one",
        "d.png, Picture, one",
        "a.mp4, Video, one",
        "b.mp4, Video, damaged, one",
    ]
    wait_until(lambda: panel.thumbnails.get(str(tmp_path / "nobody.png")).error)
    strip, error_colour = panel.filmstrip, colours(panel.palette()).error
    shot, failed = strip.grab().toImage(), []
    for row in range(panel.model.rowCount()):
        cell = shot.copy(strip.visualRect(panel.model.index(row)))
        if any(
            cell.pixelColor(x, y).name() == error_colour
            for x in range(cell.width())
            for y in range(cell.height())
        ):
            failed.append(names[row][:5])
    assert failed == ["c.png", "d.png", "b.mp4"]
    assert "Gone." in panel.model.index(2).data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.logs_errors
def test_a_picture_whose_decoding_fails_is_told_in_the_viewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_reader: SafeImageReader, _size: object = None) -> None:
        raise MemoryError

    # The panel would read its first picture with the reader that fails.
    set_up_qt()
    monkeypatch.setattr(SafeImageReader, "read", fail)
    panel = panel_on(ScriptedQueue(done_job("one", output(picture(tmp_path, "a.png")))))
    card = panel.result_view.file_card
    wait_until(lambda: panel.result_view.currentWidget() is card)
    texts = [label.text() for label in card.findChildren(QLabel)]
    assert "This program cannot show this kind of picture." in texts


def test_a_picture_that_was_shown_before_is_there_at_once(tmp_path: Path) -> None:
    paths = [picture(tmp_path, f"{number}.png") for number in range(3)]
    panel = panel_on(ScriptedQueue(done_job("one", *map(output, paths))))
    wait_until(partial(shows_picture, panel, paths[0]))
    for path in paths[1:]:
        panel.step(1)
        wait_until(partial(shows_picture, panel, path))
    for path in reversed(paths[:-1]):
        panel.step(-1)
        assert shows_picture(panel, path)


def test_an_enlarged_thumbnail_is_shown_while_the_picture_is_read(tmp_path: Path) -> None:
    paths = [picture(tmp_path, "a.png"), str(tmp_path / "b.png")]
    halves = Image.new("RGB", (2000, 1000), "#ff0000")
    halves.paste("#0000ff", (1000, 0, 2000, 1000))
    halves.save(paths[1])
    panel = panel_on(ScriptedQueue(done_job("one", *map(output, paths))))
    view = panel.result_view.picture_view
    wait_until(lambda: panel.thumbnails.loaded(paths[1]) is not None)
    panel.step(1)
    # Nothing has been delivered from a thread since the step.
    assert view.picture is not None
    assert view.picture.is_thumbnail
    assert panel.properties.value("file").startswith("b.png · 2000 × 1000 · ")
    assert "menu_copy" not in viewer_menu(panel)
    shot, middle = view.grab().toImage(), QPoint(view.width() // 2, view.height() // 2)
    assert shot.pixelColor(middle - QPoint(50, 0)).name() == "#ff0000"
    assert shot.pixelColor(middle + QPoint(50, 0)).name() == "#0000ff"
    view.zoom_by(4)
    zoom = view.zoom
    wait_until(lambda: shows_picture(panel, paths[1]))
    assert view.zoom == zoom
    assert "menu_copy" in viewer_menu(panel)


def viewer_menu(panel: OutputPanel) -> list[str]:
    """Returns the names of the entries of the viewer's menu, without waiting for anything."""
    return [each.objectName() for each in panel.actions_row.menu().actions()]


def test_dragging_gives_the_files_themselves(tmp_path: Path) -> None:
    model = OutputsModel()
    path = picture(tmp_path, "ä b.png")
    made = done_job("one", output(path), output("", filename="x.png"))
    model.show_jobs({"one": made})
    data = model.mimeData([model.index(0), model.index(1)])
    assert [url.toLocalFile() for url in data.urls()] == [path]
    assert model.flags(model.index(0)) & Qt.ItemFlag.ItemIsDragEnabled
    assert not model.flags(model.index(1)) & Qt.ItemFlag.ItemIsDragEnabled
    assert model.supportedDragActions() == Qt.DropAction.CopyAction


# Actions


def save_dialog(panel: OutputPanel) -> QFileDialog:
    press(find(panel, QPushButton, "save_output_as"))
    return find(panel, QFileDialog, "save_output_dialog")


def choose(dialog: QFileDialog, path: Path) -> None:
    field = find(dialog, QLineEdit, "fileNameEdit")
    field.setText(str(path))
    buttons = dialog.findChildren(QPushButton)
    press(next(each for each in buttons if "Save" in each.text().replace("&", "")))


def test_save_as_copies_the_file(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    (tmp_path / "else").mkdir()
    panel = panel_on(ScriptedQueue(done_job("one", output(path))))
    dialog = save_dialog(panel)
    assert [Path(each).name for each in dialog.selectedFiles()] == ["a.png"]
    choose(dialog, tmp_path / "else" / "copy.png")
    wait_until(lambda: panel.actions_row.message() == "Saved as copy.png.")
    copied = tmp_path / "else" / "copy.png"
    assert copied.read_bytes() == Path(path).read_bytes()
    assert [each.name for each in (tmp_path / "else").iterdir()] == ["copy.png"]


def test_a_copy_that_fails_says_so_and_leaves_what_was_there(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    panel = panel_on(ScriptedQueue(done_job("one", output(path))))
    dialog = save_dialog(panel)
    Path(path).unlink()
    (tmp_path / "else").mkdir()
    target = tmp_path / "else" / "old.png"
    target.write_bytes(b"old")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    choose(dialog, target)
    wait_until(panel.actions_row.message)
    assert panel.actions_row.message() == "old.png could not be saved: No such file or directory"
    assert target.read_bytes() == b"old"
    assert [each.name for each in (tmp_path / "else").iterdir()] == ["old.png"]


def test_a_text_is_saved_as_a_text_file(tmp_path: Path) -> None:
    made = Output("5", "text", OutputKind.TEXT, text="Grüße")
    panel = panel_on(ScriptedQueue(done_job("one", made)))
    dialog = save_dialog(panel)
    assert [Path(each).name for each in dialog.selectedFiles()] == ["Text.txt"]
    choose(dialog, tmp_path / "words.txt")
    wait_until(panel.actions_row.message)
    assert (tmp_path / "words.txt").read_text(encoding="utf-8") == "Grüße"


def test_saving_warns_quietly_of_what_is_inside(tmp_path: Path) -> None:
    panel = panel_on(ScriptedQueue(done_job("one", output(picture(tmp_path, "a.png")))))
    assert "workflow" in find(panel, QPushButton, "save_output_as").toolTip()


def test_a_press_that_was_on_its_way_to_another_job_s_button_does_nothing() -> None:
    queue, clock = ScriptedQueue(done_job("one"), done_job("two")), FakeClock()
    panel = panel_on(queue, clock=clock)
    spy = QSignalSpy(panel.inputs_requested)
    button = find(panel, QPushButton, "use_these_inputs")
    clock.advance(QUIET_PERIOD_S)
    panel.show_job("two")
    process_events()
    press(button)
    button.setFocus()
    key(button, Qt.Key.Key_Space)
    assert spy.count() == 0
    clock.advance(QUIET_PERIOD_S)
    press(button)
    assert [spy.at(at) for at in range(spy.count())] == [["two"]]


def test_the_buttons_stay_in_one_line_at_their_places(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    text = Output("5", "text", OutputKind.TEXT, text="A bicycle.")
    panel = panel_on(ScriptedQueue(done_job("one", output(path), text), job("two")))
    wait_until(lambda: shows_picture(panel, path))
    names = ("open_output", "use_these_inputs", "save_output_as", "more_output_actions")
    buttons = [find(panel, QPushButton, name) for name in names]

    def places() -> list[QPoint]:
        process_events()
        assert all(button.isVisible() for button in buttons)
        return [button.mapTo(panel, QPoint(0, 0)) for button in buttons]

    before = places()
    panel.step(1)
    assert places() == before
    panel.actions_row.show_message("Saved as a text.txt, in a folder with a long name. " * 3)
    assert places() == before
    panel.show_job("two")
    assert places() == before
    assert [button.isEnabled() for button in buttons] == [False, True, False, True]


def test_what_does_not_fit_is_in_the_menu(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    panel = panel_on(ScriptedQueue(done_job("one", output(path))))
    wait_until(lambda: shows_picture(panel, path))
    height = panel.actions_row.height()
    assert "save_output_as" not in output_menu_entries(panel)
    panel.resize(320, 760)
    process_events()
    assert panel.width() == 320
    assert panel.actions_row.height() == height
    assert not find(panel, QPushButton, "save_output_as").isVisible()
    assert output_menu_entries(panel)[0] == "save_output_as"
    choose_in_output_menu(panel, "save_output_as")
    assert find(panel, QFileDialog, "save_output_dialog").isVisible()


def test_a_menu_of_another_job_s_output_closes(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    panel = panel_on(ScriptedQueue(done_job("one", output(path)), done_job("two")))
    wait_until(lambda: shows_picture(panel, path))
    menu = open_output_menu(panel)
    panel.show_job("one")
    assert menu.isVisible()
    panel.show_job("two")
    assert not menu.isVisible()


def test_a_press_for_the_menu_that_was_meant_for_another_job_does_nothing() -> None:
    queue, clock = ScriptedQueue(done_job("one"), done_job("two")), FakeClock()
    panel = panel_on(queue, clock=clock)
    clock.advance(QUIET_PERIOD_S)
    panel.show_job("two")
    process_events()
    press(find(panel, QPushButton, "more_output_actions"))
    assert panel.findChild(QMenu, "output_menu") is None


def test_the_inputs_of_a_job_can_be_asked_for() -> None:
    panel = panel_on(ScriptedQueue(job("one", JobState.RUNNING)))
    spy = QSignalSpy(panel.inputs_requested)
    press(find(panel, QPushButton, "use_these_inputs"))
    assert spy.at(0) == ["one"]


def test_the_viewer_s_menu_repeats_the_actions(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png", (64, 48))
    panel = panel_on(ScriptedQueue(done_job("one", output(path))))
    wait_until(lambda: shows_picture(panel, path))
    view = find(panel, PictureView, "picture_view")
    at = QPoint(50, 50)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
    QApplication.sendEvent(view, event)
    menu = find(panel, QMenu, "output_menu")
    copy = next(each for each in menu.actions() if each.objectName() == "menu_copy")
    menu.setActiveAction(copy)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().image().width() == 64
    wait_until(lambda: panel.findChild(QMenu, "output_menu") is None)
    QApplication.sendEvent(view, event)
    names = [each.objectName() for each in find(panel, QMenu, "output_menu").actions()]
    assert "menu_fetch_output_again" in names


# Sessions


def test_a_job_that_is_removed_leaves_the_panel_empty(tmp_path: Path) -> None:
    queue = ScriptedQueue(done_job("one", output(picture(tmp_path, "a.png"))))
    panel = panel_on(queue)
    queue.remove_job("one")
    process_events()
    assert panel.job_id == ""
    assert panel.result_view.currentWidget() is panel.result_view.empty_state


def test_after_the_end_of_the_session_the_panel_does_not_change(scope: SessionScope) -> None:
    queue = ScriptedQueue(job("one", JobState.RUNNING))
    panel = OutputPanel(scope, queue.as_queue())
    panel.show_job("one")
    scope.close()
    queue.put(job("one", JobState.FAILED))
    queue.send_queue.set_state(resumes_s=time.time() + 60)
    queue.remove_job("one")
    queue.loaded.publish(None)
    assert panel.job_id == "one"
    assert panel.result_view.job_card.text().startswith("Running\n")


def test_a_history_that_arrives_later_is_shown() -> None:
    queue = ScriptedQueue()
    panel = panel_on(queue)
    queue.load(job("one", JobState.RUNNING))
    assert panel.result_view.currentWidget() is panel.result_view.job_card
