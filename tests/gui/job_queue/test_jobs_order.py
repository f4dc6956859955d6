"""The order of the rows: by each column, in both directions, while jobs change."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy
from PySide6.QtWidgets import QApplication, QMenu, QToolButton

from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.ui.job_queue.column_layout import HiddenColumns, hidden_from_stored
from runcomfy_desktop.ui.job_queue.jobs_model import (
    MAX_IMMEDIATE_CHANGES,
    JobColumn,
    JobRole,
    JobsModel,
)
from runcomfy_desktop.ui.job_queue.sort_order import (
    SORT_ORDERS,
    JobSortKey,
    JobSortOrder,
    order_from_stored,
    sort_rank,
    sorted_ids,
)
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter
from runcomfy_desktop.ui.style.theme import apply
from tests.gui.support.jobs_panel import choose_entry, show_jobs_panel
from tests.gui.support.scripted_queue import ScriptedBudget, ScriptedQueue, done_job, job
from tests.gui.support.user_input import find, key, press, process_events, wait_until
from tests.support.job_factory import make_job
from tests.support.soak import share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.job_queue.panel import JobsPanel

pytestmark = pytest.mark.usefixtures("qapp")
S = JobState


def model_on(
    scope: SessionScope, queue: ScriptedQueue, should_freeze: Callable[[], bool] = lambda: False
) -> JobsModel:
    model = JobsModel(scope, queue.as_queue(), should_freeze=should_freeze)
    model.set_job_filter(JobFilter.ALL)
    return model


def ids(model: QAbstractItemModel) -> list[str]:
    return [str(model.index(row, 0).data(JobRole.JOB_ID)) for row in range(model.rowCount())]


def expected(queue: ScriptedQueue, order: JobSortOrder, group: JobFilter) -> list[str]:
    """Returns the expected ids, by the simplest means: a plain sort by rank."""
    places = {job_id: place for place, job_id in enumerate(queue.jobs)}
    jobs = [each for each in queue.jobs.values() if group.has(each, 0.0)]
    jobs.sort(key=lambda each: sort_rank(order, each, places[each.job_id]))
    return [each.job_id for each in jobs]


def test_what_is_at_work_is_on_top_then_what_waits_then_the_newest_end(scope: SessionScope) -> None:
    queue = ScriptedQueue(
        job("old", S.DONE, finished_s=200.0),
        job("second", S.WAITING, order=2.0),
        job("ran-late", S.RUNNING, sent_s=120.0),
        job("new", S.FAILED, finished_s=300.0),
        job("first", S.WAITING, order=1.0),
        job("held", S.HELD, order=1.5, hold=HoldReason.OFFLINE),
        job("fetches", S.FETCHING, sent_s=100.0),
        job("queued", S.QUEUED, sent_s=140.0),
        job("sends", S.SENDING, sent_s=150.0),
        job("unknown", S.UNCERTAIN, sent_s=130.0),
        job("gone", S.CANCELLED, created_s=250.0),
    )
    model = model_on(scope, queue)
    assert ids(model) == [
        *("fetches", "ran-late"),
        *("unknown", "queued", "sends"),
        *("first", "held", "second"),
        *("new", "gone", "old"),
    ]


def test_a_job_that_starts_to_run_moves_up(scope: SessionScope) -> None:
    queue = ScriptedQueue(
        job("one", sent_s=100.0), job("two", sent_s=110.0), job("waits", S.WAITING)
    )
    model = model_on(scope, queue)
    assert ids(model) == ["one", "two", "waits"]
    queue.put(job("two", S.RUNNING, sent_s=110.0))
    assert ids(model) == ["two", "one", "waits"]
    queue.put(job("two", S.DONE, sent_s=110.0, finished_s=170.0))
    assert ids(model) == ["one", "waits", "two"]


def test_sorted_by_time_the_newest_is_on_top_whatever_its_state(scope: SessionScope) -> None:
    queue = ScriptedQueue(job("old", S.RUNNING), job("mid", S.WAITING), job("new", S.DONE))
    model = model_on(scope, queue)
    model.set_sort_order(JobSortOrder(JobSortKey.TIME, is_descending=True))
    assert ids(model) == ["new", "mid", "old"]
    model.set_sort_order(JobSortOrder(JobSortKey.TIME, is_descending=False))
    assert ids(model) == ["old", "mid", "new"]


@pytest.mark.parametrize(
    ("key", "field"), [(JobSortKey.SEED, "seed"), (JobSortKey.COST, "cost_usd")]
)
def test_jobs_without_a_number_come_last_in_both_directions(
    scope: SessionScope, key: JobSortKey, field: str
) -> None:
    low: dict[str, Any] = {field: 3}
    high: dict[str, Any] = {field: 2**63}
    queue = ScriptedQueue(job("none"), job("low", **low), job("high", **high))
    model = model_on(scope, queue)
    model.set_sort_order(JobSortOrder(key, is_descending=False))
    assert ids(model) == ["low", "high", "none"]
    model.set_sort_order(JobSortOrder(key, is_descending=True))
    assert ids(model) == ["high", "low", "none"]


def test_words_are_sorted_as_one_reads_them(scope: SessionScope) -> None:
    titles = ("b", "A", "ab", "Ä", "a", "B b")
    queue = ScriptedQueue(*(job(f"j{n}", title=title) for n, title in enumerate(titles)))
    model = model_on(scope, queue)
    model.set_sort_order(JobSortOrder(JobSortKey.JOB, is_descending=False))
    up = [model.index(row, JobColumn.JOB).data() for row in range(model.rowCount())]
    assert up == ["A", "a", "ab", "b", "B b", "Ä"]
    model.set_sort_order(JobSortOrder(JobSortKey.JOB, is_descending=True))
    down = [model.index(row, JobColumn.JOB).data() for row in range(model.rowCount())]
    assert down == ["Ä", "B b", "b", "ab", "A", "a"]


def test_the_state_s_order_begins_with_what_needs_the_person(scope: SessionScope) -> None:
    queue = ScriptedQueue(*(job(state.value, state) for state in S))
    model = model_on(scope, queue)
    model.set_sort_order(JobSortOrder(JobSortKey.STATE, is_descending=False))
    assert ids(model)[:3] == ["uncertain", "held", "running"]
    assert ids(model)[-1] == "done"


@pytest.mark.soak
@pytest.mark.parametrize("order", SORT_ORDERS, ids=lambda order: order.stored_text)
@pytest.mark.parametrize("group", [JobFilter.ALL, JobFilter.ACTIVE, JobFilter.HELD])
@pytest.mark.parametrize("seed", range(share(1, 10)))
def test_rows_stay_in_order_whatever_happens(
    scope: SessionScope, order: JobSortOrder, group: JobFilter, seed: int
) -> None:
    """Many changes at once and a few single ones; Qt's model tester checks every signal."""
    chance = random.Random(seed)
    queue = ScriptedQueue(*(_made(chance, f"j{number}") for number in range(40)))
    model = model_on(scope, queue)
    _tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_job_filter(group)
    model.set_sort_order(order)
    assert ids(model) == expected(queue, order, group)
    for round_ in range(6):
        for step in range(chance.choice((1, 3, 40))):
            _happen(chance, queue, f"new-{round_}-{step}")
        _wait_until_shown(model, expected(queue, order, group))


@pytest.mark.parametrize("order", SORT_ORDERS, ids=lambda order: order.stored_text)
@pytest.mark.parametrize("group", [JobFilter.ALL, JobFilter.ACTIVE])
def test_rows_that_kept_still_are_in_order_again_once_they_may_move(
    scope: SessionScope, order: JobSortOrder, group: JobFilter
) -> None:
    """Jobs change and are removed under a pointer; the user's own runs update everything."""
    chance, is_frozen = random.Random(order.stored_text), Event()
    queue = ScriptedQueue(*(_made(chance, f"j{number}") for number in range(40)))
    model = model_on(scope, queue, is_frozen.is_set)
    _tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_job_filter(group)
    model.set_sort_order(order)
    for round_ in range(6):
        wait_until(lambda: {each.job_id: each for each in model.jobs()} == queue.jobs)
        before = ids(model)
        is_frozen.set()
        for job_id in chance.sample(list(queue.jobs), 12):
            old = queue.jobs[job_id]
            queue.put(replace(old, state=chance.choice((S.DONE, S.FAILED, S.RUNNING)), hold=None))
        queue.remove_job(chance.choice(list(queue.jobs)))
        wait_until(lambda: all(model.job(each) == job for each, job in queue.jobs.items()))
        assert ids(model) == before
        if round_ % 2:
            queue.put(_made(chance, f"new-{round_}"))
        is_frozen.clear()
        model.unfreeze_rows()
        _wait_until_shown(model, expected(queue, order, group))


def test_a_row_that_the_user_removed_once_keeps_still_like_others_when_it_is_back(
    scope: SessionScope,
) -> None:
    queue, is_frozen = ScriptedQueue(*(make_job(S.DONE, job_id=each) for each in "abc")), Event()
    model = model_on(scope, queue, is_frozen.is_set)
    before, job = ids(model), queue.jobs["a"]
    model.expect_removal(["a"])
    queue.remove_job("a")
    wait_until(lambda: model.rowCount() == 2)
    queue.put(job)
    wait_until(lambda: model.rowCount() == 3)
    order = ids(model)
    assert sorted(order) == sorted(before)
    is_frozen.set()
    received: list[object] = []
    model.counts_changed.connect(lambda: received.append(None))
    # Removed by another program, not by the user.
    queue.remove_job("a")
    wait_until(lambda: received)
    assert ids(model) == order
    model.expect_removal(["b"])
    queue.remove_job("b")
    wait_until(lambda: ids(model) == ["c"])


def _wait_until_shown(model: JobsModel, wanted: list[str]) -> None:
    wait_until(lambda: ids(model) == wanted)


def _made(chance: random.Random, job_id: str) -> Job:
    state = chance.choice(list(S))
    return make_job(
        state,
        job_id=job_id,
        title=chance.choice(("alpha", "beta", "Beta", "gamma")),
        deployment_name=chance.choice(("flux", "wan")),
        hold=chance.choice(list(HoldReason)) if state is S.HELD else None,
        order=chance.random(),
    )


def _happen(chance: random.Random, queue: ScriptedQueue, new_id: str) -> None:
    what = chance.random()
    if what < 0.15:
        queue.put(_made(chance, new_id))
    elif what < 0.3 and queue.jobs:
        queue.remove_job(chance.choice(list(queue.jobs)))
    elif queue.jobs:
        old = queue.jobs[chance.choice(list(queue.jobs))]
        new = _made(chance, old.job_id)
        queue.put(replace(new, title=old.title, deployment_name=old.deployment_name))


@pytest.mark.parametrize("order", SORT_ORDERS, ids=lambda order: order.stored_text)
def test_an_order_is_kept_as_a_word(order: JobSortOrder) -> None:
    assert order_from_stored(order.stored_text) == order
    assert order_from_stored("") == order_from_stored("time-sideways") == JobSortOrder()


def test_orders_of_earlier_versions_keep_their_meaning() -> None:
    assert order_from_stored("time-falls") == JobSortOrder(JobSortKey.TIME, is_descending=True)
    assert order_from_stored("job-rises") == JobSortOrder(JobSortKey.JOB, is_descending=False)


def test_ranks_and_sorting_agree_on_what_is_alike() -> None:
    jobs = [make_job(job_id=name, title="same") for name in "abc"]
    for order in SORT_ORDERS:
        ranks = [sort_rank(order, each, place) for place, each in enumerate(jobs)]
        assert len(set(ranks)) == 3
        by_rank = [each.job_id for _rank, each in sorted(zip(ranks, jobs, strict=True))]
        assert sorted_ids(order, jobs) == by_rank


def test_what_comes_in_numbers_is_shown_at_one_stroke(scope: SessionScope) -> None:
    queue = ScriptedQueue(*(job(f"j{number}") for number in range(300)))
    model = model_on(scope, queue)
    inserted, changed = QSignalSpy(model.rowsInserted), QSignalSpy(model.dataChanged)
    queue.put(*(job(f"n{number}") for number in range(200)))
    queue.put(*(job(f"j{number}", queue_position=7) for number in range(300)))
    wait_until(lambda: model.rowCount() == 500)
    wait_until(lambda: model.index(499, JobColumn.STATE).data() == "Queued · position 7")
    assert inserted.count() <= MAX_IMMEDIATE_CHANGES + 2
    assert changed.count() <= MAX_IMMEDIATE_CHANGES + 2


def test_what_is_selected_stays_selected_in_another_order() -> None:
    queue = ScriptedQueue(job("b"), job("a"), job("c"))
    panel = show_jobs_panel(queue)
    panel.select_job("a")
    stored = QPersistentModelIndex(panel.table.currentIndex())
    press(find(panel, QToolButton, "sort_job"))
    assert ids(panel.model) == ["a", "b", "c"]
    assert panel.table.selected_ids() == ["a"]
    assert stored.data(JobRole.JOB_ID) == "a"


# Headers


HEADERS = ("job", "seed", "deployment", "state", "time", "cost")


def column_titles(panel: JobsPanel) -> Iterator[QToolButton]:
    return (find(panel, QToolButton, f"sort_{each}") for each in HEADERS)


def test_a_header_sorts_by_its_column_and_the_other_way_when_it_is_pressed_again() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("b"), job("a"), job("c")))
    chosen = QSignalSpy(panel.order_chosen)
    head = find(panel, QToolButton, "sort_job")
    press(head)
    assert ids(panel.model) == ["a", "b", "c"]
    assert "A to Z" in head.accessibleDescription()
    press(head)
    assert ids(panel.model) == ["c", "b", "a"]
    press(find(panel, QToolButton, "sort_time"))
    assert ids(panel.model) == ["c", "a", "b"]
    press(find(panel, QToolButton, "sort_time"))
    assert (
        "return to the queue order" in find(panel, QToolButton, "sort_time").accessibleDescription()
    )
    press(find(panel, QToolButton, "sort_time"))
    assert ids(panel.model) == ["b", "a", "c"]
    assert [chosen.at(n)[0].stored_text for n in range(chosen.count())] == [
        "job-rises",
        "job-falls",
        "time-falls",
        "time-rises",
        "queue",
    ]


def test_headers_stand_over_their_columns() -> None:
    budget = ScriptedBudget(0.05).budget()
    panel = show_jobs_panel(ScriptedQueue(job("b", seed=2**60)), budget=budget)
    panel.resize(1200, 420)
    process_events()
    for head, name in zip(column_titles(panel), HEADERS, strict=True):
        column = JobColumn[name.upper()]
        left = panel.table.columnViewportPosition(column)
        assert left <= head.x() + 8 <= left + panel.table.columnWidth(column)
        assert head.y() >= 0
        assert head.height() <= head.parentWidget().height()  # type: ignore[union-attr]
    panel.resize(320, 300)
    process_events()
    assert not find(panel, QToolButton, "sort_deployment").isVisible()


def test_the_headers_are_reached_and_pressed_by_keys() -> None:
    panel = show_jobs_panel(ScriptedQueue(job("b"), job("a")))
    panel.resize(1200, 420)
    process_events()

    def stops() -> list[str]:
        heads = column_titles(panel)
        return [each.objectName() for each in heads if each.focusPolicy() & Qt.FocusPolicy.TabFocus]

    assert stops() == ["sort_job"], "in the queue order"
    find(panel, QToolButton, "sort_job").setFocus()
    key(panel, Qt.Key.Key_Left)
    assert find(panel, QToolButton, "sort_time").hasFocus()
    key(panel, Qt.Key.Key_Right)
    key(panel, Qt.Key.Key_Right)
    key(panel, Qt.Key.Key_Space)
    assert find(panel, QToolButton, "sort_deployment").hasFocus()
    assert stops() == ["sort_deployment"]
    panel.hide_columns(HiddenColumns(frozenset({JobColumn.DEPLOYMENT})))
    assert stops() == ["sort_job"]


def test_the_headers_have_one_size_and_the_chosen_one_is_bold_in_every_theme() -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply(application, ThemeMode.LIGHT)
    panel = show_jobs_panel(ScriptedQueue(job("one")))
    press(find(panel, QToolButton, "sort_state"))
    for theme in (ThemeMode.LIGHT, ThemeMode.DARK):
        apply(application, theme)
        process_events()
        heads = list(column_titles(panel))
        assert len({each.font().pointSizeF() for each in heads}) == 1
        assert [each.objectName() for each in heads if each.font().bold()] == ["sort_state"]


# Columns


def shown_columns(panel: JobsPanel) -> set[JobColumn]:
    return {column for column in JobColumn if not panel.table.isColumnHidden(column)}


def open_columns_menu(panel: JobsPanel) -> QMenu:
    """Opens the headers' menu as the menu key does while a header has the focus."""
    header = find(panel, QToolButton, "sort_job")
    at = header.rect().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, at, header.mapToGlobal(at), Qt.KeyboardModifier(0)
    )
    QApplication.sendEvent(header, event)
    process_events()
    return find(panel, QMenu, "columns_menu")


def wide_panel(width: int = 1400, *, billed: bool = True) -> JobsPanel:
    queue = ScriptedQueue(job("one", seed=4711, title="one · seed 4711"), done_job("two"))
    panel = show_jobs_panel(queue, budget=ScriptedBudget(0.05, billed=billed).budget())
    panel.resize(width, 420)
    process_events()
    return panel


def test_the_menu_of_the_headers_hides_and_shows_columns() -> None:
    panel = wide_panel()
    assert shown_columns(panel) == set(JobColumn)
    chosen = QSignalSpy(panel.hidden_chosen)
    menu = open_columns_menu(panel)
    assert [each.text() for each in menu.actions() if each.isChecked()] == [
        *("Seed", "Deployment", "Progress", "Time", "Cost"),
        "Queue order",
    ]
    choose_entry(menu, "column_seed")
    choose_entry(open_columns_menu(panel), "column_time")
    assert shown_columns(panel) == set(JobColumn) - {JobColumn.SEED, JobColumn.TIME}
    assert chosen.at(1)[0].stored_text == "seed time"
    choose_entry(open_columns_menu(panel), "column_time")
    assert shown_columns(panel) == set(JobColumn) - {JobColumn.SEED}
    choose_entry(open_columns_menu(panel), "reset_columns")
    assert shown_columns(panel) == set(JobColumn)


def test_the_menu_of_the_headers_returns_to_the_queue_order() -> None:
    panel = wide_panel()
    press(find(panel, QToolButton, "sort_seed"))
    menu = open_columns_menu(panel)
    assert not find_action(menu, "queue_order").isChecked()
    choose_entry(menu, "queue_order")
    assert panel.model.sort_order == JobSortOrder()


def find_action(menu: QMenu, name: str) -> QAction:
    return next(each for each in menu.actions() if each.objectName() == name)


def test_without_costs_there_is_no_column_for_them() -> None:
    panel = wide_panel(billed=False)
    assert shown_columns(panel) == set(JobColumn) - {JobColumn.COST}
    names = [each.objectName() for each in open_columns_menu(panel).actions()]
    assert "column_cost" not in names


def test_hidden_columns_are_kept_as_words() -> None:
    hidden = HiddenColumns(frozenset({JobColumn.SEED, JobColumn.COST}))
    assert hidden_from_stored(hidden.stored_text) == hidden
    assert hidden_from_stored("") == hidden_from_stored("state job nonsense") == HiddenColumns()


def test_columns_give_way_one_after_the_other_and_never_the_state_or_the_button() -> None:
    panel = wide_panel()
    seen: list[set[JobColumn]] = []
    for width in range(1400, 300, -20):
        panel.resize(width, 420)
        process_events()
        if not seen or shown_columns(panel) != seen[-1]:
            seen.append(shown_columns(panel))
    lost = [wider - narrower for wider, narrower in itertools.pairwise(seen)]
    names = ["DEPLOYMENT", "SEED", "COST", "PROGRESS", "TIME"]
    assert lost == [{JobColumn[name]} for name in names]


def test_columns_grow_with_the_font() -> None:
    panel = wide_panel(2400)
    small = panel.table.columnWidth(JobColumn.TIME)
    font = panel.table.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    panel.table.setFont(font)
    process_events()
    assert panel.table.columnWidth(JobColumn.TIME) > small * 3 // 2


def test_the_column_of_seeds_fits_the_longest_one() -> None:
    queue = ScriptedQueue(job("one", seed=7))
    panel = show_jobs_panel(queue)
    panel.resize(1400, 420)
    process_events()
    narrow = panel.table.columnWidth(JobColumn.SEED)
    queue.put(job("two", seed=2**64 - 1))
    wait_until(lambda: panel.table.columnWidth(JobColumn.SEED) > narrow)
    queue.remove_job("two")
    wait_until(lambda: panel.table.columnWidth(JobColumn.SEED) == narrow)
