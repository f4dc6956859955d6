"""Banner above the tree with one offer about the draft, such as using the example values."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.editor.editor_state import EditorState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.buttons import icon_button, text_button
from runcomfy_desktop.ui.widgets.flow_layout import FlowLayout
from runcomfy_desktop.ui.widgets.labels import plain_label
from runcomfy_desktop.ui.widgets.layouts import row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference
    from runcomfy_desktop.domain.workflow.conversion_report import ConversionReport

_BOTTOM_MARGIN = 2 * STEP
"""Space between the banner and the tree."""


class BannerOffer(Enum):
    """Subject of the banner, or the offer of one of its buttons."""

    EXAMPLES = "examples"
    DIFFERENCE = "difference"
    USE_DEPLOYED = "deployed"
    """Alternative for a difference: use the deployment's workflow instead of the file."""
    RUN_FILE = "itself"
    """Alternative for a difference: run the whole file instead of the deployment's workflow."""
    SHOW_DIFFERENCE = "what"
    """Shows the differences, so that the user can decide."""
    FILE_CHANGED = "renewed"
    """The file has been changed since the draft was made."""
    CONVERTED = "converted"
    """The file was converted or parts of it were left out, and there is a report on that."""


def offers_of(state: EditorState) -> Iterator[BannerOffer]:
    """Yields the offers for a state, the most important first."""
    if state.draft is None:
        return
    if state.file_difference:
        yield BannerOffer.FILE_CHANGED
    if state.difference:
        yield BannerOffer.DIFFERENCE
    if state.conversion_report is not None:
        yield BannerOffer.CONVERTED
    if state.examples:
        yield BannerOffer.EXAMPLES


def difference_text(state: EditorState) -> str:
    """Returns how the opened file differs from the deployment, and the consequence for a run."""
    difference, deployment = state.difference, state.deployment
    assert difference is not None
    name = "" if deployment is None else one_line(deployment.name)
    counts = _difference_counts(difference, _("the file"), _("the deployment"))
    if state.draft is not None and state.draft.runs_file:
        return _("The file itself runs on %s, not what is deployed there: %s.") % (name, counts)
    if state.conversion_report is not None and state.conversion_report.is_converted:
        return _("Converted preview, compared with %s: %s.") % (name, counts)
    return _("Compared with %s: %s.") % (name, counts)


def _difference_counts(difference: WorkflowDifference, here: str, there: str) -> str:
    """Returns the numbers of differences between two workflows called `here` and `there`."""
    parts = []
    if count := len(difference.values):
        parts.append(n_("%d value differs", "%d values differ", count) % count)
    if count := len(difference.unmatched):
        only = n_("%d node is only in %s", "%d nodes are only in %s", count)
        parts.append(only % (count, here))
    if count := len(difference.missing):
        parts.append(n_("%d is only in %s", "%d are only in %s", count) % (count, there))
    if count := len(difference.rewired):
        parts.append(
            n_("%d input is linked otherwise", "%d inputs are linked otherwise", count) % count
        )
    return ", ".join(parts)


def file_changed_text(state: EditorState) -> str:
    """Returns the text that the file has changed, and how the draft differs from it."""
    assert state.draft is not None
    assert state.file_difference is not None
    name = one_line(state.draft.source.name)
    counts = _difference_counts(state.file_difference, _("the file now"), _("the draft"))
    return _("%s was changed since this draft was made: %s.") % (name, counts)


def left_out_text(report: ConversionReport) -> str:
    """Returns the text that parts of the workflow were not read, and the consequence for a run."""
    count = report.skipped_count
    if not report.is_stored:
        text = n_(
            "%d part of this file was left out because ComfyUI refuses it. "
            "Runs are sent without it.",
            "%d parts of this file were left out because ComfyUI refuses them. "
            "Runs are sent without them.",
            count,
        )
    else:
        text = n_(
            "%d part of the deployment's workflow is not shown because ComfyUI refuses it. "
            "RunComfy still stores it, so a run may fail and cost its start.",
            "%d parts of the deployment's workflow are not shown because ComfyUI refuses them. "
            "RunComfy still stores them, so a run may fail and cost its start.",
            count,
        )
    return text % count


def converted_text(report: ConversionReport) -> str:
    """Returns the text that the workflow is a converted preview, with the number of remarks."""
    remark_count = len(report.remarks)
    if not remark_count:
        return _("A preview, converted from the editor's own format.")
    text = n_(
        "A preview, converted from the editor's own format. There is %d thing to check.",
        "A preview, converted from the editor's own format. There are %d things to check.",
        remark_count,
    )
    return text % remark_count


def _report_text(state: EditorState) -> str:
    report = state.conversion_report
    assert report is not None
    return converted_text(report) if report.is_converted else left_out_text(report)


class InputsBanner(QFrame):
    """Shows the first open offer of a state with its buttons; emits `pressed` with the offer.

    Dismissed offers about a draft's file are shown again in the next session, because the file may
    differ by then. Example values belong to the deployment: `preferences` stores the deployments
    for which the user has hidden them.
    """

    pressed = Signal(object)

    def __init__(self, parent: QWidget, preferences: Preferences | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences or Preferences(Settings(), lambda _settings: None)
        self._offer: BannerOffer | None = None
        # The report is part of the key, so that a different report is shown again.
        self._dismissed: set[tuple[str, BannerOffer, ConversionReport | None]] = set()
        self._state = EditorState()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("inputs_banner")
        self._icon = QLabel(self)
        TintedIcon(self._icon, "info", "accent")
        self._text = plain_label("", "inputs_banner_text", self, wrap=True)
        self._button = text_button("", "inputs_banner_button", self)
        self._deployed_button = text_button(
            _("Use the deployment's values"), "inputs_banner_deployed", self
        )
        self._run_file_button = text_button(_("Run the file itself"), "inputs_banner_itself", self)
        self._difference_button = text_button(_("Show what differs"), "inputs_banner_what", self)
        self._hide_button = icon_button(_("Hide this line"), "inputs_banner_hide", self)
        TintedIcon(self._hide_button, "close")
        self._buttons = QWidget(self)
        flow = FlowLayout(self._buttons, 2 * STEP)
        for each in self._offer_buttons():
            flow.addWidget(each)
        self._text_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._text_row.setSpacing(2 * STEP)
        self._text_row.addWidget(self._text, 1)
        self._text_row.addWidget(self._buttons)
        margins = (3 * STEP, 2 * STEP, 2 * STEP, 2 * STEP + _BOTTOM_MARGIN)
        parts = (self._icon, (self._text_row, 1), self._hide_button)
        self._row = row(*parts, owner=self, margins=margins)
        self.hide()

    def _connect(self) -> None:
        self._button.clicked.connect(lambda: self.pressed.emit(self._offer))
        self._deployed_button.clicked.connect(lambda: self.pressed.emit(BannerOffer.USE_DEPLOYED))
        self._run_file_button.clicked.connect(lambda: self.pressed.emit(BannerOffer.RUN_FILE))
        self._difference_button.clicked.connect(
            lambda: self.pressed.emit(BannerOffer.SHOW_DIFFERENCE)
        )
        self._hide_button.clicked.connect(self._on_hide_clicked)

    def show_state(self, state: EditorState) -> None:
        self._state = state
        open_offers = (each for each in offers_of(state) if not self._is_dismissed(each))
        self._offer = next(open_offers, None)
        if self._offer is None:
            self.hide()
            return
        is_difference = self._offer is BannerOffer.DIFFERENCE
        runs_file = state.draft is not None and state.draft.runs_file
        self._set_texts(*self._offer_texts(state))
        self._run_file_button.setVisible(is_difference and not runs_file)
        self._difference_button.setVisible(
            self._offer in (BannerOffer.DIFFERENCE, BannerOffer.FILE_CHANGED)
        )
        # A difference cannot be dismissed: a run waits until it is resolved.
        self._deployed_button.setVisible(is_difference)
        self._hide_button.setVisible(not is_difference)
        self._fit()
        self.show()

    def _offer_texts(self, state: EditorState) -> tuple[str, str]:
        """Returns the text of the banner and of its first button."""
        if self._offer is BannerOffer.EXAMPLES:
            count = len(state.examples)
            text = n_(
                "This deployment comes with %d example value.",
                "This deployment comes with %d example values.",
                count,
            )
            return text % count, _("Use the deployment's example values")
        if self._offer is BannerOffer.CONVERTED:
            return _report_text(state), _("Read the report")
        if self._offer is BannerOffer.FILE_CHANGED:
            return file_changed_text(state), _("Use the file as it is now")
        assert state.difference is not None
        count = len(state.difference.values)
        button = n_("Send the file's %d value", "Send the file's %d values", count)
        runs_file = state.draft is not None and state.draft.runs_file
        return difference_text(state), button % count if count and not runs_file else ""

    def _offer_buttons(self) -> tuple[QPushButton, ...]:
        return (self._button, self._run_file_button, self._deployed_button, self._difference_button)

    def _fit(self) -> None:
        """Places the buttons next to the text if it keeps half of the banner, else below it."""
        shown = [each.sizeHint().width() for each in self._offer_buttons() if not each.isHidden()]
        wanted = sum(shown) + 2 * STEP * max(len(shown) - 1, 0)
        is_narrow = 2 * wanted > self.width()
        direction = QBoxLayout.Direction
        self._text_row.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)
        self._buttons.setMinimumWidth(0 if is_narrow else wanted)
        centred = Qt.AlignmentFlag.AlignVCenter
        self._text_row.setAlignment(self._buttons, Qt.AlignmentFlag(0) if is_narrow else centred)
        self._row.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop if is_narrow else centred)
        self._update_min_height()

    def _update_min_height(self) -> None:
        """Reserves the needed height, so that a low window shrinks the tree, not a button."""
        self._row.activate()
        self.setMinimumHeight(self._row.totalHeightForWidth(self.width()))
        # The surrounding layout caches the previous height.
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _set_texts(self, text: str, button: str) -> None:
        self._text.setText(text)
        self._button.setText(button)
        self._button.setAccessibleName(button)
        self._button.setVisible(bool(button))

    def _dismissal_key(
        self, offer: BannerOffer
    ) -> tuple[str, BannerOffer, ConversionReport | None]:
        draft = self._state.draft
        report = self._state.conversion_report if offer is BannerOffer.CONVERTED else None
        return "" if draft is None else draft.key, offer, report

    @property
    def _deployment_id(self) -> str:
        deployment = self._state.deployment
        return "" if deployment is None else deployment.deployment_id

    def _is_dismissed(self, offer: BannerOffer) -> bool:
        hidden = self._preferences.settings.hidden_examples
        is_hidden = offer is BannerOffer.EXAMPLES and self._deployment_id in hidden
        return is_hidden or self._dismissal_key(offer) in self._dismissed

    def _on_hide_clicked(self) -> None:
        if self._offer is not None:
            self._dismissed.add(self._dismissal_key(self._offer))
            if self._offer is BannerOffer.EXAMPLES:
                self._preferences.hide_examples(self._deployment_id)
            self.show_state(self._state)

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(roles.accent_soft))
        painter.setBrush(QColor(roles.accent_soft))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5 - _BOTTOM_MARGIN)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        painter.end()


def accept_offer(offer: BannerOffer, draft_editor: DraftEditor, window: QWidget) -> None:
    """Carries out the offer of the button that was pressed."""
    if offer is BannerOffer.EXAMPLES:
        draft_editor.use_examples()
    elif offer is BannerOffer.DIFFERENCE:
        draft_editor.take_over_file_values()
    elif offer is BannerOffer.RUN_FILE:
        draft_editor.run_file_workflow()
    elif offer is BannerOffer.CONVERTED:
        draft_editor.conversion_report_requested.publish(None)
    elif offer is BannerOffer.FILE_CHANGED:
        draft_editor.use_current_file()
    elif offer is BannerOffer.SHOW_DIFFERENCE:
        _show_differences(draft_editor, window)
    else:
        draft_editor.use_deployed_workflow()


def _show_differences(draft_editor: DraftEditor, window: QWidget) -> None:
    compared = draft_editor.comparison()
    if compared is not None:
        # Imported late: rarely needed.
        from runcomfy_desktop.ui.drafts.workflow_difference import WorkflowDifferenceDialog

        WorkflowDifferenceDialog(compared, window).show()
