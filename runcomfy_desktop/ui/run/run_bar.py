"""Run bar: the deployment, the number of changes, the price, and the Run button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.style.theme import STEP, scaled
from runcomfy_desktop.ui.widgets.buttons import link_button, literal, text_button
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE, muted_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.press_debounce import ClickDebouncer
from runcomfy_desktop.ui.widgets.property_grid import ElidedValueLabel
from runcomfy_desktop.ui.widgets.split_button import MoreButton, split_button_layout
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction, QResizeEvent

    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.ui.deployments.deployment_menu import DeploymentMenu
    from runcomfy_desktop.ui.presets.preset_button import PresetButton

_MAX_NAME_CHARS = 32
_NARROW_WIDTH = 250 * STEP


@dataclass(frozen=True, slots=True)
class RunBarState:
    """Contents of the run bar; the default is the state without a session.

    `deployments` are the entries of the menu. Those in `ids_without_workflow` have no ComfyUI
    workflow; the entry with `current_id` is checked. `deployment_text` names the deployment in use,
    or the one that is being opened; "" if there is none. `file_name` is the name of an opened file.

    `blocked_reason` is why the draft cannot run, "" if it can or if there is none; `information` is
    shown in its place. `disabled_deployment` is set if the reason is that this deployment is
    disabled; `is_busy` is true while a command on it is in progress.
    """

    has_session: bool = False
    deployments: tuple[Deployment, ...] = ()
    ids_without_workflow: frozenset[str] = frozenset()
    current_id: str = ""
    deployment_text: str = ""
    file_name: str = ""
    changes_text: str = ""
    price_text: str = ""
    price_explanation: str = ""
    blocked_reason: str = ""
    information: str = ""
    can_run: bool = False
    disabled_deployment: Deployment | None = None
    is_busy: bool = False


class RunBar(QToolBar):
    """Toolbar with the Run button; `run_actions` are the other ways to run, in a menu next to it.

    Emits `run_requested`, even if a run is impossible and the reason has to be shown, and
    `enable_requested` with the id of a disabled deployment.
    """

    run_requested = Signal()
    enable_requested = Signal(str)

    def __init__(
        self,
        menu: DeploymentMenu,
        preset_button: PresetButton,
        run_actions: Sequence[QAction],
        parent: QWidget,
    ) -> None:
        super().__init__(_("Run bar"), parent)
        self._menu = menu
        self._preset_button = preset_button
        self._state = RunBarState()
        self._bar = QWidget(self)
        self._deployment_button = QToolButton(self._bar)
        self._changes_label = ElidedValueLabel(self._bar)
        self._reason_label = ElidedValueLabel(self._bar)
        self._reason_icon_label = QLabel(self._bar)
        self._reason_icon = TintedIcon(self._reason_icon_label)
        self._enable_button = link_button(_("Enable"), "run_enable", self._bar)
        self._price_label = muted_label("", "price", self._bar)
        self._run_button = text_button(_("Run"), "run", self._bar, primary=True)
        self._run_icon = TintedIcon(self._run_button)
        self._more_button = MoreButton(_("More ways to run"), "run_more", self._bar)
        self._more_button.add_menu_actions(run_actions)
        self._build()
        ClickDebouncer(self._run_button)
        self._run_button.clicked.connect(self.run_requested)
        self._enable_button.clicked.connect(self._on_enable_clicked)
        self.show_state(self._state)

    def show_state(self, state: RunBarState) -> None:
        self._state = state
        self._menu.show_deployments(
            state.deployments, state.current_id, state.ids_without_workflow.__contains__
        )
        self._show_deployment_name(state.deployment_text or _("Choose a deployment"))
        for button in (self._deployment_button, self._run_button, self._more_button):
            button.setEnabled(state.has_session)
        self._show_changes(state)
        self.show_price(state.price_text, state.price_explanation)
        self._show_reason(state)
        self._show_run_button(state)
        self._show_enable(state)

    def show_price(self, text: str, explanation: str) -> None:
        """Updates the price only; may be called hundreds of times in a row."""
        self._price_label.setText(text)
        self._price_label.setToolTip(tooltip(explanation))
        self._price_label.setAccessibleDescription(explanation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The reason that prevents a run needs the space more.
        self._preset_button.set_compact(is_compact=self.width() < _NARROW_WIDTH)

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
        self._build_row()
        self.addWidget(self._bar)

    def _build_row(self) -> None:
        row(
            self._deployment_button,
            self._preset_button,
            self._changes_label,
            STRETCH,
            self._reason_icon_label,
            self._reason_label,
            self._enable_button,
            2 * STEP,
            self._price_label,
            STEP,
            split_button_layout(self._run_button, self._more_button),
            owner=self._bar,
            margins=(STEP, 0, STEP, 0),
        )

    def _on_enable_clicked(self) -> None:
        deployment = self._state.disabled_deployment
        if deployment is not None:
            self.enable_requested.emit(deployment.deployment_id)

    def _show_deployment_name(self, text: str) -> None:
        short = shortened(text, _MAX_NAME_CHARS)
        self._deployment_button.setText(literal(short))
        self._deployment_button.setAccessibleName(_("Deployment: %s") % text)
        tip = text if short != text else _("Choose a deployment")
        self._deployment_button.setToolTip(tooltip(tip))
        self._deployment_button.setAccessibleDescription(_("Choose a deployment"))

    def _show_changes(self, state: RunBarState) -> None:
        """Shows the number of changes, after the name of a file.

        The name is short: the window's title shows the full one, and here the reason that prevents
        a run needs the space.
        """
        name, count = _elided_middle(state.file_name), state.changes_text
        self._changes_label.setText(f"{name} · {count}" if name else count)
        min_text, metrics = f"… · {count}" if name else count, self._changes_label.fontMetrics()
        self._changes_label.setMinimumWidth(metrics.horizontalAdvance(min_text) + 1)

    def _show_reason(self, state: RunBarState) -> None:
        message = state.blocked_reason or state.information
        # Short, because the name is shown at the left and the Enable button needs the space.
        is_disabled = state.disabled_deployment is not None
        self._reason_label.setText(_("It is disabled") if is_disabled else message)
        self._reason_label.setToolTip(tooltip(message))
        self._reason_label.setAccessibleDescription(message)
        is_warning = bool(state.blocked_reason)
        self._reason_icon.show(*("warning", "warning") if is_warning else ("info", "muted"))
        self._reason_icon_label.setVisible(bool(message))

    def _show_run_button(self, state: RunBarState) -> None:
        self._run_icon.show("play", "accent_text" if state.can_run else "muted")
        self._run_button.setToolTip(tooltip(state.blocked_reason or _("Run (Ctrl+Enter)")))
        self._run_button.setAccessibleDescription(state.blocked_reason or _("Ctrl+Enter"))
        if self._run_button.property("primary") is not state.can_run:
            self._run_button.setProperty("primary", state.can_run)
            self._run_button.style().unpolish(self._run_button)
            self._run_button.style().polish(self._run_button)
            self._more_button.set_primary(state.can_run)

    def _show_enable(self, state: RunBarState) -> None:
        """Shows the Enable button next to the reason."""
        deployment = state.disabled_deployment
        self._enable_button.setVisible(deployment is not None)
        if deployment is not None:
            name = one_line(deployment.name) or deployment.deployment_id
            self._enable_button.setText(_("Enable…") if deployment.min_instances else _("Enable"))
            self._enable_button.setAccessibleName(_("Enable %s") % name)
            self._enable_button.setEnabled(not state.is_busy)


def _elided_middle(name: str) -> str:
    half = _MAX_NAME_CHARS // 2
    return name if len(name) <= _MAX_NAME_CHARS else f"{name[: half - 1]}…{name[-half:]}"
