"""Status bar: connection, requested pause, key, balance, today's cost, active jobs, output folder.

Pressing an item opens the dialog, panel, web page or folder that belongs to it.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import approx_money, money, time_of_day
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import flat_button, literal
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from runcomfy_desktop.core.account.account import AccountState

_DOT = QSize(12, 12)
_MAX_FOLDER_CHARS = 32


class StatusBar(QStatusBar):
    """Row of flat buttons, each with one piece of information.

    Emits a separate signal for each button.
    """

    connection_requested = Signal()
    try_now_requested = Signal()
    balance_requested = Signal()
    spending_requested = Signal()
    jobs_requested = Signal()
    outputs_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._online_button = flat_button("", "status_online", self)
        self._pause_button = flat_button("", "status_pause", self)
        self._key_button = flat_button("", "status_key", self)
        self._balance_button = flat_button("", "status_balance", self)
        self._today_button = flat_button("", "status_today", self)
        self._jobs_button = flat_button("", "status_jobs", self)
        self._outputs_button = flat_button("", "status_outputs", self)
        self._online_icon = TintedIcon(self._online_button)
        self._build()
        self.reset()

    def reset(self) -> None:
        """Shows the state without a session."""
        self.show_account(None)
        self.show_today(0.0)
        self.show_jobs(0)
        self.show_pause(0.0)
        self.show_outputs("")

    def show_account(self, state: AccountState | None) -> None:
        """Shows connection, key and balance; `None` while no session is open."""
        role, word, tip = _connection_texts(state)
        self._online_icon.show("dot", role)
        _set_item(self._online_button, word, tip)
        key, key_tip = _key_texts(state)
        _set_item(self._key_button, key, key_tip)
        self._update_key_visibility()
        usd = state.balance.usd if state is not None and state.balance is not None else None
        balance = tip = ""
        if usd is not None and state is not None and not state.is_demo:
            balance = _("Balance %s") % money(usd)
            tip = _("Your RunComfy balance. Opens your profile page in the browser.")
        _set_item(self._balance_button, balance, tip)
        low = usd is not None and usd <= 0
        if self._balance_button.property("fault") is not low:
            self._balance_button.setProperty("fault", low)
            self._balance_button.style().unpolish(self._balance_button)
            self._balance_button.style().polish(self._balance_button)

    def show_today(self, usd: float) -> None:
        """Shows what today's jobs cost; nothing for 0.0."""
        text = tip = ""
        if usd > 0:
            text = _("Today %s") % approx_money(usd)
            tip = _(
                "What your jobs that ended today cost, by measured times and prices: their runs, "
                "and the starts of machines. Staying warm and machines that are always on are not "
                "in it. Opens the settings for prices and limits."
            )
        _set_item(self._today_button, text, tip)

    def show_stopped(self, why: str) -> None:
        """Shows that no session could start."""
        self._online_icon.show("dot", "error")
        _set_item(self._online_button, _("Not started"), why)

    def show_pause(self, until_s: float) -> None:
        """Shows a pause until `until_s`, in seconds since the epoch; 0.0 means no pause."""
        text = tip = ""
        if until_s:
            text = _("Pause until %s · Try now") % time_of_day(until_s)
            tip = _(
                "RunComfy wants this program to ask less often. Running jobs go on there, and you "
                "can cancel them. New jobs are sent, unless RunComfy asked for the pause when one "
                "was. Press to try once now: if RunComfy answers, the pause is over."
            )
        _set_item(self._pause_button, text, tip)
        self._update_key_visibility()

    def _update_key_visibility(self) -> None:
        """Hides the key during a pause, because the buttons limit how narrow the window can be."""
        self._key_button.setVisible(bool(self._key_button.text()) and not self._pause_button.text())

    def show_jobs(self, active: int) -> None:
        text = n_("%d active job", "%d active jobs", active) % active if active else ""
        _set_item(self._jobs_button, text or _("No active jobs"), _("Show the queue"))

    def show_outputs(self, folder: str) -> None:
        """Shows the output folder; pass "" while it is unknown."""
        text = _("Outputs in %s") % short_folder(folder) if folder else ""
        _set_item(self._outputs_button, text, _("Open %s") % folder if folder else "")

    def _build(self) -> None:
        self.setObjectName("status_bar")
        self.setAccessibleName(_("Status"))
        self.setSizeGripEnabled(False)
        self.setContentsMargins(STEP // 2, 0, STEP // 2, 0)
        self._online_button.setIconSize(_DOT)
        for item, signal in (
            (self._online_button, self.connection_requested),
            (self._pause_button, self.try_now_requested),
            (self._key_button, self.connection_requested),
            (self._balance_button, self.balance_requested),
            (self._today_button, self.spending_requested),
        ):
            self.addWidget(item)
            item.clicked.connect(signal)
        for item, signal in (
            (self._jobs_button, self.jobs_requested),
            (self._outputs_button, self.outputs_requested),
        ):
            self.addPermanentWidget(item)
            item.clicked.connect(signal)


def short_folder(folder: str) -> str:
    """Returns the last two parts of a folder's path, such as `Pictures/RunComfy`.

    A long result is cut at its start, because a button's text limits how narrow the window can be.
    """
    short = "/".join(PurePath(folder).parts[-2:]).replace("//", "/")
    return short if len(short) <= _MAX_FOLDER_CHARS else "…" + short[1 - _MAX_FOLDER_CHARS :]


def _set_item(button: QToolButton, text: str, tip: str) -> None:
    button.setText(literal(text))
    button.setAccessibleName(text)
    button.setToolTip(tooltip(tip))
    button.setAccessibleDescription(tip)
    button.setVisible(bool(text))


def _connection_texts(state: AccountState | None) -> tuple[str, str, str]:
    """Returns colour role, text and explanation of the connection."""
    if state is None:
        return "muted", _("Starting…"), ""
    # Imported late: it imports the network modules, and this bar exists before the first frame.
    from runcomfy_desktop.core.account.account import AccountPhase

    if state.is_demo and state.phase is not AccountPhase.UNREACHABLE:
        tip = _("The demo service runs on this computer. Press to connect a key of your own.")
        return "accent", _("Demo: nothing is sent to RunComfy and nothing is billed"), tip
    tip = state.problem.sentence() if state.problem is not None else state.service
    return {
        AccountPhase.SIGNED_OUT: ("muted", _("Not connected"), tip),
        AccountPhase.CHECKING: ("muted", _("Connecting…"), tip),
        AccountPhase.SIGNED_IN: ("ok", _("Online"), tip),
        AccountPhase.REJECTED: ("error", _("Key refused"), tip),
        AccountPhase.UNREACHABLE: ("warning", _("Offline"), tip),
    }[state.phase]


def _key_texts(state: AccountState | None) -> tuple[str, str]:
    if state is None or state.is_demo or not state.key_place:
        return "", ""
    if state.key_place == "keyring":
        return _("Key in the system keyring"), _("Press to change or remove it.")
    tip = _("No usable system keyring, so the key is gone when this program ends.")
    return _("Key kept until this program ends"), f"{tip} {state.key_note}".strip()
