"""First-run page: two ways to start, and a note on who made this program."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import text_button
from runcomfy_desktop.ui.widgets.labels import heading_label, muted_label, plain_label
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column, row

_LOGO = QSize(12 * STEP, 12 * STEP)
_WIDTH = 156 * STEP


class WelcomePage(QWidget):
    """Page shown while there is no key and no workflow.

    Emits `connect_requested` and `demo_requested`.
    """

    connect_requested = Signal()
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._logo = QLabel(self)
        self._title = heading_label(APP_NAME, "welcome_title", self, 1.6)
        self._text = plain_label(
            _(
                "Run your ComfyUI deployments from a window: open the workflow, change its "
                "inputs, drop a picture in, watch the queue, keep the results."
            ),
            "welcome_text",
            self,
            wrap=True,
        )
        self._problem = plain_label("", "welcome_trouble", self, wrap=True)
        self._connect_button = text_button(
            _("Connect your key"), "welcome_connect", self, primary=True
        )
        self._connect_text = muted_label("", "welcome_connect_text", self, wrap=True)
        self._demo_button = text_button(_("Look around without a key"), "welcome_demo", self)
        self._demo_text = muted_label(
            _("A demo service on this computer, with sample deployments. Nothing is billed."),
            "welcome_demo_text",
            self,
            wrap=True,
        )
        self._footnote = muted_label(
            _("An independent client for RunComfy's Serverless API. It is not made by RunComfy."),
            "welcome_footnote",
            self,
            wrap=True,
        )
        self._build()
        self._connect()

    def show_problem(self, text: str) -> None:
        """Shows why a stored key does not work, above the two ways to start; "" for none."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def show_key_storage(self, *, has_keyring: bool) -> None:
        """Shows where a key will be stored."""
        text = (
            _("Paste your API key. It is tested, then kept in the system keyring.")
            if has_keyring
            else _(
                "Paste your API key. It is tested, then kept until the program ends: "
                "this computer has no system keyring."
            )
        )
        self._connect_text.setText(text)
        self._connect_button.setAccessibleDescription(text)

    def _build(self) -> None:
        self.setObjectName("welcome_page")
        # The logo has its own colours, so it looks the same in both palettes.
        self._logo.setPixmap(icons.icon("app", "#000000").pixmap(_LOGO, self.devicePixelRatioF()))
        self._problem.setForegroundRole(self.palette().ColorRole.BrightText)
        self.show_problem("")
        options = row(
            self._option_card(self._connect_button, self._connect_text),
            self._option_card(self._demo_button, self._demo_text),
            spacing=4 * STEP,
        )
        self._demo_button.setAccessibleDescription(self._demo_text.text())
        self.show_key_storage(has_keyring=True)
        middle = QWidget(self)
        middle.setMaximumWidth(_WIDTH)
        column(
            self._logo,
            self._title,
            self._text,
            self._problem,
            2 * STEP,
            options,
            2 * STEP,
            self._footnote,
            owner=middle,
            spacing=4 * STEP,
            margins=(6 * STEP, 3 * STEP, 6 * STEP, 3 * STEP),
        )
        outer = column(owner=self)
        outer.addStretch(2)
        outer.addLayout(row(STRETCH, (middle, 100), STRETCH))
        outer.addStretch(3)

    def _option_card(self, button: QPushButton, text: QLabel) -> QFrame:
        card = QFrame(self)
        card.setObjectName("welcome_way")
        card.setProperty("card", True)
        button.setMinimumHeight(8 * STEP)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column(button, text, STRETCH, owner=card, spacing=3 * STEP, margins=4 * STEP)
        return card

    def _connect(self) -> None:
        self._connect_button.clicked.connect(self.connect_requested)
        self._demo_button.clicked.connect(self.demo_requested)
