"""Details of one deployment: its record, its scaling numbers, and its readme next to them.

The dialog is not modal: a readme explains what to type into the inputs, so both are used together.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QScrollArea, QWidget

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Subscriptions
from runcomfy_desktop.core.deployments.deployment_messages import DeploymentAction
from runcomfy_desktop.domain.deployments.deployment import no_workflow_texts
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import age, one_line, shortened
from runcomfy_desktop.ui.base.throttle import Throttle
from runcomfy_desktop.ui.deployments.cost_question import ask_before_scaling
from runcomfy_desktop.ui.deployments.deployment_texts import (
    hardware_line,
    price_line,
    price_of_enabling,
    state_line,
    time_text,
    with_price,
)
from runcomfy_desktop.ui.deployments.readme_view import README_INDENT, ReadmeView
from runcomfy_desktop.ui.deployments.scaling_form import ScalingForm
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.announce import announce
from runcomfy_desktop.ui.widgets.buttons import link_button, literal, text_button
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, plain_label, tooltip
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row
from runcomfy_desktop.ui.widgets.property_grid import PropertyGrid
from runcomfy_desktop.ui.widgets.separator_line import SeparatorLine
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.deployment_manager import DeploymentManagerState
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogueState
    from runcomfy_desktop.core.deployments.deployment_messages import DeploymentOutcome
    from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentChanges
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.base.session_services import SessionServices

_SIZE = QSize(240 * STEP, 184 * STEP)
_LEFT_WIDTH = 116 * STEP
_MAX_WIDGET_SIZE = 16_777_215
_LEVEL_ICONS = {
    NoticeLevel.INFO: ("info", "muted"),
    NoticeLevel.WARNING: ("warning", "warning"),
    NoticeLevel.ERROR: ("error", "error"),
}


class DeploymentInfo(QWidget):
    """Shows a deployment's name, its state, and the facts of its record; ids can be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title_label = heading_label("", "details_title", self, wrap=True)
        self._status_label = QLabel(self)
        self._status_icon = TintedIcon(self._status_label)
        self._state_label = plain_label("", "details_state", self, wrap=True)
        self._kind_label = plain_label("", "details_kind", self, wrap=True)
        self.properties = PropertyGrid(self)
        self._build()

    def show_deployment(self, deployment: Deployment, *, is_other: bool) -> None:
        name = one_line(deployment.name) or deployment.deployment_id
        self._status_icon.show(*(("dot", "ok") if deployment.is_enabled else ("ring", "muted")))
        self._title_label.setText(name)
        self._state_label.setText(state_line(deployment))
        self._kind_label.setText(" ".join(no_workflow_texts(name)) if is_other else "")
        self._kind_label.setVisible(is_other)
        for key, value in (
            ("hardware", hardware_line(deployment)),
            ("price", price_line(deployment)),
            ("workflow", one_line(deployment.workflow_id)),
            ("version", one_line(deployment.workflow_version)),
            ("deployment_id", deployment.deployment_id),
            ("created", time_text(deployment.created_at)),
            ("updated", time_text(deployment.updated_at)),
        ):
            self.properties.set(key, value)

    def show_instance(self, instance_id: str, missing_reason: str) -> None:
        self.properties.set("instance", instance_id)
        self.properties.set("no_instance", "" if instance_id else missing_reason)

    def _build(self) -> None:
        for label in (self._title_label, self._state_label, self._kind_label):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for key, name, is_copied in (
            ("hardware", _("Hardware"), False),
            ("price", _("Price"), False),
            ("workflow", _("Workflow"), True),
            ("version", _("Version"), False),
            ("deployment_id", _("Deployment ID"), True),
            ("instance", _("Last instance"), True),
            ("no_instance", _("Last instance"), False),
            ("created", _("Created"), False),
            ("updated", _("Updated"), False),
        ):
            self.properties.add(key, name, copy=is_copied)
        # The dot fills the middle half of its icon; cutting off a quarter aligns it with the edge.
        self._status_label.setFixedWidth(3 * STEP)
        self._status_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._kind_label.setContentsMargins(0, 2 * STEP, 0, 0)
        icon = (self._status_label, Qt.AlignmentFlag.AlignTop)
        state = row(icon, (self._state_label, 1), spacing=STEP)
        parts = (self._title_label, state, self._kind_label, 2 * STEP, self.properties)
        column(*parts, owner=self, spacing=STEP)


class DeploymentStatusLine(QWidget):
    """Line with the progress of a command on the deployment, or its outcome.

    It has an icon and a sentence; the service's own error text can be copied. Emits
    `retry_requested`.
    """

    retry_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._technical_text = ""
        self._icon_label = QLabel(self)
        self._icon = TintedIcon(self._icon_label)
        self._text_label = plain_label("", "details_status", self, wrap=True)
        self._retry_button = link_button(_("Try again"), "details_retry", self)
        self._copy_button = link_button(
            _("Copy the server's words"), "details_copy_technical", self
        )
        self._build()

    def show_notice(self, notice: Notice, *, retry: bool = False) -> None:
        """Shows a notice, with a retry button if `retry` is set."""
        text = " ".join(part for part in (notice.title, notice.detail) if part)
        self._show(*_LEVEL_ICONS[notice.level], text, notice.technical)
        self._retry_button.setVisible(retry)
        announce(self, text, urgent=notice.level is NoticeLevel.ERROR)

    def show_progress(self, text: str) -> None:
        """Shows what is in progress."""
        self._show("clock", "muted", text)
        announce(self, text)

    def clear(self) -> None:
        self._show("", "muted", "")

    def _build(self) -> None:
        self._retry_button.clicked.connect(self.retry_requested)
        self._copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(self._technical_text)
        )
        top = Qt.AlignmentFlag.AlignTop
        buttons = (self._copy_button, self._retry_button)
        layout = row((self._icon_label, top), (self._text_label, 1), *buttons, owner=self)
        layout.setAlignment(self._text_label, top)
        self.clear()

    def _show(self, icon: str, colour_role: str, text: str, technical: str = "") -> None:
        self._icon.show(icon, colour_role)
        self._technical_text = technical
        self._text_label.setText(text)
        self._icon_label.setVisible(bool(icon))
        self._copy_button.setVisible(bool(technical))
        self._retry_button.hide()
        self.setVisible(bool(text))


class DeploymentDetailsDialog(Dialog):
    """Details of one deployment; shown with show(). Loads the record and the readme when it opens.

    Emits `toggle_requested` and `delete_requested` to enable, disable or delete the deployment, and
    `link_chosen` with an address of the readme.
    """

    toggle_requested = Signal()
    delete_requested = Signal()
    link_chosen = Signal(QUrl)

    def __init__(self, deployment: Deployment, services: SessionServices, parent: QWidget) -> None:
        super().__init__(parent)
        self.deployment = deployment
        self._services = services
        self._is_demo = services.account.state.is_demo
        self._may_close = False
        self._is_saving = False
        self._refocus_button: QWidget | None = None
        self._info = DeploymentInfo(self)
        self._form = ScalingForm(self, is_demo=self._is_demo)
        self._scroll = QScrollArea(self)
        self._readme = ReadmeView(self)
        self._status_line = DeploymentStatusLine(self)
        self._toggle_button = text_button("", "details_toggle", self)
        self._free_button = text_button(_("Free memory"), "details_free", self)
        self._free_menu = QMenu(self)
        self._free_menu.setAccessibleName(_("Free memory"))
        self._delete_button = text_button(_("Delete…"), "details_delete", self)
        self._close_button = text_button(_("Close"), "details_close", self)
        self._save_button = text_button(_("Save"), "details_save", self, primary=True)
        self._subscriptions = Subscriptions()
        self._refresh_throttle = Throttle(self, self._refresh)
        self._build()
        self._connect()
        self._show_deployment(deployment)
        self._load_deployment()
        self._form.set_label_width(self._info.properties.name_column_width)
        self._close_button.setFocus()

    def force_close(self) -> None:
        """Closes without asking: the typed numbers are discarded, or the deployment is deleted."""
        self._may_close = True
        self.close()

    # Building

    def _build(self) -> None:
        self.setObjectName("deployment_details")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        for clear_cache, text in (
            (False, _("Unload the models")),
            (True, _("Unload the models and clear the cache")),
        ):
            action = self._free_menu.addAction(text)
            action.setObjectName("free_all_action" if clear_cache else "free_models_action")
            action.triggered.connect(
                lambda _checked=False, clear_cache=clear_cache: self._on_free(clear_cache)
            )
        self._free_button.setMenu(self._free_menu)
        self._free_button.setProperty("menu", True)
        margins = (5 * STEP, 3 * STEP, 5 * STEP, 4 * STEP)
        buttons = self._build_button_row()
        footer = column(self._status_line, buttons, spacing=3 * STEP, margins=margins)
        columns = self._build_columns()
        column((columns, 1), SeparatorLine(self), footer, owner=self, spacing=0)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(16, 48)))

    def _build_columns(self) -> QHBoxLayout:
        left = QWidget(self)
        scaling = heading_label(_("Scaling"), "scaling_heading", self, 1.05)
        parts = (self._info, 3 * STEP, scaling, self._form, STRETCH)
        column(*parts, owner=left, spacing=3 * STEP, margins=5 * STEP)
        scroll = self._scroll
        scroll.setObjectName("details_scroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(left)
        scroll.setMinimumWidth(_LEFT_WIDTH)
        heading = heading_label(_("Readme"), "readme_heading", self, 1.05)
        heading.setContentsMargins(README_INDENT, 0, 0, 0)
        margins = (5 * STEP - README_INDENT, 5 * STEP, 2 * STEP, 2 * STEP)
        right = column(heading, (self._readme, 1), margins=margins)
        line = SeparatorLine(self)
        line.setFixedWidth(1)
        line.setMinimumHeight(0)
        line.setMaximumHeight(_MAX_WIDGET_SIZE)
        return row((scroll, 1), line, (right, 1), spacing=0)

    def _build_button_row(self) -> QHBoxLayout:
        left = (self._toggle_button, self._free_button, self._delete_button)
        return row(*left, STRETCH, self._close_button, self._save_button)

    def _connect(self) -> None:
        services, deployment_id = self._services, self.deployment.deployment_id
        stop_watching = services.deployment_manager.watch(deployment_id, self._on_outcome)
        self.finished.connect(stop_watching)
        self.finished.connect(self._subscriptions.close)
        self.finished.connect(self._refresh_throttle.stop)
        self._subscriptions.add(
            services.deployment_manager.changed, self._on_deployment_manager_changed
        )
        self._subscriptions.add(services.catalogue.changed, self._on_catalogue_changed)
        self._subscriptions.add(services.queue.changed, self._on_job_changed)
        self._form.edited.connect(self._refresh)
        self._readme.link_chosen.connect(self.link_chosen)
        self._status_line.retry_requested.connect(self._load_deployment)
        self._toggle_button.clicked.connect(self.toggle_requested)
        self._delete_button.clicked.connect(self.delete_requested)
        self._save_button.clicked.connect(self._on_save_clicked)
        self._close_button.clicked.connect(self.close)

    # Updates

    def _load_deployment(self) -> None:
        self._status_line.clear()
        self._readme.show_text("", _("Loading the readme…"))
        self._services.deployment_manager.load_details(self.deployment.deployment_id)

    def _show_deployment(self, deployment: Deployment) -> None:
        """Shows a newer record; a readme that was loaded stays."""
        self.deployment = deployment
        name = one_line(deployment.name) or deployment.deployment_id
        self.setWindowTitle(_("Deployment %s") % name)
        is_other = self._services.catalogue.state.is_unsupported(deployment.deployment_id)
        self._info.show_deployment(deployment, is_other=is_other)
        self._form.show_deployment(deployment)
        self._refresh()

    def _on_outcome(self, outcome: DeploymentOutcome) -> None:
        if outcome.action is DeploymentAction.DELETE and outcome.succeeded:
            self.force_close()
            return
        if outcome.deployment is not None and not outcome.as_of_s:
            self._show_deployment(outcome.deployment)
        if outcome.action is DeploymentAction.LOAD:
            self._on_deployment_loaded(outcome)
        elif outcome.notice is not None:
            self._status_line.show_notice(outcome.notice)
        if outcome.action is DeploymentAction.CHANGE and self._is_saving:
            self._is_saving = False
            self._on_saved(outcome)
        self._refresh()

    def _on_deployment_loaded(self, outcome: DeploymentOutcome) -> None:
        if outcome.deployment is not None:
            no_readme_text = _("This deployment has no readme.")
            self._readme.show_text(outcome.deployment.readme, no_readme_text)
        elif outcome.notice is not None:
            self._readme.show_text("", _("The readme could not be read."))
        if outcome.notice is not None:
            notice = outcome.notice
            if outcome.as_of_s:
                age_text = _("Shown as of %s.") % age(outcome.as_of_s, time.time())
                notice = Notice(NoticeLevel.INFO, f"{age_text} {notice.title}", notice.detail)
            self._status_line.show_notice(notice, retry=True)

    def _on_saved(self, outcome: DeploymentOutcome) -> None:
        if outcome.succeeded:
            self._form.clear_messages()
        if outcome.problem is None:
            return
        # Unlocked first, so that the user can type on in the refused field, which gets the focus.
        self._form.set_read_only(False)
        refused_field = self._form.show_service_errors(outcome.problem.field_errors)
        if refused_field is not None:
            title = _("Nothing was saved: the service refuses the marked number.")
            technical = outcome.problem.technical
            self._status_line.show_notice(Notice(NoticeLevel.ERROR, title, "", technical))
            self._scroll.ensureWidgetVisible(refused_field)

    def _on_deployment_manager_changed(self, _state: DeploymentManagerState) -> None:
        self._refresh()

    def _on_job_changed(self, job: Job) -> None:
        if job.deployment_id == self.deployment.deployment_id:
            self._refresh_throttle.request(job_count=len(self._services.queue.jobs))

    def _on_catalogue_changed(self, state: DeploymentCatalogueState) -> None:
        for deployment in state.deployments:
            if deployment.deployment_id == self.deployment.deployment_id:
                if deployment != replace(self.deployment, payload=None, readme=""):
                    self._show_deployment(deployment)
                return

    def _refresh(self) -> None:
        """Updates the buttons: enables those that can be used now, and shows prices on them."""
        deployment_manager, deployment_id = (
            self._services.deployment_manager,
            self.deployment.deployment_id,
        )
        is_busy = deployment_id in deployment_manager.state.busy
        focused = self.focusWidget()
        self._form.set_read_only(is_busy)
        _set_button_text(self._save_button, with_price(_("Save"), self._form.price))
        self._save_button.setEnabled(
            not is_busy and self._form.scaling is not None and not self._form.changes.is_empty
        )
        self._save_button.setAccessibleDescription(self._save_blocker(is_busy=is_busy))
        self._save_button.setDefault(self._save_button.isEnabled())
        self._close_button.setDefault(not self._save_button.isEnabled())
        self._show_toggle(is_busy=is_busy)
        self._delete_button.setEnabled(not is_busy)
        instance_id = deployment_manager.instance_of(deployment_id)
        missing_reason = self._no_instance_reason() if not instance_id else ""
        self._info.show_instance(instance_id, missing_reason)
        self._free_button.setEnabled(not is_busy and bool(instance_id))
        self._free_button.setToolTip(tooltip(missing_reason))
        self._free_button.setAccessibleDescription(
            missing_reason or _("Lets the last instance drop its models from memory.")
        )
        self._keep_focus(focused, is_busy=is_busy)

    def _keep_focus(self, focused: QWidget | None, *, is_busy: bool) -> None:
        """Keeps the focus on Close while the focused button is disabled, then moves it back.

        Qt would move it to the next widget, which may be Delete.
        """
        buttons = (self._toggle_button, self._free_button, self._delete_button, self._save_button)
        if focused in buttons and not focused.isEnabled():
            self._refocus_button = focused
            self._close_button.setFocus()
        elif self._refocus_button is not None and not is_busy:
            if self._refocus_button.isEnabled() and focused is self._close_button:
                self._refocus_button.setFocus()
            self._refocus_button = None

    def _show_toggle(self, *, is_busy: bool) -> None:
        if self.deployment.is_enabled:
            _set_button_text(self._toggle_button, _("Disable"))
            tip = _("Every request to it fails at once, and so do jobs that wait for it.")
        else:
            price = price_of_enabling(self.deployment, is_demo=self._is_demo)
            _set_button_text(self._toggle_button, with_price(_("Enable"), price))
            tip = _("It takes requests again.")
        self._toggle_button.setToolTip(tooltip(tip))
        self._toggle_button.setAccessibleDescription(tip)
        self._toggle_button.setEnabled(not is_busy)

    def _save_blocker(self, *, is_busy: bool) -> str:
        if is_busy:
            return _("It waits for RunComfy's answer.")
        if self._form.scaling is None:
            return _("A number cannot be used.")
        return _("Nothing was changed.") if self._form.changes.is_empty else ""

    def _no_instance_reason(self) -> str:
        if self._services.deployment_manager.had_instance(self.deployment.deployment_id):
            return _("has shut down; the next run starts another")
        return _("not known until a job has run here")

    # Commands

    def _on_save_clicked(self) -> None:
        after = self._form.scaling
        if after is not None:
            # The current numbers and record are remembered: if the service has a different record
            # when the user answers, nothing is sent.
            on_confirmed = partial(self._save_changes, self._form.changes, self.deployment)
            ask_before_scaling(self, self._services.budget, self.deployment, after, on_confirmed)

    def _save_changes(self, changes: DeploymentChanges, known_deployment: Deployment) -> None:
        self._is_saving = True
        self._status_line.show_progress(_("Saving…"))
        self._services.deployment_manager.change(
            known_deployment.deployment_id, changes, expected=known_deployment
        )
        self._refresh()

    def _on_free(self, clear_cache: bool) -> None:
        self._status_line.show_progress(_("Asking the instance…"))
        self._services.deployment_manager.free_memory(
            self.deployment.deployment_id, clear_cache=clear_cache
        )

    # Closing

    def reject(self) -> None:
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._form.is_edited and not self._may_close:
            event.ignore()
            ask_confirmation(
                self,
                "confirm_discard",
                title=_("Close without saving the numbers?"),
                text=_("What you typed for %s is not saved.")
                % shortened(one_line(self.deployment.name)),
                button_text=_("Discard them"),
                on_yes=self.force_close,
            )
            return
        event.accept()
        self.done(Dialog.DialogCode.Rejected)


def _set_button_text(button: QPushButton, text: str) -> None:
    if button.accessibleName() != text:
        button.setText(literal(text))
        button.setAccessibleName(text)
