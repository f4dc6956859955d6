"""Toasts: what they show, what their buttons do, when they go."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.ui.widgets.toast import MAX_TOASTS, Toast, ToastStack
from tests.gui.support.hands import find, key, press, settle, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INFO, WARNING, ERROR = NoticeLevel.INFO, NoticeLevel.WARNING, NoticeLevel.ERROR


@pytest.fixture
def stack() -> Iterator[ToastStack]:
    window = QMainWindow()
    centre = QWidget(window)
    window.setCentralWidget(centre)
    stack = ToastStack(centre)
    show(window, 700, 500)
    yield stack
    window.hide()


def tell(stack: ToastStack, notice: Notice) -> Toast:
    stack.tell(notice)
    settle()
    return stack.toasts[-1]


def shown(toast: Toast) -> list[str]:
    return [label.text() for label in toast.findChildren(QLabel) if label.isVisible()]


def assert_in_the_middle(stack: ToastStack) -> None:
    parent = stack.parentWidget()
    assert parent is not None
    assert abs(stack.geometry().center().x() - parent.rect().center().x()) <= 1
    assert 0 < parent.height() - stack.geometry().bottom() < 40


def run_out(toast: Toast) -> None:
    """What happens when its time is over and the pointer is elsewhere."""
    # Offscreen the pointer lies wherever an earlier test left it.
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    for timer in toast.findChildren(QTimer):
        timer.timeout.emit()
    settle()


def test_it_says_title_and_detail_in_the_middle_of_the_lower_edge(stack: ToastStack) -> None:
    toast = tell(stack, Notice(WARNING, "Not stored.", "The keyring is locked."))
    assert {"Not stored.", "The keyring is locked."} <= set(shown(toast))
    assert toast.accessibleName() == "Not stored. The keyring is locked."
    assert_in_the_middle(stack)


def test_it_stays_in_the_middle_when_the_window_grows(stack: ToastStack) -> None:
    tell(stack, Notice(WARNING, "Not stored."))
    stack.window().resize(900, 640)
    settle()
    assert_in_the_middle(stack)


def test_text_is_never_markup(stack: ToastStack) -> None:
    toast = tell(stack, Notice(ERROR, "<b>bold</b>", "<img src=x>"))
    labels = [each for each in toast.findChildren(QLabel) if each.text()]
    assert all(each.textFormat() is Qt.TextFormat.PlainText for each in labels)


def test_it_does_not_take_the_keyboard(stack: ToastStack) -> None:
    field = QPlainTextEdit(stack.parentWidget())
    field.show()
    field.setFocus()
    settle()
    tell(stack, Notice(ERROR, "Something went wrong."))
    assert field.hasFocus()


def test_details_unfold_and_can_be_copied(stack: ToastStack) -> None:
    toast = tell(stack, Notice(ERROR, "It failed.", "Try again.", "HTTP 500\nboom"))
    technical = find(toast, QPlainTextEdit, "toast_technical")
    assert not technical.isVisible()
    height = stack.height()
    press(find(toast, QPushButton, "toast_details"))
    assert technical.isVisible()
    assert technical.toPlainText() == "HTTP 500\nboom"
    assert stack.height() > height
    press(find(toast, QPushButton, "toast_copy"))
    assert QGuiApplication.clipboard().text() == "It failed.\nTry again.\nHTTP 500\nboom"
    press(find(toast, QPushButton, "toast_details"))
    assert stack.height() == height


def test_without_details_or_action_there_are_no_buttons_for_them(stack: ToastStack) -> None:
    toast = tell(stack, Notice(ERROR, "It failed."))
    assert [each for each in toast.findChildren(QPushButton) if each.isVisible()] == []


def test_the_action_runs_once_and_closes(stack: ToastStack) -> None:
    done: list[str] = []
    act: Callable[[], object] = lambda: done.append("done")  # noqa: E731
    toast = tell(stack, Notice(WARNING, "Look.", "", "", "Show && tell", act))
    press(find(toast, QPushButton, "toast_action"))
    assert done == ["done"]
    assert stack.toasts == ()
    assert not stack.isVisible()


def test_close_button_and_escape_close_it(stack: ToastStack) -> None:
    toast = tell(stack, Notice(ERROR, "One."))
    press(find(toast, QToolButton, "toast_close"))
    assert stack.toasts == ()
    toast = tell(stack, Notice(ERROR, "Two."))
    find(toast, QToolButton, "toast_close").setFocus()
    key(toast, Qt.Key.Key_Escape)
    assert stack.toasts == ()


def test_only_information_goes_by_itself(stack: ToastStack) -> None:
    for level, stays in ((INFO, False), (WARNING, True), (ERROR, True)):
        toast = tell(stack, Notice(level, f"{level.value}."))
        running = [timer for timer in toast.findChildren(QTimer) if timer.isActive()]
        assert bool(running) is not stays
    run_out(stack.toasts[0])
    assert [each.notice.level for each in stack.toasts] == [WARNING, ERROR]


def test_information_with_the_keyboard_in_it_stays(stack: ToastStack) -> None:
    toast = tell(stack, Notice(INFO, "Read me.", "", "", "Show", lambda: None))
    find(toast, QPushButton, "toast_action").setFocus()
    run_out(toast)
    assert stack.toasts == (toast,)


def test_the_same_notice_is_shown_once(stack: ToastStack) -> None:
    tell(stack, Notice(ERROR, "It failed.", "Again."))
    tell(stack, Notice(ERROR, "It failed.", "Again."))
    assert len(stack.toasts) == 1


def test_the_button_of_a_notice_that_is_told_again_means_the_newest(stack: ToastStack) -> None:
    done: list[str] = []
    for name in ("first", "second"):
        toast = tell(
            stack, Notice(INFO, "Saved.", action_text="Undo", action=partial(done.append, name))
        )
    assert len(stack.toasts) == 1
    press(find(toast, QPushButton, "toast_action"))
    assert done == ["second"]


def test_a_notice_with_a_button_is_another_than_one_without(stack: ToastStack) -> None:
    tell(stack, Notice(INFO, "Saved."))
    tell(stack, Notice(INFO, "Saved.", action_text="Undo", action=lambda: None))
    assert len(stack.toasts) == 2


def test_news_about_the_same_thing_take_the_place_of_the_old(stack: ToastStack) -> None:
    tell(stack, Notice(INFO, "a.json was converted.", about="conversion"))
    tell(stack, Notice(INFO, "Something else."))
    tell(stack, Notice(INFO, "b.json was converted.", about="conversion"))
    assert [each.notice.title for each in stack.toasts] == [
        "Something else.",
        "b.json was converted.",
    ]


def test_a_long_name_is_broken_and_not_cut_off(stack: ToastStack) -> None:
    toast = tell(stack, Notice(INFO, "fox__" + "example_workflow" * 8 + ".json was converted."))
    title = find(toast, QLabel, "toast_title")
    words = title.text().replace("\u200b", " ").split()
    widest = max(title.fontMetrics().horizontalAdvance(word) for word in words)
    assert widest < title.width()
    assert title.text().replace("\u200b", "") == toast.notice.title


def test_the_oldest_makes_room(stack: ToastStack) -> None:
    for number in range(MAX_TOASTS + 1):
        tell(stack, Notice(ERROR, f"Number {number}."))
    titles = [toast.notice.title for toast in stack.toasts]
    assert titles == [f"Number {number}." for number in range(1, MAX_TOASTS + 1)]
    assert stack.geometry().top() >= 0


def test_clear_takes_all_away(stack: ToastStack) -> None:
    tell(stack, Notice(ERROR, "One."))
    tell(stack, Notice(INFO, "Two."))
    stack.clear()
    settle()
    assert stack.toasts == ()
    assert not stack.isVisible()


def test_in_a_low_window_the_newest_stand_whole_and_the_others_wait(stack: ToastStack) -> None:
    words = "What happened, what it means for the job and the money, and what to do about it. " * 2
    for number in range(3):
        tell(stack, Notice(WARNING, f"Notice {number}", words))
    window = stack.window()
    window.resize(400, 200)
    settle()
    seen = [each for each in stack.toasts if each.isVisible()]
    assert seen
    assert stack.toasts[-1] in seen
    assert len(seen) < 3
    for each in seen:
        assert each.height() >= each.height_for(each.width())
        assert stack.rect().contains(each.geometry())
    press(find(stack.toasts[-1], QToolButton, "toast_close"))
    settle()
    assert stack.toasts[-1].isVisible(), "the next one comes forward"
    window.resize(700, 700)
    settle()
    assert all(each.isVisible() for each in stack.toasts)
