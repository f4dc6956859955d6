"""The run bar: on which deployment, with how many changes, at what price - and Run."""

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

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.price_words import price_texts
from runcomfy_desktop.ui.theme import STEP, colours, scaled
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, link_button, literal, text_button
from runcomfy_desktop.ui.widgets.facts import ElidedText
from runcomfy_desktop.ui.widgets.labels import SMALL, muted_label, tooltip
from runcomfy_desktop.ui.widgets.one_press import OneClick
from runcomfy_desktop.ui.widgets.split import MoreButton, in_one

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from runcomfy_desktop.core.bench_state import BenchState
    from runcomfy_desktop.core.catalogue import Catalogue, CatalogueState
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.upkeep import Upkeep
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.ui.presets.bar import PresetButton

_MAX_NAME_LETTERS = 32
_NARROW = 250 * STEP


class DeploymentMenu(QMenu):
    """The deployments to choose from. Emits `chosen` with an id."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("&Choose"), parent)
        self.setObjectName("choose_deployment_menu")
        self.setAccessibleName(_("Choose a deployment"))
        self.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self._group.triggered.connect(lambda action: self.chosen.emit(action.data()))
        self._shown: tuple[str, ...] | None = None
        self.show_deployments((), "")

    def show_deployments(
        self,
        deployments: tuple[Deployment, ...],
        current_id: str,
        is_other: Callable[[str], bool] = lambda _deployment_id: False,
    ) -> None:
        """`is_other` says which of them run something else than a ComfyUI workflow."""
        self._arrange(tuple(each.deployment_id for each in deployments))
        for action, each in zip(self._group.actions(), deployments, strict=True):
            name = literal(one_line(each.name) or each.deployment_id)
            text = name if each.is_enabled else _("%s (disabled)") % name
            if is_other(each.deployment_id):
                text = _("%s (no workflow)") % name
            action.setText(text)
            action.setChecked(each.deployment_id == current_id)

    def _arrange(self, ids: tuple[str, ...]) -> None:
        """An entry for each. It may be open: what the person has come to stays under the finger."""
        if ids == self._shown:
            return
        self._shown = ids
        active: QAction | None = self.activeAction()
        wanted = active.data() if active is not None else None
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
            if deployment_id == wanted:
                self.setActiveAction(action)
        if not ids:
            self.addAction(_("No deployments are listed")).setEnabled(False)


class RunBar(QToolBar):
    """The toolbar. Emits `run_requested`, also when a run is impossible: then it is explained;
    and `enable_requested` with the id of a disabled deployment."""

    run_requested = Signal()
    enable_requested = Signal(str)

    def __init__(self, menu: DeploymentMenu, parent: QWidget) -> None:
        super().__init__(_("Run bar"), parent)
        self._menu = menu
        self._bar = QWidget(self)
        self._deployment = QToolButton(self._bar)
        self._changes = ElidedText(self._bar)
        self._reason = ElidedText(self._bar)
        self._reason_icon = QLabel(self._bar)
        self._enable = link_button(_("Enable"), "run_enable", self._bar)
        self._price = muted_label("", "price", self._bar)
        self._run = text_button(_("Run"), "run", self._bar, primary=True)
        self._more = MoreButton(_("More ways to run"), "run_more", self._bar)
        self._preset: PresetButton | None = None
        self._is_calm = False
        self._links = Subscriptions()
        self._workbench: Workbench | None = None
        self._catalogue: Catalogue | None = None
        self._purse: Purse | None = None
        self._upkeep: Upkeep | None = None
        self._build()
        self._connect()
        self._refresh()

    def attach(
        self, workbench: Workbench, catalogue: Catalogue, purse: Purse, upkeep: Upkeep
    ) -> None:
        self._workbench = workbench
        self._catalogue = catalogue
        self._purse = purse
        self._upkeep = upkeep
        self._links.add(workbench.changed, self._on_workbench_changed)
        self._links.add(catalogue.changed, self._on_catalogue_changed)
        self._links.add(upkeep.changed, lambda _state: self._refresh())
        self._links.add(purse.changed, lambda _nothing: self._on_purse_changed())
        self._refresh()

    def detach(self) -> None:
        self._links.close()
        self._workbench = None
        self._catalogue = None
        self._purse = None
        self._upkeep = None
        self._refresh()

    def put_preset(self, button: PresetButton) -> None:
        """Takes the button of the presets in, behind the deployment's."""
        self._preset = button
        self._row.insertWidget(1, button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._preset is not None:
            # What keeps a run from starting needs the room more.
            self._preset.set_compact(is_compact=self.width() < _NARROW)

    def offer(self, actions: Sequence[QAction]) -> None:
        """The ways to run, for the menu beside the button."""
        self._more.offer(actions)

    def _build(self) -> None:
        self.setObjectName("run_bar")
        self.setMovable(False)
        self.setFloatable(False)
        self.toggleViewAction().setVisible(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._deployment.setObjectName("deployment")
        self._deployment.setProperty("button", True)
        self._deployment.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._deployment.setMenu(self._menu)
        self._deployment.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._changes.setObjectName("changes_count")
        self._changes.setFont(scaled(self.font(), SMALL))
        self._changes.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        # It may begin with the name of a file; the count that follows is always there.
        self._changes.set_mode(Qt.TextElideMode.ElideLeft)
        self._reason.setObjectName("run_reason")
        self._reason.setFont(scaled(self.font(), SMALL))
        # A reason begins with a name, which may be long, and ends with what is the matter.
        self._reason.set_mode(Qt.TextElideMode.ElideMiddle)
        self._run.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._run.setIconSize(QSize(14, 14))
        for button in (self._deployment, self._run, self._more):
            button.setMinimumHeight(8 * STEP)
        self._run.setMinimumWidth(20 * STEP)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = self._row = QHBoxLayout(self._bar)
        row.setContentsMargins(STEP, 0, STEP, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self._deployment)
        row.addWidget(self._changes)
        row.addStretch(1)
        row.addWidget(self._reason_icon)
        row.addWidget(self._reason)
        row.addWidget(self._enable)
        row.addSpacing(2 * STEP)
        row.addWidget(self._price)
        row.addSpacing(STEP)
        row.addLayout(in_one(self._run, self._more))
        self.addWidget(self._bar)

    def _connect(self) -> None:
        OneClick(self._run)
        self._run.clicked.connect(self.run_requested)
        self._enable.clicked.connect(self._on_enable_clicked)

    def _on_enable_clicked(self) -> None:
        deployment = self._workbench.state.deployment if self._workbench else None
        if deployment is not None:
            self.enable_requested.emit(deployment.deployment_id)

    def _on_workbench_changed(self, state: BenchState) -> None:
        self._refresh()

    def _on_catalogue_changed(self, state: CatalogueState) -> None:
        self._refresh()

    def _on_purse_changed(self) -> None:
        """A run has ended, or a price is another one: by hundreds, when many jobs end."""
        self._show_price(self._workbench.state.deployment if self._workbench else None)

    def _refresh(self) -> None:
        bench = self._workbench.state if self._workbench else None
        catalogue = self._catalogue.state if self._catalogue else None
        deployment = bench.deployment if bench else None
        current_id = deployment.deployment_id if deployment else ""
        listed = catalogue.deployments if catalogue else ()
        if catalogue is None:
            self._menu.show_deployments((), "")
        else:
            self._menu.show_deployments(listed, current_id, catalogue.is_other)
        opening = _name_of(listed, catalogue.opening_id) if catalogue else ""
        if opening and catalogue and catalogue.opening_id != current_id:
            self._name(_("Opening %s…") % opening)
        elif deployment is not None:
            self._name(one_line(deployment.name) or deployment.deployment_id)
        else:
            self._name(_("Choose a deployment"))
        self._deployment.setEnabled(self._workbench is not None)
        count = _changes_text(bench)
        name = _file_text(bench)
        self._changes.setText(f"{name} · {count}" if name else count)
        least = f"… · {count}" if name else count
        self._changes.setMinimumWidth(self._changes.fontMetrics().horizontalAdvance(least) + 1)
        self._show_price(deployment)
        self._show_reason(bench)
        self._show_enable(bench)

    def _name(self, text: str) -> None:
        short = text if len(text) <= _MAX_NAME_LETTERS else text[: _MAX_NAME_LETTERS - 1] + "…"
        self._deployment.setText(literal(short))
        self._deployment.setAccessibleName(_("Deployment: %s") % text)
        tip = text if short != text else _("Choose a deployment")
        self._deployment.setToolTip(tooltip(tip))
        self._deployment.setAccessibleDescription(_("Choose a deployment"))

    def _show_price(self, deployment: Deployment | None) -> None:
        text, tip = price_texts(deployment, self._purse) if deployment and self._purse else ("", "")
        self._price.setText(text)
        self._price.setToolTip(tooltip(tip))
        self._price.setAccessibleDescription(tip)

    def _show_reason(self, bench: BenchState | None) -> None:
        blocked = bench.blocked if bench is not None and bench.draft is not None else ""
        # What goes out otherwise than usual is said where a reason would stand, and calmly.
        said = blocked or (bench.reshaping if bench is not None else "")
        if self._catalogue is not None and self._catalogue.state.is_confirming:
            said = blocked or _("Checking whether the deployment has changed…")
        self._is_calm = bool(said) and not blocked
        # The name stands at the left, and the cure needs room beside it.
        is_disabled = bench is not None and bench.is_disabled
        self._reason.setText(_("It is disabled") if is_disabled else said)
        self._reason.setToolTip(tooltip(said))
        self._reason.setAccessibleDescription(said)
        self._reason_icon.setVisible(bool(said))
        ready = bench is not None and bench.draft is not None and not blocked
        for button in (self._run, self._more):
            button.setEnabled(bench is not None)
        self._run.setToolTip(tooltip(blocked or _("Run (Ctrl+Enter)")))
        self._run.setAccessibleDescription(blocked or _("Ctrl+Enter"))
        if self._run.property("primary") is not ready:
            self._run.setProperty("primary", ready)
            self._run.style().unpolish(self._run)
            self._run.style().polish(self._run)
            self._more.set_primary(ready)
        self._dress()

    def _show_enable(self, bench: BenchState | None) -> None:
        """The cure stands beside the reason."""
        deployment = bench.deployment if bench is not None and bench.is_disabled else None
        self._enable.setVisible(deployment is not None)
        if deployment is None or self._upkeep is None:
            return
        name = one_line(deployment.name) or deployment.deployment_id
        self._enable.setText(_("Enable…") if deployment.min_instances else _("Enable"))
        self._enable.setAccessibleName(_("Enable %s") % name)
        self._enable.setEnabled(deployment.deployment_id not in self._upkeep.state.busy)

    def _dress(self) -> None:
        roles = colours(self.palette())
        ready = bool(self._run.property("primary"))
        self._run.setIcon(icons.icon("play", roles.accent_text if ready else roles.muted))
        calm = icons.icon("info", roles.muted)
        image = calm if self._is_calm else icons.icon("warning", roles.warning)
        self._reason_icon.setPixmap(image.pixmap(ICON_SIZE, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()


def _changes_text(bench: BenchState | None) -> str:
    draft = bench.draft if bench else None
    if draft is None:
        return ""
    count = len(draft.changes)
    text = n_("%d input changed", "%d inputs changed", count) % count
    if not count:
        text = _("No inputs changed")
    return text


def _file_text(bench: BenchState | None) -> str:
    """The name of an opened file. The window's title has all of it; here it must not take the
    room of what blocks a run."""
    source = bench.draft.source if bench is not None and bench.draft is not None else None
    if source is None or not source.is_file:
        return ""
    return _in_short(one_line(PurePath(source.path).name))


def _in_short(name: str) -> str:
    half = _MAX_NAME_LETTERS // 2
    return name if len(name) <= _MAX_NAME_LETTERS else f"{name[: half - 1]}…{name[-half:]}"


def _name_of(deployments: tuple[Deployment, ...], deployment_id: str) -> str:
    for each in deployments:
        if each.deployment_id == deployment_id:
            return one_line(each.name) or deployment_id
    return deployment_id
