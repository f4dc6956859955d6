"""The list of deployments: one click opens one; it says why when there is nothing to list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.models.deployments import DeploymentRole, DeploymentsModel
from runcomfy_desktop.ui.theme import STEP, Colours, colours, scaled
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.empty_state import EmptyState
from runcomfy_desktop.ui.widgets.labels import SMALL, muted_label, tooltip

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtGui import QKeyEvent

    from runcomfy_desktop.core.catalogue import Catalogue, CatalogueState
    from runcomfy_desktop.core.workbench import BenchState, Workbench

_Index = QModelIndex | QPersistentModelIndex
_DOT = 4 * STEP


class DeploymentsPanel(QWidget):
    """The left dock. Emits `refresh_requested` and `opened` with a deployment's id."""

    opened = Signal(str)
    refresh_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DeploymentsModel(self)
        self.refresh_button = icon_button(
            _("Refresh the deployments (F5)"), "refresh_deployments", self
        )
        self._view = _DeploymentsView(self)
        self._empty = EmptyState(parent=self)
        self._stale = muted_label("", "deployments_stale", self, wrap=True)
        self._links = Subscriptions()
        self._catalogue: Catalogue | None = None
        self._current_id = ""
        self._build()
        self._connect()

    def attach(self, catalogue: Catalogue, workbench: Workbench) -> None:
        self._catalogue = catalogue
        self._links.add(catalogue.changed, self._on_catalogue_changed)
        self._links.add(workbench.changed, self._on_workbench_changed)
        self._on_workbench_changed(workbench.state)

    def detach(self) -> None:
        self._links.close()
        self._catalogue = None
        self._current_id = ""
        self.model.show((), "", "")
        self._say("")

    def _build(self) -> None:
        self.setObjectName("deployments_panel")
        self._view.setModel(self.model)
        self._stale.setContentsMargins(3 * STEP, STEP, 3 * STEP, 2 * STEP)
        self._stale.hide()
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self._view)
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(pages, 1)
        layout.addWidget(self._stale)
        self._say("")

    def _connect(self) -> None:
        self._view.chosen.connect(self.opened)
        self._empty.pressed.connect(self.refresh_requested)
        self.refresh_button.clicked.connect(self.refresh_requested)

    def _on_workbench_changed(self, state: BenchState) -> None:
        current = state.deployment.deployment_id if state.deployment else ""
        if current != self._current_id or not self.model.rowCount():
            self._current_id = current
            if self._catalogue is not None:
                self._on_catalogue_changed(self._catalogue.state)

    def _on_catalogue_changed(self, state: CatalogueState) -> None:
        self.model.show(state.deployments, self._current_id, state.opening_id)
        self._view.mark(self.model.row_of(state.opening_id or self._current_id))
        self.refresh_button.setEnabled(not state.loading)
        self._stale.setVisible(bool(state.deployments) and state.problem is not None)
        if state.deployments:
            self._pages.setCurrentWidget(self._view)
            if state.problem is not None:
                self._stale.setText(_("Not refreshed. %s") % state.problem.title)
                self._stale.setToolTip(tooltip(state.problem.sentence()))
        elif state.loading:
            self._say(_("Loading deployments…"))
        elif state.problem is not None:
            self._say(state.problem.sentence(), icon="cloud-off", button=_("Try again"))
        elif state.loaded_s:
            self._say(
                _("No deployments yet. Create one on runcomfy.com, then refresh."),
                icon="server",
                button=_("Refresh"),
            )
        else:
            self._say(_("Your deployments appear here once a key is connected."))

    def _say(self, text: str, *, icon: str = "", button: str = "") -> None:
        self._empty.tell(text, icon=icon, button=button)
        self._pages.setCurrentWidget(self._empty)


class _DeploymentsView(QListView):
    """Emits `chosen` at a click, at Enter and when a screen reader presses a row."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        # The current row follows its selection, so one looks when both are done.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._on_selection_settled)
        self.setObjectName("deployments")
        self.setAccessibleName(_("Deployments"))
        self.setItemDelegate(_DeploymentDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.clicked.connect(self._on_index_chosen)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        self.selectionModel().selectionChanged.connect(self._later.start)

    def mark(self, row: int) -> None:
        """Puts the selection on the row in use, unless the keyboard is in the list."""
        if row >= 0 and not self.hasFocus():
            self.setCurrentIndex(self.model().index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_index_chosen(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _on_selection_settled(self) -> None:
        """Mouse and keys move the selection together with the current row, a screen reader's
        press on a row moves the selection alone."""
        pressed = self.selectionModel().selectedIndexes()
        if pressed and pressed[0] != self.currentIndex():
            self.setCurrentIndex(pressed[0])
            self._on_index_chosen(pressed[0])

    def _on_index_chosen(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(DeploymentRole.DEPLOYMENT_ID))


class _DeploymentDelegate(QStyledItemDelegate):
    """Paints a dot, the name, and a second line of facts."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        name, facts = _fonts(option.font, bold=True)
        height = QFontMetrics(name).height() + QFontMetrics(facts).height() + 4 * STEP
        return QSize(40 * STEP, -(-height // STEP) * STEP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        roles = colours(option.palette)
        is_current = bool(index.data(DeploymentRole.IS_CURRENT))
        is_enabled = bool(index.data(DeploymentRole.IS_ENABLED))
        painter.save()
        _paint_ground(painter, option, roles, is_current=is_current)
        area = option.rect.adjusted(3 * STEP, STEP, -3 * STEP, -STEP)
        name_font, facts_font = _fonts(option.font, bold=is_current)
        metrics, small = QFontMetrics(name_font), QFontMetrics(facts_font)
        top = area.top() + (area.height() - metrics.height() - small.height()) // 2
        left = area.left() + 4 * STEP
        width = area.right() - left
        # The dot fills the middle half of its icon.
        dot = QRect(area.left() - _DOT // 4, top + (metrics.height() - _DOT) // 2, _DOT, _DOT)
        tone = roles.ok if is_current and is_enabled else roles.muted
        icons.icon("dot" if is_enabled else "ring", tone).paint(painter, dot)
        painter.setFont(name_font)
        painter.setPen(QColor(roles.text if is_enabled else roles.muted))
        text = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, width)
        painter.drawText(left, top + metrics.ascent(), text)
        painter.setFont(facts_font)
        painter.setPen(QColor(roles.muted))
        facts = str(index.data(DeploymentRole.FACTS))
        text = small.elidedText(facts, Qt.TextElideMode.ElideRight, width)
        painter.drawText(left, top + metrics.height() + small.ascent(), text)
        painter.restore()


def _paint_ground(
    painter: QPainter, option: QStyleOptionViewItem, roles: Colours, *, is_current: bool
) -> None:
    """What lies under a row: in use, under the pointer, or with the keyboard's frame around it."""
    if is_current:
        painter.fillRect(option.rect, QColor(roles.accent_soft))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(option.rect, QColor(roles.panel))
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(roles.accent), 1))
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))


def _fonts(font: QFont, *, bold: bool) -> tuple[QFont, QFont]:
    return scaled(font, 1.0, bold=bold), scaled(font, SMALL)
