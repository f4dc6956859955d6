"""List of deployments: one click opens one; an empty list explains itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QWidget

from runcomfy_desktop.domain.deployments.deployment import no_workflow_texts
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import age, one_line
from runcomfy_desktop.ui.deployments.deployments_model import DeploymentRole, DeploymentsModel
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.docked_list import KeyedListView
from runcomfy_desktop.ui.widgets.empty_state import ContentStack
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE, muted_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import column
from runcomfy_desktop.ui.widgets.separator_line import SeparatorLine
from runcomfy_desktop.ui.widgets.two_line_rows import (
    TwoLineDelegate,
    paint_row_background,
    paint_text,
    row_lines,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPainter
    from PySide6.QtWidgets import QStyleOptionViewItem

    from runcomfy_desktop.core.deployments.deployment_catalogue import (
        DeploymentCatalogue,
        DeploymentCatalogueState,
    )
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor, EditorState
    from runcomfy_desktop.ui.base.session_scope import SessionScope

_Index = QModelIndex | QPersistentModelIndex
_MINUTE_MS = 60_000


class DeploymentsPanel(QWidget):
    """Panel of the left dock.

    Emits `opened`, `details_requested` and, with a screen position, `menu_requested` for a
    deployment's id, and `refresh_requested` without arguments.
    """

    opened = Signal(str)
    details_requested = Signal(str)
    menu_requested = Signal(str, QPoint)
    refresh_requested = Signal()

    def __init__(
        self,
        scope: SessionScope,
        catalogue: DeploymentCatalogue,
        draft_editor: DraftEditor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.model = DeploymentsModel(self)
        self.refresh_button = icon_button(
            _("Refresh the deployments (F5)"), "refresh_deployments", self
        )
        self._view = _DeploymentsView(self)
        self._content = ContentStack(self._view, self)
        self._explanation_separator = SeparatorLine(self)
        self._explanation = plain_label("", "deployments_note", self, wrap=True)
        self._age_label = muted_label("", "deployments_stale", self, wrap=True)
        self._minute_timer = QTimer(self)
        self._current_id = _current_id(draft_editor.state)
        self._explained_id = ""
        self._build()
        self._connect()
        scope.subscribe(catalogue.changed, self._on_catalogue_changed)
        scope.subscribe(draft_editor.changed, self._on_draft_editor_changed)
        self._on_catalogue_changed(catalogue.state)

    def _build(self) -> None:
        self.setObjectName("deployments_panel")
        self._view.setModel(self.model)
        self._explanation.setFont(scaled(self.font(), SMALL_FONT_SCALE))
        for label in (self._explanation, self._age_label):
            label.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
            label.hide()
        self._explanation_separator.hide()
        below = (self._explanation_separator, self._explanation)
        column(self._age_label, (self._content, 1), *below, owner=self, spacing=0)

    def _connect(self) -> None:
        self._minute_timer.timeout.connect(self._on_minute_timeout)
        self._view.open_requested.connect(self._on_view_chosen)
        self._view.details_requested.connect(self.details_requested)
        self._view.menu_requested.connect(self.menu_requested)
        self._content.pressed.connect(self.refresh_requested)
        self.refresh_button.clicked.connect(self.refresh_requested)

    def _on_view_chosen(self, deployment_id: str) -> None:
        """Opens a deployment, or explains why it cannot be opened."""
        row = self.model.deployment(deployment_id)
        if row is not None and self._catalogue.state.is_unsupported(deployment_id):
            self._explain(deployment_id, " ".join(no_workflow_texts(one_line(row.name))))
        else:
            self._explain("")
            self.opened.emit(deployment_id)

    def _explain(self, deployment_id: str, text: str = "") -> None:
        self._explained_id = deployment_id
        self._explanation.setText(text)
        for widget in (self._explanation_separator, self._explanation):
            widget.setVisible(bool(text))
        if text:
            announce(self, text)

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        current_id = _current_id(state)
        if current_id != self._current_id or not self.model.rowCount():
            self._current_id = current_id
            self._on_catalogue_changed(self._catalogue.state)

    def _on_catalogue_changed(self, state: DeploymentCatalogueState) -> None:
        others = frozenset(
            each.deployment_id
            for each in state.deployments
            if state.is_unsupported(each.deployment_id)
        )
        self.model.set_deployments(
            state.deployments, self._current_id, state.opening_id, others, state.unseen
        )
        if self._explained_id not in others or state.opening_id:
            self._explain("")
        self._view.select_unless_focused(self.model.row_of(state.opening_id or self._current_id))
        self.refresh_button.setEnabled(not state.loading)
        self._show_age(state)
        if state.deployments:
            self._content.show_content()
        elif state.loading:
            self._content.show_message(_("Loading deployments…"))
        elif state.problem is not None:
            self._content.show_message(
                state.problem.sentence(), icon="cloud-off", button=_("Try again")
            )
        elif state.loaded_s:
            self._content.show_message(
                _("No deployments yet. Create one on runcomfy.com, then refresh."),
                icon="server",
                button=_("Refresh"),
            )
        else:
            self._content.show_message(_("Your deployments appear here once a key is connected."))

    def _show_age(self, state: DeploymentCatalogueState) -> None:
        """Shows the age of the list while no newer one can be loaded."""
        as_of_s = state.list_as_of_s
        is_old = bool(state.deployments) and as_of_s > 0
        if is_old:
            problem = state.problem
            parts = (_("As of %s.") % age(as_of_s, time.time()), problem.title if problem else "")
            self._age_label.setText(" ".join(part for part in parts if part))
            self._age_label.setToolTip(tooltip(problem.sentence() if problem else ""))
        self._age_label.setVisible(is_old)
        self._minute_timer.stop()
        if is_old:
            self._minute_timer.start(_MINUTE_MS)

    def _on_minute_timeout(self) -> None:
        self._show_age(self._catalogue.state)


def _current_id(state: EditorState) -> str:
    return state.deployment.deployment_id if state.deployment is not None else ""


class _DeploymentsView(KeyedListView):
    """List of deployments; emits `details_requested` with an id on Ctrl+I and Alt+Enter."""

    details_requested = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("deployments", _("Deployments"), DeploymentRole.DEPLOYMENT_ID, parent)
        self.setItemDelegate(_DeploymentDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def is_own_shortcut(self, event: QKeyEvent) -> bool:
        return _is_details_shortcut(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _is_details_shortcut(event):
            super().keyPressEvent(event)
        elif self.currentIndex().isValid():
            self.details_requested.emit(self.currentIndex().data(DeploymentRole.DEPLOYMENT_ID))


def _is_details_shortcut(event: QKeyEvent) -> bool:
    """Returns True for Ctrl+I, as in the whole window, and Alt+Enter, as for file properties."""
    keys, pressed = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, event.key()
    if keys == Qt.KeyboardModifier.AltModifier:
        return pressed in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return keys == Qt.KeyboardModifier.ControlModifier and pressed == Qt.Key.Key_I


class _DeploymentDelegate(TwoLineDelegate):
    """Paints a dot, the name, and a second line of details."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        roles = colours(option.palette)
        is_current = bool(index.data(DeploymentRole.IS_CURRENT))
        is_usable = bool(index.data(DeploymentRole.IS_USABLE))
        painter.save()
        paint_row_background(painter, option, roles, is_current=is_current)
        lines = row_lines(option, bold=is_current)
        colour = roles.ok if is_current and is_usable else roles.muted
        icons.icon("dot" if is_usable else "ring", colour).paint(painter, lines.icon)
        name_colour = roles.text if is_usable else roles.muted
        paint_text(painter, lines.name, index.data(), lines.name_font, name_colour)
        summary = index.data(DeploymentRole.SUMMARY)
        paint_text(painter, lines.details, summary, lines.details_font, roles.muted)
        painter.restore()
