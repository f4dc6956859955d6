"""All that is known of one deployment, what can be changed about it, and its readme beside it.

It is no modal dialog: a readme tells what to type into the inputs, so both are looked at together.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.core.upkeep_words import Wish
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.deployment.about import About
from runcomfy_desktop.ui.deployment.cost_question import ask_before_scaling
from runcomfy_desktop.ui.deployment.readme import README_INDENT, ReadmeView
from runcomfy_desktop.ui.deployment.scaling import ScalingForm
from runcomfy_desktop.ui.deployment.status import StatusLine
from runcomfy_desktop.ui.deployment.words import price_of_enabling, with_price
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.formatting import age, one_line, shortened
from runcomfy_desktop.ui.seldom import Seldom
from runcomfy_desktop.ui.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import literal, text_button
from runcomfy_desktop.ui.widgets.dialog import Dialog
from runcomfy_desktop.ui.widgets.labels import heading_label, tooltip
from runcomfy_desktop.ui.widgets.line import Line

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.core.catalogue import CatalogueState
    from runcomfy_desktop.core.upkeep import UpkeepState
    from runcomfy_desktop.core.upkeep_words import Outcome
    from runcomfy_desktop.domain.deployment import Deployment, DeploymentChanges
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.ui.parts import WindowParts

_SIZE = QSize(240 * STEP, 184 * STEP)
_LEFT_WIDTH = 116 * STEP
_NO_LIMIT = 16_777_215


class DetailsDialog(Dialog):
    """One deployment; shown by show(). Reads the record and the readme when it opens.

    Emits `toggle_requested` and `delete_requested` when the deployment is to be switched or
    deleted, and `link_chosen` with an address of the readme.
    """

    toggle_requested = Signal()
    delete_requested = Signal()
    link_chosen = Signal(QUrl)

    def __init__(self, record: Deployment, parts: WindowParts, parent: QWidget) -> None:
        super().__init__(parent)
        self.record = record
        self._parts = parts
        self._is_demo = parts.account.state.is_demo
        self._may_close = False
        self._is_saving = False
        self._pressed: QWidget | None = None
        self._about = About(self)
        self._form = ScalingForm(self, is_demo=self._is_demo)
        self._scroll = QScrollArea(self)
        self._readme = ReadmeView(self)
        self._status = StatusLine(self)
        self._toggle = text_button("", "details_toggle", self)
        self._free = text_button(_("Free memory"), "details_free", self)
        self._free_menu = QMenu(self)
        self._free_menu.setAccessibleName(_("Free memory"))
        self._delete = text_button(_("Delete…"), "details_delete", self)
        self._close = text_button(_("Close"), "details_close", self)
        self._save = text_button(_("Save"), "details_save", self, primary=True)
        self._links = Subscriptions()
        self._looking = Seldom(self, self._refresh)
        self._build()
        self._connect()
        self._take(record)
        self._look()
        self._form.stand_below(self._about.facts.names_width)
        self._close.setFocus()

    def force_close(self) -> None:
        """Closes without asking: its session is over."""
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
        self._free.setMenu(self._free_menu)
        self._free.setProperty("menu", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._columns(), 1)
        layout.addWidget(Line(self))
        foot = QVBoxLayout()
        foot.setContentsMargins(5 * STEP, 3 * STEP, 5 * STEP, 4 * STEP)
        foot.setSpacing(3 * STEP)
        foot.addWidget(self._status)
        foot.addLayout(self._buttons())
        layout.addLayout(foot)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - QSize(16, 48)))

    def _columns(self) -> QHBoxLayout:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(5 * STEP, 5 * STEP, 5 * STEP, 5 * STEP)
        column.setSpacing(3 * STEP)
        column.addWidget(self._about)
        column.addSpacing(3 * STEP)
        column.addWidget(heading_label(_("Scaling"), "scaling_heading", self, 1.05))
        column.addWidget(self._form)
        column.addStretch(1)
        scroll = self._scroll
        scroll.setObjectName("details_scroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(left)
        scroll.setMinimumWidth(_LEFT_WIDTH)
        right = QVBoxLayout()
        right.setContentsMargins(5 * STEP - README_INDENT, 5 * STEP, 2 * STEP, 2 * STEP)
        right.setSpacing(2 * STEP)
        heading = heading_label(_("Readme"), "readme_heading", self, 1.05)
        heading.setContentsMargins(README_INDENT, 0, 0, 0)
        right.addWidget(heading)
        right.addWidget(self._readme, 1)
        line = Line(self)
        line.setFixedWidth(1)
        line.setMinimumHeight(0)
        line.setMaximumHeight(_NO_LIMIT)
        columns = QHBoxLayout()
        columns.setSpacing(0)
        columns.addWidget(scroll, 1)
        columns.addWidget(line)
        columns.addLayout(right, 1)
        return columns

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * STEP)
        row.addWidget(self._toggle)
        row.addWidget(self._free)
        row.addWidget(self._delete)
        row.addStretch(1)
        row.addWidget(self._close)
        row.addWidget(self._save)
        return row

    def _connect(self) -> None:
        parts, deployment_id = self._parts, self.record.deployment_id
        stop = parts.upkeep.watch(deployment_id, self._on_outcome)
        self.finished.connect(stop)
        self.finished.connect(self._links.close)
        self.finished.connect(self._looking.stop)
        self._links.add(parts.upkeep.changed, self._on_upkeep_changed)
        self._links.add(parts.catalogue.changed, self._on_catalogue_changed)
        self._links.add(parts.queue.changed, self._on_job_changed)
        self._form.edited.connect(self._refresh)
        self._readme.link_chosen.connect(self.link_chosen)
        self._status.retried.connect(self._look)
        self._toggle.clicked.connect(self.toggle_requested)
        self._delete.clicked.connect(self.delete_requested)
        self._save.clicked.connect(self._on_save_clicked)
        self._close.clicked.connect(self.close)

    # Following

    def _look(self) -> None:
        self._status.clear()
        self._readme.show_text("", _("Loading the readme…"))
        self._parts.upkeep.look(self.record.deployment_id)

    def _take(self, record: Deployment) -> None:
        """Shows a newer record; the readme that was read stays."""
        self.record = record
        name = one_line(record.name) or record.deployment_id
        self.setWindowTitle(_("Deployment %s") % name)
        is_other = self._parts.catalogue.state.is_other(record.deployment_id)
        self._about.show_record(record, is_other=is_other)
        self._form.show_record(record)
        self._refresh()

    def _on_outcome(self, outcome: Outcome) -> None:
        if outcome.wish is Wish.DELETE and outcome.succeeded:
            self.force_close()
            return
        if outcome.deployment is not None and not outcome.as_of_s:
            self._take(outcome.deployment)
        if outcome.wish is Wish.LOOK:
            self._on_looked(outcome)
        elif outcome.notice is not None:
            self._status.tell(outcome.notice)
        if outcome.wish is Wish.CHANGE and self._is_saving:
            self._is_saving = False
            self._on_saved(outcome)
        self._refresh()

    def _on_looked(self, outcome: Outcome) -> None:
        if outcome.deployment is not None:
            nothing = _("This deployment has no readme.")
            self._readme.show_text(outcome.deployment.readme, nothing)
        elif outcome.notice is not None:
            self._readme.show_text("", _("The readme could not be read."))
        if outcome.notice is not None:
            notice = outcome.notice
            if outcome.as_of_s:
                shown = _("Shown as of %s.") % age(outcome.as_of_s, time.time())
                notice = Notice(NoticeLevel.INFO, f"{shown} {notice.title}", notice.detail)
            self._status.tell(notice, retry=True)

    def _on_saved(self, outcome: Outcome) -> None:
        if outcome.succeeded:
            self._form.settle()
        if outcome.problem is None:
            return
        # Fields that are read-only take no focus of a person who types on.
        self._form.set_read_only(False)
        refused = self._form.show_refusal(outcome.problem.faults)
        if refused is not None:
            title = _("Nothing was saved: the service refuses the marked number.")
            technical = outcome.problem.technical
            self._status.tell(Notice(NoticeLevel.ERROR, title, "", technical))
            self._scroll.ensureWidgetVisible(refused)

    def _on_upkeep_changed(self, _state: UpkeepState) -> None:
        self._refresh()

    def _on_job_changed(self, job: Job) -> None:
        if job.deployment_id == self.record.deployment_id:
            self._looking.wish(of=len(self._parts.queue.jobs))

    def _on_catalogue_changed(self, state: CatalogueState) -> None:
        for row in state.deployments:
            if row.deployment_id == self.record.deployment_id:
                if row != replace(self.record, payload=None, readme=""):
                    self._take(row)
                return

    def _refresh(self) -> None:
        """What can be done now, and what it costs."""
        upkeep, deployment_id = self._parts.upkeep, self.record.deployment_id
        is_busy = deployment_id in upkeep.state.busy
        held = self.focusWidget()
        self._form.set_read_only(is_busy)
        _name(self._save, with_price(_("Save"), self._form.price))
        self._save.setEnabled(
            not is_busy and self._form.scaling is not None and not self._form.changes.is_empty
        )
        self._save.setAccessibleDescription(self._why_no_save(is_busy=is_busy))
        self._save.setDefault(self._save.isEnabled())
        self._close.setDefault(not self._save.isEnabled())
        self._show_toggle(is_busy=is_busy)
        self._delete.setEnabled(not is_busy)
        instance_id = upkeep.instance_of(deployment_id)
        why_none = self._why_no_instance() if not instance_id else ""
        self._about.show_instance(instance_id, why_none)
        self._free.setEnabled(not is_busy and bool(instance_id))
        self._free.setToolTip(tooltip(why_none))
        self._free.setAccessibleDescription(
            why_none or _("Lets the last instance drop its models from memory.")
        )
        self._hold_focus(held, is_busy=is_busy)

    def _hold_focus(self, held: QWidget | None, *, is_busy: bool) -> None:
        """Qt hands the keyboard of a button that rests to whatever comes next, a Delete too."""
        buttons = (self._toggle, self._free, self._delete, self._save)
        if held in buttons and not held.isEnabled():
            self._pressed = held
            self._close.setFocus()
        elif self._pressed is not None and not is_busy:
            if self._pressed.isEnabled() and held is self._close:
                self._pressed.setFocus()
            self._pressed = None

    def _show_toggle(self, *, is_busy: bool) -> None:
        if self.record.is_enabled:
            _name(self._toggle, _("Disable"))
            tip = _("Every request to it fails at once, and so do jobs that wait for it.")
        else:
            price = price_of_enabling(self.record, is_demo=self._is_demo)
            _name(self._toggle, with_price(_("Enable"), price))
            tip = _("It takes requests again.")
        self._toggle.setToolTip(tooltip(tip))
        self._toggle.setAccessibleDescription(tip)
        self._toggle.setEnabled(not is_busy)

    def _why_no_save(self, *, is_busy: bool) -> str:
        if is_busy:
            return _("It waits for RunComfy's answer.")
        if self._form.scaling is None:
            return _("A number cannot be used.")
        return _("Nothing was changed.") if self._form.changes.is_empty else ""

    def _why_no_instance(self) -> str:
        if self._parts.upkeep.had_instance(self.record.deployment_id):
            return _("has shut down; the next run starts another")
        return _("not known until a job has run here")

    # Doing

    def _on_save_clicked(self) -> None:
        after = self._form.scaling
        if after is not None:
            # By the numbers and the record of now: where the service has others by the time of the
            # answer, nothing is sent.
            agreed = partial(self._save_changes, self._form.changes, self.record)
            ask_before_scaling(self, self._parts.purse, self.record, after, agreed)

    def _save_changes(self, changes: DeploymentChanges, seen: Deployment) -> None:
        self._is_saving = True
        self._status.wait(_("Saving…"))
        self._parts.upkeep.change(seen.deployment_id, changes, seen=seen)
        self._refresh()

    def _on_free(self, clear_cache: bool) -> None:
        self._status.wait(_("Asking the instance…"))
        self._parts.upkeep.free_memory(self.record.deployment_id, clear_cache=clear_cache)

    # Closing

    def reject(self) -> None:
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._form.is_edited and not self._may_close:
            event.ignore()
            ask(
                self,
                "confirm_discard",
                title=_("Close without saving the numbers?"),
                text=_("What you typed for %s is not saved.")
                % shortened(one_line(self.record.name)),
                deed=_("Discard them"),
                on_yes=self.force_close,
            )
            return
        event.accept()
        self.done(Dialog.DialogCode.Rejected)


def _name(button: QPushButton, text: str) -> None:
    if button.accessibleName() != text:
        button.setText(literal(text))
        button.setAccessibleName(text)
