"""The line above the tree that offers one thing: example values, or what a file has otherwise."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.buttons import ICON_SIZE, icon_button, text_button
from runcomfy_desktop.ui.widgets.flow_layout import FlowLayout
from runcomfy_desktop.ui.widgets.labels import plain_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.conversion.report import Report
    from runcomfy_desktop.domain.overrides import Difference

_BELOW = 2 * STEP
"""Free room between the line and the tree."""


class Offered(Enum):
    """What the banner is about."""

    EXAMPLES = "examples"
    DIFFERENCE = "difference"
    DEPLOYED = "deployed"
    """The other way out of a difference: what the deployment runs in place of the file."""
    ITSELF = "itself"
    """The third: the file is sent whole, and runs in place of the deployment's workflow."""
    WHAT = "what"
    """Whoever has to decide may look at what differs first."""
    RENEWED = "renewed"
    """The file was changed since the draft was made."""
    CONVERTED = "converted"
    """The file was converted, or something was left out of it, and there is a report on that."""


def offers_of(state: BenchState) -> Iterator[Offered]:
    """All that there is to say about a state, the most important first."""
    if state.draft is None:
        return
    if state.renewal:
        yield Offered.RENEWED
    if state.difference:
        yield Offered.DIFFERENCE
    if state.conversion is not None:
        yield Offered.CONVERTED
    if state.examples:
        yield Offered.EXAMPLES


def difference_text(state: BenchState) -> str:
    """How the opened file differs from the deployment, and what that means for a run."""
    difference, deployment = state.difference, state.deployment
    assert difference is not None
    name = "" if deployment is None else one_line(deployment.name)
    what = _counted(difference, _("the file"), _("the deployment"))
    if state.draft is not None and state.draft.runs_file:
        return _("The file itself runs on %s, not what is deployed there: %s.") % (name, what)
    if state.conversion is not None and state.conversion.is_converted:
        return _("Converted preview, compared with %s: %s.") % (name, what)
    return _("Compared with %s: %s.") % (name, what)


def _counted(difference: Difference, here: str, there: str) -> str:
    """What differs between two workflows, which are called `here` and `there`, in numbers."""
    parts = []
    if count := len(difference.values):
        parts.append(n_("%d value differs", "%d values differ", count) % count)
    if count := len(difference.strangers):
        only = n_("%d node is only in %s", "%d nodes are only in %s", count)
        parts.append(only % (count, here))
    if count := len(difference.missing):
        parts.append(n_("%d is only in %s", "%d are only in %s", count) % (count, there))
    if count := len(difference.rewired):
        parts.append(
            n_("%d input is linked otherwise", "%d inputs are linked otherwise", count) % count
        )
    return ", ".join(parts)


def renewed_text(state: BenchState) -> str:
    """That the file is another one by now, and how the draft differs from it."""
    assert state.draft is not None
    assert state.renewal is not None
    name = one_line(state.draft.source.name)
    what = _counted(state.renewal, _("the file now"), _("the draft"))
    return _("%s was changed since this draft was made: %s.") % (name, what)


def left_out_text(report: Report) -> str:
    """That parts of the workflow in view were not read, and what that means for a run."""
    count = report.left_out
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


def converted_text(report: Report) -> str:
    """That the workflow in view is a preview, and how much of it is missing."""
    told = len(report.remarks)
    if not told:
        return _("A preview, converted from the editor's own format.")
    text = n_(
        "A preview, converted from the editor's own format. There is %d thing to check.",
        "A preview, converted from the editor's own format. There are %d things to check.",
        told,
    )
    return text % told


def _report_text(state: BenchState) -> str:
    report = state.conversion
    assert report is not None
    return converted_text(report) if report.is_converted else left_out_text(report)


class Banner(QFrame):
    """Shows what `show_state` is given, with a button for it. `pressed` says which offer.

    What a draft's file is about may be another thing at the next start, and is then said again;
    example values are the deployment's, and `preferences` know which are not to be offered.
    """

    pressed = Signal(object)

    def __init__(self, parent: QWidget, preferences: Preferences | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences or Preferences(Settings(), lambda _settings: None)
        self._offered: Offered | None = None
        self._draft_key = ""
        # What is said anew is not dismissed: another report is another thing to know.
        self._dismissed: set[tuple[str, Offered, Report | None]] = set()
        self._state: BenchState | None = None
        self._build()
        self._connect()

    def _build(self) -> None:
        self.setObjectName("inputs_banner")
        self._icon = QLabel(self)
        self._text = plain_label("", "inputs_banner_text", self, wrap=True)
        self._button = text_button("", "inputs_banner_button", self)
        self._other = text_button(_("Use the deployment's values"), "inputs_banner_deployed", self)
        self._itself = text_button(_("Run the file itself"), "inputs_banner_itself", self)
        self._what = text_button(_("Show what differs"), "inputs_banner_what", self)
        self._hide = icon_button(_("Hide this line"), "inputs_banner_hide", self)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(3 * STEP, 2 * STEP, 2 * STEP, 2 * STEP + _BELOW)
        row.setSpacing(2 * STEP)
        row.addWidget(self._icon)
        self._buttons = QWidget(self)
        flow = FlowLayout(self._buttons, 2 * STEP)
        for each in self._offers():
            flow.addWidget(each)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setSpacing(2 * STEP)
        self._line.addWidget(self._text, 1)
        self._line.addWidget(self._buttons)
        row.addLayout(self._line, 1)
        row.addWidget(self._hide)
        self._dress()
        self.hide()

    def _connect(self) -> None:
        self._button.clicked.connect(lambda: self.pressed.emit(self._offered))
        self._other.clicked.connect(lambda: self.pressed.emit(Offered.DEPLOYED))
        self._itself.clicked.connect(lambda: self.pressed.emit(Offered.ITSELF))
        self._what.clicked.connect(lambda: self.pressed.emit(Offered.WHAT))
        self._hide.clicked.connect(self._on_hide_clicked)

    def show_state(self, state: BenchState) -> None:
        self._state = state
        self._draft_key = "" if state.draft is None else state.draft.key
        open_offers = (each for each in offers_of(state) if not self._is_dismissed(each))
        self._offered = next(open_offers, None)
        if self._offered is None:
            self.hide()
            return
        is_difference = self._offered is Offered.DIFFERENCE
        runs_file = state.draft is not None and state.draft.runs_file
        self._say(*self._words(state))
        self._itself.setVisible(is_difference and not runs_file)
        self._what.setVisible(self._offered in (Offered.DIFFERENCE, Offered.RENEWED))
        # A difference is no hint: a run waits until it is settled.
        self._other.setVisible(is_difference)
        self._hide.setVisible(not is_difference)
        self._fit()
        self.show()

    def _words(self, state: BenchState) -> tuple[str, str]:
        """What is said, and what the first button offers."""
        if self._offered is Offered.EXAMPLES:
            count = len(state.examples)
            text = n_(
                "This deployment comes with %d example value.",
                "This deployment comes with %d example values.",
                count,
            )
            return text % count, _("Use the deployment's example values")
        if self._offered is Offered.CONVERTED:
            return _report_text(state), _("Read the report")
        if self._offered is Offered.RENEWED:
            return renewed_text(state), _("Use the file as it is now")
        assert state.difference is not None
        count = len(state.difference.values)
        button = n_("Send the file's %d value", "Send the file's %d values", count)
        runs_file = state.draft is not None and state.draft.runs_file
        return difference_text(state), button % count if count and not runs_file else ""

    def _offers(self) -> tuple[QPushButton, ...]:
        return (self._button, self._itself, self._other, self._what)

    def _fit(self) -> None:
        """Beside the text while that leaves it half of the line, else below it."""
        shown = [each.sizeHint().width() for each in self._offers() if not each.isHidden()]
        wanted = sum(shown) + 2 * STEP * max(len(shown) - 1, 0)
        is_narrow = 2 * wanted > self.width()
        way = QBoxLayout.Direction
        self._line.setDirection(way.TopToBottom if is_narrow else way.LeftToRight)
        self._buttons.setMinimumWidth(0 if is_narrow else wanted)
        beside = Qt.AlignmentFlag.AlignVCenter
        self._line.setAlignment(self._buttons, Qt.AlignmentFlag(0) if is_narrow else beside)
        self._row.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop if is_narrow else beside)
        self._hold()

    def _hold(self) -> None:
        """Asks for its whole height: in a low window the tree gives way, not a button."""
        self._row.activate()
        self.setMinimumHeight(self._row.totalHeightForWidth(self.width()))
        # The layout around remembers how high the line was.
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _say(self, text: str, button: str) -> None:
        self._text.setText(text)
        self._button.setText(button)
        self._button.setAccessibleName(button)
        self._button.setVisible(bool(button))

    def _key_of(self, offered: Offered) -> tuple[str, Offered, Report | None]:
        is_report = offered is Offered.CONVERTED and self._state is not None
        report = self._state.conversion if is_report and self._state is not None else None
        return self._draft_key, offered, report

    @property
    def _deployment_id(self) -> str:
        deployment = None if self._state is None else self._state.deployment
        return "" if deployment is None else deployment.deployment_id

    def _is_dismissed(self, offered: Offered) -> bool:
        hidden = self._preferences.settings.hidden_examples
        is_hidden = offered is Offered.EXAMPLES and self._deployment_id in hidden
        return is_hidden or self._key_of(offered) in self._dismissed

    def _on_hide_clicked(self) -> None:
        if self._offered is not None and self._state is not None:
            self._dismissed.add(self._key_of(self._offered))
            if self._offered is Offered.EXAMPLES:
                self._preferences.hide_examples(self._deployment_id)
            self.show_state(self._state)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        roles = colours(self.palette())
        size = QSize(4 * STEP, 4 * STEP)
        image = icons.icon("info", roles.accent).pixmap(size, self.devicePixelRatioF())
        self._icon.setPixmap(image)
        self._hide.setIcon(icons.icon("close", roles.muted))
        self._hide.setIconSize(ICON_SIZE)

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(roles.accent_soft))
        painter.setBrush(QColor(roles.accent_soft))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5 - _BELOW)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        painter.end()


def take_offer(offered: Offered, workbench: Workbench, window: QWidget) -> None:
    """Does what the pressed button of the banner says."""
    if offered is Offered.EXAMPLES:
        workbench.use_examples()
    elif offered is Offered.DIFFERENCE:
        workbench.take_over_file_values()
    elif offered is Offered.ITSELF:
        workbench.run_file_itself()
    elif offered is Offered.CONVERTED:
        workbench.report_wished.publish(None)
    elif offered is Offered.RENEWED:
        workbench.use_file_as_it_is()
    elif offered is Offered.WHAT:
        _show_what_differs(workbench, window)
    else:
        workbench.use_deployed_workflow()


def _show_what_differs(workbench: Workbench, window: QWidget) -> None:
    compared = workbench.compared()
    if compared is not None:
        # Late: it is looked at now and then.
        from runcomfy_desktop.ui.dialogs.what_differs import WhatDiffersDialog

        WhatDiffersDialog(compared, window).show()
