"""Window of a grid: it fills while the runs go on, and stays for viewing and comparing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QWidget

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.sweeps.grid_model import GridModel
from runcomfy_desktop.ui.sweeps.grid_view import (
    DEFAULT_CELL_SIZE,
    MAX_CELL_SIZE,
    MIN_CELL_SIZE,
    GridView,
)
from runcomfy_desktop.ui.sweeps.sweep_texts import axes_text, header_text, progress_text
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from runcomfy_desktop.ui.widgets.focus_order import focus_next
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import column, row
from runcomfy_desktop.ui.widgets.thin_progress import thin_progress
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QCloseEvent
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles
    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.domain.sweeps.sweep import Sweep

# A busy grid changes fifty times a second; its totals are read less often.
_PROGRESS_INTERVAL_MS = 150
_REPAINT_INTERVAL_MS = 1000
_SIZE = QSize(1040, 760)
_BAR_MARGINS = (3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)


class GridWindow(QWidget):
    """Window with the cells of a grid, its progress, and its commands.

    Emits `job_selected` and `job_opened` with the job of a cell, `retry_requested` with the number
    of a cell, `retry_failed_requested`, `cancel_requested` and `forget_requested` without
    arguments, and `closed` when it is closed.
    """

    job_selected = Signal(object)
    job_opened = Signal(object)
    retry_requested = Signal(int)
    retry_failed_requested = Signal()
    cancel_requested = Signal()
    forget_requested = Signal()
    closed = Signal()

    def __init__(
        self,
        sweep: Sweep,
        sweeps: Sweeps,
        queue: JobQueue,
        parent: QWidget,
        thumbnail_files: ThumbnailFiles,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.sweep = sweep
        self._sweeps = sweeps
        self._budget = queue.budget
        self._subscriptions = Subscriptions()
        self.model = GridModel(sweep, sweeps, queue, self)
        self.view = GridView(self.model, self, thumbnail_files)
        self._name_label = ElidedLabel(one_line(sweep.name), self, object_name="grid_name")
        self._axes_label = muted_label(axes_text(sweep), "grid_axes", self)
        self._page_box = QComboBox(self)
        self._size_slider = QSlider(Qt.Orientation.Horizontal, self)
        self._progress_label = plain_label("", "grid_progress", self)
        self._progress_bar = thin_progress("grid_bar", _("How far the grid is"), self)
        self._retry_button = text_button(_("Retry cell"), "grid_retry", self)
        self._retry_failed_button = text_button(_("Retry failed…"), "grid_retry_failed", self)
        self._cancel_button = text_button(_("Cancel the rest…"), "grid_cancel", self)
        # The command that removes the grid is separate from the commands that work with it.
        self._more_button = icon_button(_("More to do with this grid"), "grid_more", self)
        self._more_menu = QMenu(self)
        self._is_fitted = False
        self._progress_timer, self._repaint_timer = QTimer(self), QTimer(self)
        self._build()
        self._connect()
        self._update_progress()

    @property
    def cell_size(self) -> int:
        return self._size_slider.value()

    @property
    def is_fitted(self) -> bool:
        """True while the cells have the fitting size; False once the user has chosen a size."""
        return self._is_fitted

    def set_cell_size(self, side: int) -> None:
        self._size_slider.setValue(side)

    def fit_cells(self) -> None:
        """Sets the largest size that shows all cells; call it once the window has its size."""
        self.ensurePolished()
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self._size_slider.setValue(self.view.fitting_cell_size())
        self._is_fitted = True

    # Building

    def _build(self) -> None:
        self.setObjectName("grid_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAutoFillBackground(True)
        name = one_line(self.sweep.name)
        self.setWindowTitle(_("Grid: %s — %s") % (name, APP_NAME))
        self.resize(_SIZE)
        font = self._name_label.font()
        font.setBold(True)
        self._name_label.setFont(font)
        self._size_slider.setObjectName("grid_size")
        self._size_slider.setAccessibleName(_("Size of the cells"))
        by_wheel = _("Ctrl and the wheel")
        self._size_slider.setToolTip(tooltip(by_wheel))
        self._size_slider.setAccessibleDescription(by_wheel)
        self._size_slider.setRange(MIN_CELL_SIZE, MAX_CELL_SIZE)
        self._size_slider.setSingleStep(2 * STEP)
        self._size_slider.setPageStep(8 * STEP)
        self._size_slider.setValue(DEFAULT_CELL_SIZE)
        self._size_slider.setFixedWidth(32 * STEP)
        self._progress_label.setSizePolicy(self._axes_label.sizePolicy())
        self._build_menu()
        self.footer = row(
            (self._progress_label, 1),
            self._retry_button,
            self._retry_failed_button,
            self._cancel_button,
            self._more_button,
            margins=_BAR_MARGINS,
        )
        header = self._build_header()
        column(header, self._progress_bar, (self.view, 1), self.footer, owner=self, spacing=0)
        self.view.setFocus()
        if self.model.rowCount() and self.model.columnCount():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def _build_header(self) -> QHBoxLayout:
        texts = column(self._name_label, self._axes_label, spacing=STEP // 2)
        header = row((texts, 1), margins=_BAR_MARGINS)
        self._page_box.setObjectName("grid_page")
        if self.sweep.shape[2] > 1:
            axis = self.sweep.axes[2]
            label = muted_label(one_line(axis.name), "grid_page_label", self)
            label.setBuddy(self._page_box)
            self._page_box.setAccessibleName(one_line(axis.name))
            pages = range(len(axis.points))
            self._page_box.addItems([header_text(self.sweep, 2, page) for page in pages])
            self._page_box.setMaximumWidth(60 * STEP)
            header.addWidget(label)
            header.addWidget(self._page_box)
            header.addSpacing(3 * STEP)
        else:
            self._page_box.hide()
        zoom_out, zoom_in = QLabel(self), QLabel(self)
        TintedIcon(zoom_out, "zoom-out")
        TintedIcon(zoom_in, "zoom-in")
        for widget in (zoom_out, self._size_slider, zoom_in):
            header.addWidget(widget)
        return header

    def _build_menu(self) -> None:
        TintedIcon(self._more_button, "dots")
        self._more_menu.setObjectName("grid_more_menu")
        self._more_menu.setAccessibleName(self._more_button.accessibleName())
        forget = self._more_menu.addAction(_("&Forget grid…"))
        forget.setObjectName("grid_forget")
        forget.triggered.connect(self.forget_requested)

    def _connect(self) -> None:
        self._progress_timer.setSingleShot(True)
        self._progress_timer.setInterval(_PROGRESS_INTERVAL_MS)
        self._progress_timer.timeout.connect(self._update_progress)
        self._repaint_timer.setInterval(_REPAINT_INTERVAL_MS)
        # State texts may depend on the time: a machine that starts, a file that expires.
        self._repaint_timer.timeout.connect(self.view.viewport().update)
        self._subscriptions.add(self._sweeps.cell_changed, self._on_cell_changed)
        self._size_slider.valueChanged.connect(self._on_size_value_changed)
        self.view.cell_size_requested.connect(self._size_slider.setValue)
        self._page_box.currentIndexChanged.connect(self._on_page_chosen)
        self.view.cell_selected.connect(self._on_cell_selected)
        self.view.cell_opened.connect(lambda cell: self._emit_job(self.job_opened, cell))
        self.view.retry_requested.connect(self.retry_requested)
        self._retry_button.clicked.connect(
            lambda: self.retry_requested.emit(self.view.current_cell)
        )
        self._retry_failed_button.clicked.connect(self.retry_failed_requested)
        self._cancel_button.clicked.connect(self.cancel_requested)
        self._more_button.clicked.connect(self._on_more_clicked)

    # Updates

    def _on_cell_changed(self, change: tuple[str, int]) -> None:
        sweep_id, cell = change
        if sweep_id == self.sweep.sweep_id:
            self.model.update_cell(cell)
            if not self._progress_timer.isActive():
                self._progress_timer.start()

    def _on_size_value_changed(self, side: int) -> None:
        self._is_fitted = False
        self.view.set_cell_size(side)

    def _on_page_chosen(self, page: int) -> None:
        self.model.show_page(page)
        self._on_cell_selected(self.view.current_cell)

    def _on_cell_selected(self, cell: int) -> None:
        self._update_buttons()
        self._emit_job(self.job_selected, cell)

    def _emit_job(self, signal: SignalInstance, cell: int) -> None:
        job = self._sweeps.job_at(self.sweep.sweep_id, cell)
        if job is not None:
            signal.emit(job)

    def _on_more_clicked(self) -> None:
        corner = self._more_button.mapToGlobal(self._more_button.rect().topRight())
        size = self._more_menu.sizeHint()
        self._more_menu.popup(corner - QPoint(size.width() - 1, size.height()))

    def _update_progress(self) -> None:
        state_counts = self._sweeps.state_counts(self.sweep.sweep_id)
        usd = self._budget.batch_usd(self.sweep.sweep_id)
        text = progress_text(self.sweep, state_counts, usd)
        ended_count = sum(
            count
            for state, count in state_counts.items()
            if state.is_finished or state is JobState.UNCERTAIN
        )
        was_finished = not self._repaint_timer.isActive() and bool(self._progress_label.text())
        is_finished = ended_count >= self.sweep.cell_count
        self._progress_label.setText(text)
        self._progress_label.setAccessibleName(text)
        self._progress_bar.setRange(0, self.sweep.cell_count)
        self._progress_bar.setValue(ended_count)
        self._progress_bar.setVisible(not is_finished)
        if is_finished:
            self._repaint_timer.stop()
            if not was_finished:
                announce(self, text)
        elif not self._repaint_timer.isActive():
            self._repaint_timer.start()
        self._update_buttons()

    def _update_buttons(self) -> None:
        sweep_id = self.sweep.sweep_id
        states = self._sweeps.state_counts(sweep_id).keys()
        can_retry = self._sweeps.retryable_job(sweep_id, self.view.current_cell) is not None
        _set_button_enabled(
            self._retry_button,
            _("Runs the chosen cell once more (R)"),
            "" if can_retry else _("Only a cell that failed or was cancelled can be tried again."),
        )
        has_failed = not states.isdisjoint((JobState.FAILED, JobState.LOST))
        none_failed = "" if has_failed else _("No cell of this grid has failed.")
        _set_button_enabled(self._retry_failed_button, "", none_failed)
        is_finished = all(state.is_finished for state in states)
        all_ended = _("All runs of this grid have ended.") if is_finished else ""
        _set_button_enabled(self._cancel_button, "", all_ended)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        # The grid may no longer exist.
        self._subscriptions.close()
        self._progress_timer.stop()
        self._repaint_timer.stop()
        super().closeEvent(event)

    def focusNextPrevChild(self, next_: bool) -> bool:
        return focus_next((self,), forward=next_)


def _set_button_enabled(button: QPushButton, hint: str, blocked_reason: str) -> None:
    """Disables a button with a reason, or enables it with a hint; both may be ""."""
    button.setEnabled(not blocked_reason)
    description = blocked_reason or hint
    if button.accessibleDescription() != description:
        button.setToolTip(tooltip(description))
        button.setAccessibleDescription(description)
