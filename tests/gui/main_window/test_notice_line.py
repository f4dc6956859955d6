"""The notice line: its display, its buttons, and when a notice disappears."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMainWindow,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.ui.main_window.notice_line import HEIGHT, MAX_NOTICES, NoticeLine
from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S
from tests.gui.support import user_input
from tests.gui.support.user_input import find, key, process_events, show
from tests.support.clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INFO, WARNING, ERROR = NoticeLevel.INFO, NoticeLevel.WARNING, NoticeLevel.ERROR


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def line(clock: FakeClock) -> Iterator[NoticeLine]:
    window = QMainWindow()
    centre = QWidget(window)
    column = QVBoxLayout(centre)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    line = NoticeLine(centre, clock)
    column.addWidget(QPlainTextEdit(centre), 1)
    column.addWidget(line)
    window.setCentralWidget(centre)
    show(window, 700, 500)
    yield line
    window.hide()


def add_notice(line: NoticeLine, notice: Notice) -> None:
    line.show_notice(notice)
    process_events()


def press(line: NoticeLine, clock: FakeClock, name: str) -> None:
    """Presses a button after it has been visible long enough."""
    clock.advance(QUIET_PERIOD_S)
    user_input.press(button(line, name))


def titles(line: NoticeLine) -> list[str]:
    return [each.title for each in line.notices]


def shown(line: NoticeLine) -> list[str]:
    return [label.text() for label in line.findChildren(QLabel) if label.isVisible()]


def button(line: NoticeLine, name: str) -> QAbstractButton:
    return find(line, QAbstractButton, f"notice_{name}")


def leave(line: NoticeLine) -> None:
    # Offscreen, the pointer is wherever an earlier test left it.
    QApplication.sendEvent(line, QEvent(QEvent.Type.Leave))


def run_out(line: NoticeLine) -> None:
    """Lets the display time run out, with the pointer elsewhere."""
    leave(line)
    for timer in line.findChildren(QTimer):
        timer.timeout.emit()
    process_events()


def is_alive(line: NoticeLine) -> bool:
    return any(timer.isActive() for timer in line.findChildren(QTimer))


def test_it_says_title_and_detail_on_one_line_below_the_inputs(line: NoticeLine) -> None:
    add_notice(line, Notice(WARNING, "Not stored.", "The keyring is locked."))
    assert {"Not stored.", "The keyring is locked."} <= set(shown(line))
    assert line.accessibleName() == "Not stored. The keyring is locked."
    assert line.height() == HEIGHT
    centre = line.parentWidget()
    assert centre is not None
    field = find(centre, QPlainTextEdit, "")
    assert field.geometry().bottom() < line.geometry().top(), "nothing that is edited is covered"
    assert line.geometry().bottom() == centre.rect().bottom()


@pytest.mark.parametrize(
    ("title", "detail"),
    [
        ("Saved.", ""),
        ("This cannot run yet.", "flux-kontext is disabled, so it would refuse the run."),
        ("No program could open this place.", "/home/ada/Pictures/RunComfy/2026-12"),
        ("“Night scene” applied: 3 changes, 1 seed mode.", "4 inputs were pinned."),
    ],
)
def test_on_one_line_all_of_it_is_seen(line: NoticeLine, title: str, detail: str) -> None:
    line.window().resize(1100, 500)
    for width in (1100, 400, 1100):
        line.window().resize(width, 500)
        add_notice(line, Notice(INFO, title, detail, action_text="Undo", action=lambda: None))
    area = find(line, QScrollArea, "notice_scroll")
    assert line.height() == HEIGHT
    for label in area.findChildren(QLabel):
        if label.text():
            assert label.heightForWidth(label.width()) <= label.height()
            assert label.visibleRegion().boundingRect() == label.rect()


@pytest.mark.parametrize("width", [420, 700, 1100])
def test_all_of_a_long_text_can_be_read_at_each_width(line: NoticeLine, width: int) -> None:
    words = "What happened, what it means for the job and the money, and what to do about it. "
    add_notice(
        line, Notice(ERROR, "The job could not be sent.", words * 2, action_text="Try again")
    )
    for wide in (1400, width):
        line.window().resize(wide, 500)
        process_events()
    assert line.width() == width, "it never keeps the window from becoming narrower"
    area = find(line, QScrollArea, "notice_scroll")
    for name in ("notice_title", "notice_detail"):
        label = find(line, QLabel, name)
        assert label.height() >= label.heightForWidth(label.width())
        area.ensureWidgetVisible(label)
        assert not label.visibleRegion().isEmpty()
    action = button(line, "action")
    assert action.visibleRegion().boundingRect() == action.rect()
    leave(line)
    add_notice(line, Notice(INFO, "Saved."))
    process_events()
    assert line.height() == HEIGHT, "the next one takes no more room than it needs"


def test_in_a_low_window_the_longest_text_leaves_room_for_the_inputs(
    line: NoticeLine, clock: FakeClock
) -> None:
    line.window().resize(420, 300)
    add_notice(line, Notice(ERROR, "It failed.", "Many words. " * 200, "HTTP 500\n" * 50))
    press(line, clock, "details")
    process_events()
    field = line.window().findChild(QPlainTextEdit)
    assert field is not None
    assert field.height() > 60
    area = find(line, QScrollArea, "notice_scroll")
    assert area.verticalScrollBar().isVisible(), "the rest is a turn of the wheel away"


def test_text_is_never_markup(line: NoticeLine) -> None:
    add_notice(line, Notice(ERROR, "<b>bold</b>", "<img src=x>"))
    labels = [each for each in line.findChildren(QLabel) if each.text()]
    assert all(each.textFormat() is Qt.TextFormat.PlainText for each in labels)


def test_it_does_not_take_the_keyboard(line: NoticeLine) -> None:
    field = line.window().findChild(QPlainTextEdit)
    assert field is not None
    field.setFocus()
    add_notice(line, Notice(ERROR, "Something went wrong."))
    assert field.hasFocus()


def test_details_unfold_and_can_be_copied(line: NoticeLine, clock: FakeClock) -> None:
    add_notice(line, Notice(ERROR, "It failed.", "Try again.", "HTTP 500\nboom"))
    technical = find(line, QPlainTextEdit, "notice_technical")
    assert not technical.isVisible()
    height = line.height()
    press(line, clock, "details")
    assert technical.isVisible()
    assert technical.toPlainText() == "HTTP 500\nboom"
    assert line.height() > height
    press(line, clock, "copy")
    assert QGuiApplication.clipboard().text() == "It failed.\nTry again.\nHTTP 500\nboom"
    press(line, clock, "details")
    process_events()
    assert line.height() == height


def test_without_details_or_action_there_are_no_buttons_for_them(line: NoticeLine) -> None:
    add_notice(line, Notice(ERROR, "It failed."))
    seen = [each for each in line.findChildren(QAbstractButton) if each.isVisible()]
    assert seen == [button(line, "close")]


def test_the_action_runs_once_and_closes(line: NoticeLine, clock: FakeClock) -> None:
    done: list[str] = []
    act: Callable[[], object] = lambda: done.append("done")  # noqa: E731
    add_notice(line, Notice(WARNING, "Look.", "", "", "Show & tell", act))
    assert button(line, "action").accessibleName() == "Show & tell"
    press(line, clock, "action")
    assert done == ["done"]
    assert line.notices == ()
    assert not line.isVisible()


def test_close_button_and_escape_close_it(line: NoticeLine, clock: FakeClock) -> None:
    add_notice(line, Notice(ERROR, "One."))
    press(line, clock, "close")
    assert line.notices == ()
    add_notice(line, Notice(ERROR, "Two."))
    button(line, "close").setFocus()
    key(line, Qt.Key.Key_Escape)
    assert line.notices == ()


@pytest.mark.parametrize(
    ("notice", "goes"),
    [
        (Notice(INFO, "Saved."), True),
        (Notice(INFO, "Deleted.", action_text="Undo"), True),
        (Notice(INFO, "Fetched.", technical="two of them"), False),
        (Notice(WARNING, "The key is not stored.", "The keyring is locked."), True),
        (Notice(WARNING, "2 jobs are held.", action_text="Send them"), False),
        (Notice(ERROR, "It failed."), False),
    ],
)
def test_what_needs_no_answer_goes_by_itself(
    line: NoticeLine, notice: Notice, *, goes: bool
) -> None:
    add_notice(line, notice)
    assert is_alive(line) is goes
    if goes:
        run_out(line)
        assert line.notices == ()
        assert not line.isVisible()


def test_a_notice_with_the_keyboard_in_it_stays(line: NoticeLine) -> None:
    add_notice(line, Notice(INFO, "Read me.", "", "", "Show", lambda: None))
    button(line, "action").setFocus()
    run_out(line)
    assert titles(line) == ["Read me."]
    assert is_alive(line)


def test_a_notice_that_came_while_the_user_was_elsewhere_stays(line: NoticeLine) -> None:
    other = QMainWindow()
    show(other, 200, 200)
    assert not line.isActiveWindow()
    add_notice(line, Notice(INFO, "Fetched."))
    run_out(line)
    assert titles(line) == ["Fetched."]
    other.hide()
    line.window().activateWindow()
    process_events()
    run_out(line)
    assert line.notices == ()


def test_the_newest_is_in_view_and_the_others_wait_behind_it(
    line: NoticeLine, clock: FakeClock
) -> None:
    for title in ("One.", "Two.", "Three."):
        leave(line)
        add_notice(line, Notice(ERROR, title))
    assert "Three." in shown(line)
    assert button(line, "next").text() == "2 more"
    press(line, clock, "next")
    assert "Two." in shown(line)
    press(line, clock, "close")
    process_events()
    assert "One." in shown(line)
    assert button(line, "next").text() == "1 more"
    press(line, clock, "next")
    assert "Three." in shown(line)


def test_what_the_user_is_about_to_press_is_not_exchanged(
    line: NoticeLine, clock: FakeClock
) -> None:
    done: list[str] = []
    add_notice(
        line, Notice(INFO, "Deleted.", action_text="Undo", action=partial(done.append, "undo"))
    )
    button(line, "action").setFocus()
    add_notice(
        line, Notice(WARNING, "Held.", action_text="Send", action=partial(done.append, "send"))
    )
    assert "Deleted." in shown(line)
    assert button(line, "next").text() == "1 more"
    clock.advance(QUIET_PERIOD_S)
    key(button(line, "action"), Qt.Key.Key_Space)
    assert done == ["undo"]
    assert "Held." in shown(line)


def test_a_double_click_presses_no_button_of_the_next_notice(
    line: NoticeLine, clock: FakeClock
) -> None:
    done: list[str] = []
    add_notice(
        line, Notice(WARNING, "Held.", action_text="Send", action=partial(done.append, "send"))
    )
    leave(line)
    add_notice(
        line, Notice(INFO, "Deleted.", action_text="Undo", action=partial(done.append, "undo"))
    )
    press(line, clock, "action")
    assert "Held." in shown(line)
    for _time in range(20):
        clock.advance(0.1)
        user_input.press(button(line, "action"))
        user_input.press(button(line, "close"))
    assert done == ["undo"], "whoever presses without reading sends nothing"
    assert titles(line) == ["Held."]
    press(line, clock, "action")
    assert done == ["undo", "send"]


def test_the_answer_to_a_press_is_in_front(line: NoticeLine, clock: FakeClock) -> None:
    def undo() -> None:
        line.show_notice(Notice(INFO, "Not undone."))

    add_notice(line, Notice(ERROR, "Broken."))
    leave(line)
    add_notice(line, Notice(INFO, "Deleted.", action_text="Undo", action=undo))
    button(line, "action").setFocus()
    clock.advance(QUIET_PERIOD_S)
    key(button(line, "action"), Qt.Key.Key_Space)
    assert "Not undone." in shown(line)
    assert titles(line) == ["Broken.", "Not undone."]


def test_the_same_notice_is_shown_once(line: NoticeLine) -> None:
    left: list[Notice] = []
    line.removed.connect(left.append)
    add_notice(line, Notice(ERROR, "It failed.", "Again."))
    add_notice(line, Notice(ERROR, "It failed.", "Again."))
    assert len(line.notices) == 1
    assert left == []


def test_the_button_of_a_notice_that_is_told_again_means_the_newest(
    line: NoticeLine, clock: FakeClock
) -> None:
    done: list[str] = []
    for name in ("first", "second"):
        act = partial(done.append, name)
        add_notice(line, Notice(INFO, "Saved.", action_text="Undo", action=act))
    assert len(line.notices) == 1
    press(line, clock, "action")
    assert done == ["second"]


def test_a_notice_with_a_button_is_another_than_one_without(line: NoticeLine) -> None:
    add_notice(line, Notice(INFO, "Saved."))
    add_notice(line, Notice(INFO, "Saved.", action_text="Undo", action=lambda: None))
    assert len(line.notices) == 2


def test_news_about_the_same_thing_take_the_place_of_the_old(line: NoticeLine) -> None:
    left: list[Notice] = []
    line.removed.connect(left.append)
    add_notice(line, Notice(INFO, "a.json was converted.", subject="conversion"))
    add_notice(line, Notice(INFO, "Something else."))
    add_notice(line, Notice(INFO, "b.json was converted.", subject="conversion"))
    assert titles(line) == ["Something else.", "b.json was converted."]
    assert [each.title for each in left] == ["a.json was converted."]


def test_what_is_no_longer_true_is_taken_back_wherever_it_stands(line: NoticeLine) -> None:
    for title in ("One.", "Two.", "Three."):
        add_notice(line, Notice(ERROR, title, subject=title))
    line.withdraw("One.")
    line.withdraw(about="Three.")
    process_events()
    assert titles(line) == ["Two."]
    assert "Two." in shown(line)
    assert not button(line, "next").isVisible()


def test_a_long_name_is_broken_and_not_cut_off(line: NoticeLine) -> None:
    name = "fox__" + "example_workflow" * 8 + ".json was converted."
    add_notice(line, Notice(INFO, name))
    title = find(line, QLabel, "notice_title")
    words = title.text().replace("\u200b", " ").split()
    widest = max(title.fontMetrics().horizontalAdvance(word) for word in words)
    assert widest < title.width()
    assert title.text().replace("\u200b", "") == name


def test_the_oldest_without_a_button_makes_room(line: NoticeLine) -> None:
    left: list[Notice] = []
    line.removed.connect(left.append)
    add_notice(line, Notice(ERROR, "Held.", action_text="Send", action=lambda: None))
    for number in range(MAX_NOTICES):
        leave(line)
        add_notice(line, Notice(ERROR, f"Number {number}."))
    assert titles(line) == ["Held.", *(f"Number {number}." for number in range(1, MAX_NOTICES))]
    assert [each.title for each in left] == ["Number 0."]


def test_an_error_is_not_pushed_out_by_what_goes_by_itself(line: NoticeLine) -> None:
    add_notice(line, Notice(ERROR, "Note its request ID."))
    for number in range(MAX_NOTICES + 2):
        leave(line)
        add_notice(
            line, Notice(INFO, f"Fetched {number}.", action_text="Show", action=lambda: None)
        )
    assert "Note its request ID." in titles(line)


def test_equal_words_about_two_things_are_two_notices(line: NoticeLine) -> None:
    done: list[str] = []
    for name in ("first", "second"):
        act = partial(done.append, name)
        add_notice(line, Notice(INFO, "Deleted.", action_text="Undo", action=act, subject=name))
        leave(line)
    assert len(line.notices) == 2


def test_clear_takes_all_away(line: NoticeLine) -> None:
    add_notice(line, Notice(ERROR, "One."))
    add_notice(line, Notice(INFO, "Two."))
    line.clear()
    process_events()
    assert line.notices == ()
    assert not line.isVisible()
