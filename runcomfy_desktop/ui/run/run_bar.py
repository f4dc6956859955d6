"""Run bar: the deployment, the number of changes, the price, and the Run button."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.run.cost_texts import run_cost_texts
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, link_button, literal, text_button
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE, muted_label, tooltip
from runcomfy_desktop.ui.widgets.press_debounce import ClickDebouncer
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel
from runcomfy_desktop.ui.widgets.split_button import MoreButton, split_button_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.core.deployments.deployment_catalogue import (
        DeploymentCatalogue,
        DeploymentCatalogueState,
    )
    from runcomfy_desktop.core.deployments.deployment_manager import DeploymentManager
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.drafts.editor_state import EditorState
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.presets.preset_button import PresetButton

_MAX_NAME_CHARS = 32
_NARROW_WIDTH = 250 * STEP


class DeploymentMenu(QMenu):
    """Menu of the deployments to choose from.

    Emits `chosen` with an id.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("&Choose"), parent)
        self.setObjectName("choose_deployment_menu")
        self.setAccessibleName(_("Choose a deployment"))
        self.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self._group.triggered.connect(lambda action: self.chosen.emit(action.data()))
        self._shown_ids: tuple[str, ...] | None = None
        self.show_deployments((), "")

    def show_deployments(
        self,
        deployments: tuple[Deployment, ...],
        current_id: str,
        is_other: Callable[[str], bool] = lambda _deployment_id: False,
    ) -> None:
        """Updates the entries.

        `is_other` returns True for deployments without a ComfyUI workflow.
        """
        self._rebuild(tuple(each.deployment_id for each in deployments))
        for action, each in zip(self._group.actions(), deployments, strict=True):
            name = literal(one_line(each.name) or each.deployment_id)
            text = name if each.is_enabled else _("%s (disabled)") % name
            if is_other(each.deployment_id):
                text = _("%s (no workflow)") % name
            action.setText(text)
            action.setChecked(each.deployment_id == current_id)

    def _rebuild(self, ids: tuple[str, ...]) -> None:
        """Creates one entry per id.

        The menu may be open: its active entry stays active.
        """
        if ids == self._shown_ids:
            return
        self._shown_ids = ids
        active: QAction | None = self.activeAction()
        active_id = active.data() if active is not None else None
        for action in self._group.actions():
            action.deleteLater()
            self._group.removeAction(action)
        self.clear()
        for deployment_id in ids:
            action = QAction(self)
            action.setCheckable(True)
            action.setData(deployment_id)
            self._group.addAction(action)
            self.addAction(action)
            if deployment_id == active_id:
                self.setActiveAction(action)
        if not ids:
            self.addAction(_("No deployments are listed")).setEnabled(False)


class RunBar(QToolBar):
    """Toolbar with the Run button.

    Emits `run_requested`, even if a run is impossible and the reason has to be shown, and
    `enable_requested` with the id of a disabled deployment.
    """

    run_requested = Signal()
    enable_requested = Signal(str)

    def __init__(self, menu: DeploymentMenu, parent: QWidget) -> None:
        super().__init__(_("Run bar"), parent)
        self._menu = menu
        self._bar = QWidget(self)
        self._deployment_button = QToolButton(self._bar)
        self._changes_label = ElidedValueLabel(self._bar)
        self._reason_label = ElidedValueLabel(self._bar)
        self._reason_icon = QLabel(self._bar)
        self._enable_button = link_button(_("Enable"), "run_enable", self._bar)
        self._price_label = muted_label("", "price", self._bar)
        self._run_button = text_button(_("Run"), "run", self._bar, primary=True)
        self._more_button = MoreButton(_("More ways to run"), "run_more", self._bar)
        self._preset_button: PresetButton | None = None
        self._is_informational = False
        self._subscriptions = Subscriptions()
        self._draft_editor: DraftEditor | None = None
        self._catalogue: DeploymentCatalogue | None = None
        self._budget: Budget | None = None
        self._deployment_manager: DeploymentManager | None = None
        self._build()
        self._connect()
        self._refresh()

    def attach(
        self,
        draft_editor: DraftEditor,
        catalogue: DeploymentCatalogue,
        budget: Budget,
        deployment_manager: DeploymentManager,
    ) -> None:
        self._draft_editor = draft_editor
        self._catalogue = catalogue
        self._budget = budget
        self._deployment_manager = deployment_manager
        self._subscriptions.add(draft_editor.changed, self._on_draft_editor_changed)
        self._subscriptions.add(catalogue.changed, self._on_catalogue_changed)
        self._subscriptions.add(deployment_manager.changed, lambda _state: self._refresh())
        self._subscriptions.add(budget.changed, lambda _nothing: self._on_budget_changed())
        self._refresh()

    def detach(self) -> None:
        self._subscriptions.close()
        self._draft_editor = None
        self._catalogue = None
        self._budget = None
        self._deployment_manager = None
        self._refresh()

    def add_preset_button(self, button: PresetButton) -> None:
        """Inserts the presets button after the deployment button."""
        self._preset_button = button
        self._row.insertWidget(1, button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._preset_button is not None:
            # The reason that prevents a run needs the space more.
            self._preset_button.set_compact(is_compact=self.width() < _NARROW_WIDTH)

    def set_run_actions(self, actions: Sequence[QAction]) -> None:
        """Adds the other ways to run to the menu next to the Run button."""
        self._more_button.add_menu_actions(actions)

    def _build(self) -> None:
        self.setObjectName("run_bar")
        self.setMovable(False)
        self.setFloatable(False)
        self.toggleViewAction().setVisible(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._deployment_button.setObjectName("deployment")
        self._deployment_button.setProperty("button", True)
        self._deployment_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._deployment_button.setMenu(self._menu)
        self._deployment_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._changes_label.setObjectName("changes_count")
        self._changes_label.setFont(scaled(self.font(), SMALL_FONT_SCALE))
        self._changes_label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        # The text may start with a file's name; the count at its end is always visible.
        self._changes_label.set_elide_mode(Qt.TextElideMode.ElideLeft)
        self._reason_label.setObjectName("run_reason")
        self._reason_label.setFont(scaled(self.font(), SMALL_FONT_SCALE))
        # A reason starts with a name, which may be long, and ends with the problem.
        self._reason_label.set_elide_mode(Qt.TextElideMode.ElideMiddle)
        self._run_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._run_button.setIconSize(QSize(14, 14))
        for button in (self._deployment_button, self._run_button, self._more_button):
            button.setMinimumHeight(8 * STEP)
        self._run_button.setMinimumWidth(20 * STEP)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = self._row = QHBoxLayout(self._bar)
        row.setContentsMargins(STEP, 0, STEP, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._deployment_button)
        row.addWidget(self._changes_label)
        row.addStretch(1)
        row.addWidget(self._reason_icon)
        row.addWidget(self._reason_label)
        row.addWidget(self._enable_button)
        row.addSpacing(2 * STEP)
        row.addWidget(self._price_label)
        row.addSpacing(STEP)
        row.addLayout(split_button_layout(self._run_button, self._more_button))
        self.addWidget(self._bar)

    def _connect(self) -> None:
        ClickDebouncer(self._run_button)
        self._run_button.clicked.connect(self.run_requested)
        self._enable_button.clicked.connect(self._on_enable_clicked)

    def _on_enable_clicked(self) -> None:
        deployment = self._draft_editor.state.deployment if self._draft_editor else None
        if deployment is not None:
            self.enable_requested.emit(deployment.deployment_id)

    def _on_draft_editor_changed(self, state: EditorState) -> None:
        self._refresh()

    def _on_catalogue_changed(self, state: DeploymentCatalogueState) -> None:
        self._refresh()

    def _on_budget_changed(self) -> None:
        """Updates the price after a run or a price change.

        Called hundreds of times in a row.
        """
        self._show_price(self._draft_editor.state.deployment if self._draft_editor else None)

    def _refresh(self) -> None:
        editor_state = self._draft_editor.state if self._draft_editor else None
        catalogue = self._catalogue.state if self._catalogue else None
        deployment = editor_state.deployment if editor_state else None
        current_id = deployment.deployment_id if deployment else ""
        listed = catalogue.deployments if catalogue else ()
        if catalogue is None:
            self._menu.show_deployments((), "")
        else:
            self._menu.show_deployments(listed, current_id, catalogue.is_unsupported)
        opening = _name_of(listed, catalogue.opening_id) if catalogue else ""
        if opening and catalogue and catalogue.opening_id != current_id:
            self._set_deployment_name(_("Opening %s…") % opening)
        elif deployment is not None:
            self._set_deployment_name(one_line(deployment.name) or deployment.deployment_id)
        else:
            self._set_deployment_name(_("Choose a deployment"))
        self._deployment_button.setEnabled(self._draft_editor is not None)
        count = _changes_text(editor_state)
        name = _file_text(editor_state)
        self._changes_label.setText(f"{name} · {count}" if name else count)
        min_text = f"… · {count}" if name else count
        self._changes_label.setMinimumWidth(
            self._changes_label.fontMetrics().horizontalAdvance(min_text) + 1
        )
        self._show_price(deployment)
        self._show_reason(editor_state)
        self._show_enable(editor_state)

    def _set_deployment_name(self, text: str) -> None:
        short = text if len(text) <= _MAX_NAME_CHARS else text[: _MAX_NAME_CHARS - 1] + "…"
        self._deployment_button.setText(literal(short))
        self._deployment_button.setAccessibleName(_("Deployment: %s") % text)
        tip = text if short != text else _("Choose a deployment")
        self._deployment_button.setToolTip(tooltip(tip))
        self._deployment_button.setAccessibleDescription(_("Choose a deployment"))

    def _show_price(self, deployment: Deployment | None) -> None:
        text, tip = (
            run_cost_texts(deployment, self._budget) if deployment and self._budget else ("", "")
        )
        self._price_label.setText(text)
        self._price_label.setToolTip(tooltip(tip))
        self._price_label.setAccessibleDescription(tip)

    def _show_reason(self, editor_state: EditorState | None) -> None:
        blocked = (
            editor_state.blocked_reason
            if editor_state is not None and editor_state.draft is not None
            else ""
        )
        # If nothing prevents a run, the label informs about an unusual way of sending.
        message = blocked or (
            editor_state.whole_workflow_reason if editor_state is not None else ""
        )
        if self._catalogue is not None and self._catalogue.state.is_confirming:
            message = blocked or _("Checking whether the deployment has changed…")
        self._is_informational = bool(message) and not blocked
        # Short, because the name is shown at the left and the Enable button needs the space.
        is_disabled = editor_state is not None and editor_state.is_disabled
        self._reason_label.setText(_("It is disabled") if is_disabled else message)
        self._reason_label.setToolTip(tooltip(message))
        self._reason_label.setAccessibleDescription(message)
        self._reason_icon.setVisible(bool(message))
        ready = editor_state is not None and editor_state.draft is not None and not blocked
        for button in (self._run_button, self._more_button):
            button.setEnabled(editor_state is not None)
        self._run_button.setToolTip(tooltip(blocked or _("Run (Ctrl+Enter)")))
        self._run_button.setAccessibleDescription(blocked or _("Ctrl+Enter"))
        if self._run_button.property("primary") is not ready:
            self._run_button.setProperty("primary", ready)
            self._run_button.style().unpolish(self._run_button)
            self._run_button.style().polish(self._run_button)
            self._more_button.set_primary(ready)
        self._apply_style()

    def _show_enable(self, editor_state: EditorState | None) -> None:
        """Shows the Enable button next to the reason."""
        deployment = (
            editor_state.deployment
            if editor_state is not None and editor_state.is_disabled
            else None
        )
        self._enable_button.setVisible(deployment is not None)
        if deployment is None or self._deployment_manager is None:
            return
        name = one_line(deployment.name) or deployment.deployment_id
        self._enable_button.setText(_("Enable…") if deployment.min_instances else _("Enable"))
        self._enable_button.setAccessibleName(_("Enable %s") % name)
        self._enable_button.setEnabled(
            deployment.deployment_id not in self._deployment_manager.state.busy
        )

    def _apply_style(self) -> None:
        roles = colours(self.palette())
        ready = bool(self._run_button.property("primary"))
        self._run_button.setIcon(icons.icon("play", roles.accent_text if ready else roles.muted))
        info_icon = icons.icon("info", roles.muted)
        image = info_icon if self._is_informational else icons.icon("warning", roles.warning)
        self._reason_icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()


def _changes_text(editor_state: EditorState | None) -> str:
    draft = editor_state.draft if editor_state else None
    if draft is None:
        return ""
    count = len(draft.changes)
    text = n_("%d input changed", "%d inputs changed", count) % count
    if not count:
        text = _("No inputs changed")
    return text


def _file_text(editor_state: EditorState | None) -> str:
    """Returns the name of an opened file, shortened.

    The window's title shows the full name; here the reason that prevents a run needs the space.
    """
    source = (
        editor_state.draft.source
        if editor_state is not None and editor_state.draft is not None
        else None
    )
    if source is None or not source.is_file:
        return ""
    return _elided_middle(one_line(PurePath(source.path).name))


def _elided_middle(name: str) -> str:
    half = _MAX_NAME_CHARS // 2
    return name if len(name) <= _MAX_NAME_CHARS else f"{name[: half - 1]}…{name[-half:]}"


def _name_of(deployments: tuple[Deployment, ...], deployment_id: str) -> str:
    for each in deployments:
        if each.deployment_id == deployment_id:
            return one_line(each.name) or deployment_id
    return deployment_id
