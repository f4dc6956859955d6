"""The window of a grid: it fills while the runs go on, and stays to look at and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QVBoxLayout, QWidget

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.focus_order import go_on
from runcomfy_desktop.ui.sweep.grid.model import GridModel
from runcomfy_desktop.ui.sweep.grid.view import LEAST, MOST, USUAL, GridView
from runcomfy_desktop.ui.sweep.words import axes_text, progress
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, icon_button, text_button
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from runcomfy_desktop.ui.widgets.labels import muted_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.thin_progress import thin_progress

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent, SignalInstance
    from PySide6.QtGui import QCloseEvent
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.sweeps import Sweeps
    from runcomfy_desktop.domain.sweep.sweep import Sweep

# A busy grid changes fifty times a second; its sums are read now and then.
_COUNT_MS = 150
_SECOND_MS = 1000
_SIZE = QSize(1040, 760)
_ENDED = (JobState.DONE, JobState.FAILED, JobState.LOST, JobState.CANCELLED, JobState.UNCERTAIN)


class GridWindow(QWidget):
    """Emits `looked_at` and `opened` with the job of a cell, `retry_wished` with the number of a
    cell, `retry_failed_wished`, `cancel_wished` and `forget_wished` alone, and `closed` when it is
    closed."""

    looked_at = Signal(object)
    opened = Signal(object)
    retry_wished = Signal(int)
    retry_failed_wished = Signal()
    cancel_wished = Signal()
    forget_wished = Signal()
    closed = Signal()

    def __init__(self, sweep: Sweep, sweeps: Sweeps, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.sweep = sweep
        self._sweeps = sweeps
        self._links = Subscriptions()
        self.model = GridModel(sweep, sweeps, self)
        self.view = GridView(self.model, self)
        self._name = ElidedLabel(one_line(sweep.name), self, object_name="grid_name")
        self._axes = muted_label(axes_text(sweep), "grid_axes", self)
        self._pages = QComboBox(self)
        self._size = QSlider(Qt.Orientation.Horizontal, self)
        self._small, self._large = QLabel(self), QLabel(self)
        self._told = plain_label("", "grid_progress", self)
        self._bar = thin_progress("grid_bar", _("How far the grid is"), self)
        self._retry = text_button(_("Retry cell"), "grid_retry", self)
        self._retry_failed = text_button(_("Retry failed…"), "grid_retry_failed", self)
        self._cancel = text_button(_("Cancel the rest…"), "grid_cancel", self)
        # What takes the grid away stands apart from what one does with it.
        self._more = icon_button(_("More to do with this grid"), "grid_more", self)
        self._more_menu = QMenu(self)
        self._is_fitted = False
        self._later, self._second = QTimer(self), QTimer(self)
        self.footer = QHBoxLayout()
        self._build()
        self._connect()
        self._count()

    @property
    def cell_size(self) -> int:
        return self._size.value()

    @property
    def is_fitted(self) -> bool:
        """Whether cells have the size that shows them all, for want of a person's choice."""
        return self._is_fitted

    def set_cell_size(self, side: int) -> None:
        self._size.setValue(side)

    def fit_cells(self) -> None:
        """Makes them as large as they can be with all in view. Once the window has its size."""
        self.ensurePolished()
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self._size.setValue(self.view.fitting_size())
        self._is_fitted = True

    def leave(self) -> None:
        """Lets go of the grid, which may be gone."""
        self._links.close()
        self.model.close()
        self._later.stop()
        self._second.stop()

    # Making

    def _build(self) -> None:
        self.setObjectName("grid_window")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAutoFillBackground(True)
        name = one_line(self.sweep.name)
        self.setWindowTitle(_("Grid: %s — %s") % (name, APP_NAME))
        self.resize(_SIZE)
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._size.setObjectName("grid_size")
        self._size.setAccessibleName(_("Size of the cells"))
        by_wheel = _("Ctrl and the wheel")
        self._size.setToolTip(tooltip(by_wheel))
        self._size.setAccessibleDescription(by_wheel)
        self._size.setRange(LEAST, MOST)
        self._size.setSingleStep(2 * STEP)
        self._size.setPageStep(8 * STEP)
        self._size.setValue(USUAL)
        self._size.setFixedWidth(32 * STEP)
        self._told.setSizePolicy(self._axes.sizePolicy())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._head())
        layout.addWidget(self._bar)
        layout.addWidget(self.view, 1)
        layout.addLayout(self._foot())
        self._dress()
        self.view.setFocus()
        if self.model.rowCount() and self.model.columnCount():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def _head(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(STEP // 2)
        texts.addWidget(self._name)
        texts.addWidget(self._axes)
        head = QHBoxLayout()
        head.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        head.setSpacing(2 * STEP)
        head.addLayout(texts, 1)
        self._pages.setObjectName("grid_page")
        if self.sweep.shape[2] > 1:
            axis = self.sweep.axes[2]
            label = muted_label(one_line(axis.name), "grid_page_label", self)
            label.setBuddy(self._pages)
            self._pages.setAccessibleName(one_line(axis.name))
            self._pages.addItems([one_line(point.label) for point in axis.points])
            self._pages.setMaximumWidth(60 * STEP)
            head.addWidget(label)
            head.addWidget(self._pages)
            head.addSpacing(3 * STEP)
        else:
            self._pages.hide()
        for widget in (self._small, self._size, self._large):
            head.addWidget(widget)
        return head

    def _foot(self) -> QHBoxLayout:
        foot = self.footer
        foot.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        foot.setSpacing(2 * STEP)
        foot.addWidget(self._told, 1)
        for button in (self._retry, self._retry_failed, self._cancel, self._more):
            foot.addWidget(button)
        self._more_menu.setObjectName("grid_more_menu")
        self._more_menu.setAccessibleName(self._more.accessibleName())
        forget = self._more_menu.addAction(_("&Forget grid…"))
        forget.setObjectName("grid_forget")
        forget.triggered.connect(lambda _checked=False: self.forget_wished.emit())
        return foot

    def _connect(self) -> None:
        self._later.setSingleShot(True)
        self._later.setInterval(_COUNT_MS)
        self._later.timeout.connect(self._count)
        self._second.setInterval(_SECOND_MS)
        self._second.timeout.connect(self._on_second_timeout)
        self._links.add(self._sweeps.cell_changed, self._on_cell_changed)
        self._size.valueChanged.connect(self._on_size_value_changed)
        self.view.size_wished.connect(self._size.setValue)
        self._pages.currentIndexChanged.connect(self._on_page_chosen)
        self.view.looked_at.connect(self._on_looked_at)
        self.view.opened.connect(lambda cell: self._tell_job(self.opened, cell))
        self.view.retry_wished.connect(self.retry_wished)
        self._retry.clicked.connect(lambda: self.retry_wished.emit(self.view.current_cell))
        self._retry_failed.clicked.connect(self.retry_failed_wished)
        self._cancel.clicked.connect(self.cancel_wished)
        self._more.clicked.connect(self._on_more_clicked)

    # Following

    def _on_cell_changed(self, change: tuple[str, int]) -> None:
        if change[0] == self.sweep.sweep_id and not self._later.isActive():
            self._later.start()

    def _on_size_value_changed(self, side: int) -> None:
        self._is_fitted = False
        self.view.set_cell_size(side)

    def _on_page_chosen(self, page: int) -> None:
        self.model.show_page(page)
        self._on_looked_at(self.view.current_cell)

    def _on_looked_at(self, cell: int) -> None:
        self._offer()
        self._tell_job(self.looked_at, cell)

    def _tell_job(self, signal: SignalInstance, cell: int) -> None:
        job = self._sweeps.job_at(self.sweep.sweep_id, cell)
        if job is not None:
            signal.emit(job)

    def _on_more_clicked(self) -> None:
        corner = self._more.mapToGlobal(self._more.rect().topRight())
        size = self._more_menu.sizeHint()
        self._more_menu.popup(corner - QPoint(size.width() - 1, size.height()))

    def _on_second_timeout(self) -> None:
        # What is told may depend on the time: a machine that starts, a file that is kept so long.
        self.view.viewport().update()

    def _count(self) -> None:
        tally = self._sweeps.tally(self.sweep.sweep_id)
        usd = self._sweeps.cost_usd(self.sweep.sweep_id)
        text = progress(self.sweep, tally, usd)
        ended = sum(tally.get(state, 0) for state in _ENDED)
        was_over = not self._second.isActive() and bool(self._told.text())
        is_over = ended >= self.sweep.count
        self._told.setText(text)
        self._told.setAccessibleName(text)
        self._bar.setRange(0, self.sweep.count)
        self._bar.setValue(ended)
        self._bar.setVisible(not is_over)
        if is_over:
            self._second.stop()
            if not was_over:
                announce(self, text)
        elif not self._second.isActive():
            self._second.start()
        self._offer()

    def _offer(self) -> None:
        sweep_id = self.sweep.sweep_id
        tally = self._sweeps.tally(sweep_id)
        open_ = any(n for state, n in tally.items() if not state.is_finished)
        can_retry = self._sweeps.retried(sweep_id, self.view.current_cell) is not None
        has_failed = bool(tally.get(JobState.FAILED) or tally.get(JobState.LOST))
        once_more = _("Runs the chosen cell once more (R)")
        not_this = _("Only a cell that failed or was cancelled can be tried again.")
        _allow(self._retry, once_more if can_retry else not_this, can=can_retry)
        none_failed = _("No cell of this grid has failed.")
        _allow(self._retry_failed, "" if has_failed else none_failed, can=has_failed)
        all_ended = _("All runs of this grid have ended.")
        _allow(self._cancel, "" if open_ else all_ended, can=open_)

    def _dress(self) -> None:
        roles = colours(self.palette())
        for label, name in ((self._small, "zoom-out"), (self._large, "zoom-in")):
            image = icons.icon(name, roles.muted)
            label.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))
        self._more.setIcon(icons.icon("dots", roles.muted))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange:
            self._dress()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        self.leave()
        super().closeEvent(event)

    def focusNextPrevChild(self, next_: bool) -> bool:
        return go_on((self,), forward=next_)


def _allow(button: QPushButton, why: str, *, can: bool) -> None:
    """Switches a button, and says what it does or why it is off."""
    button.setEnabled(can)
    if button.accessibleDescription() != why:
        button.setToolTip(tooltip(why))
        button.setAccessibleDescription(why)
