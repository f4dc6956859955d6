"""The status bar: online, a long pause, key, balance, what today cost, active jobs, output folder;
each leads to its place."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from runcomfy_desktop.core.topic import Subscriptions
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.formatting import about, money, time_of_day
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import flat_button, literal
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from runcomfy_desktop.core.account import AccountState
    from runcomfy_desktop.core.purse import Purse

_DOT = QSize(12, 12)
_FOLDER_LETTERS = 32


class StatusBar(QStatusBar):
    """Flat buttons, each saying one thing. Emits what was asked for."""

    connection_requested = Signal()
    try_now_requested = Signal()
    balance_requested = Signal()
    spending_requested = Signal()
    jobs_requested = Signal()
    outputs_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._online = flat_button("", "status_online", self)
        self._pause = flat_button("", "status_pause", self)
        self._key = flat_button("", "status_key", self)
        self._balance = flat_button("", "status_balance", self)
        self._today = flat_button("", "status_today", self)
        self._jobs = flat_button("", "status_jobs", self)
        self._outputs = flat_button("", "status_outputs", self)
        self._links = Subscriptions()
        self._tone = "muted"
        self._build()
        self._connect()
        self.show_account(None)
        self.follow(None)
        self.show_jobs(0)
        self.show_pause(0.0)

    def show_account(self, state: AccountState | None) -> None:
        """`None` while no session is open."""
        self._tone, word, tip = _connection(state)
        _say(self._online, word, tip)
        key, key_tip = _key(state)
        _say(self._key, key, key_tip)
        self._make_room()
        usd = state.balance.usd if state is not None and state.balance is not None else None
        if usd is None or (state is not None and state.is_demo):
            _say(self._balance, "", "")
        else:
            tip = _("Your RunComfy balance. Opens your profile page in the browser.")
            _say(self._balance, _("Balance %s") % money(usd), tip)
        low = usd is not None and usd <= 0
        if self._balance.property("fault") is not low:
            self._balance.setProperty("fault", low)
            self._balance.style().unpolish(self._balance)
            self._balance.style().polish(self._balance)
        self._dress()

    def follow(self, purse: Purse | None) -> None:
        """Shows what today cost, from now on; `None` while no session is open."""
        self._links.close()
        if purse is not None:
            self._links.add(purse.changed, lambda _nothing: self._show_today(purse.today_usd))
        self._show_today(purse.today_usd if purse is not None else 0.0)

    def _show_today(self, usd: float) -> None:
        tip = _(
            "What your jobs that ended today cost, by measured times and prices: their runs, and "
            "the starts of machines. Staying warm and machines that are always on are not in it. "
            "Opens the settings for prices and limits."
        )
        _say(self._today, _("Today %s") % about(usd) if usd > 0 else "", tip if usd > 0 else "")

    def show_stopped(self, why: str) -> None:
        """No session could begin."""
        self._tone = "error"
        _say(self._online, _("Not started"), why)
        self._dress()

    def show_pause(self, until_s: float) -> None:
        """Shows a pause until `until_s`, in seconds since the epoch; 0.0: there is none."""
        if not until_s:
            _say(self._pause, "", "")
            self._make_room()
            return
        tip = _(
            "RunComfy wants this program to ask less often. Running jobs go on there, and you can "
            "cancel them. New jobs are sent, unless RunComfy asked for the pause when one was. "
            "Press to try once now: if RunComfy answers, the pause is over."
        )
        _say(self._pause, _("Pause until %s · Try now") % time_of_day(until_s), tip)
        self._make_room()

    def _make_room(self) -> None:
        """The texts are the least width of the window: in a pause the key's place is left out."""
        self._key.setVisible(bool(self._key.text()) and not self._pause.text())

    def show_jobs(self, active: int) -> None:
        text = n_("%d active job", "%d active jobs", active) % active if active else ""
        _say(self._jobs, text or _("No active jobs"), _("Show the queue"))

    def show_outputs(self, folder: str) -> None:
        """`folder` is the place where results go, "" while it is not known."""
        text = _("Outputs in %s") % short_folder(folder) if folder else ""
        _say(self._outputs, text, _("Open %s") % folder if folder else "")

    def _build(self) -> None:
        self.setObjectName("status_bar")
        self.setAccessibleName(_("Status"))
        self.setSizeGripEnabled(False)
        self.setContentsMargins(STEP // 2, 0, STEP // 2, 0)
        self._online.setIconSize(_DOT)
        for item in (self._online, self._pause, self._key, self._balance, self._today):
            self.addWidget(item)
        for item in (self._jobs, self._outputs):
            self.addPermanentWidget(item)
        self.show_outputs("")

    def _connect(self) -> None:
        self._online.clicked.connect(self.connection_requested)
        self._pause.clicked.connect(self.try_now_requested)
        self._key.clicked.connect(self.connection_requested)
        self._balance.clicked.connect(self.balance_requested)
        self._today.clicked.connect(self.spending_requested)
        self._jobs.clicked.connect(self.jobs_requested)
        self._outputs.clicked.connect(self.outputs_requested)

    def _dress(self) -> None:
        tone = getattr(colours(self.palette()), self._tone)
        self._online.setIcon(icons.icon("dot", tone))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()


def short_folder(folder: str) -> str:
    """The last two parts of a folder's path, `Pictures/RunComfy`; the end of them when long, as a
    button's whole text is the least width of the window."""
    short = "/".join(PurePath(folder).parts[-2:]).replace("//", "/")
    return short if len(short) <= _FOLDER_LETTERS else "…" + short[1 - _FOLDER_LETTERS :]


def _say(button: QToolButton, text: str, tip: str) -> None:
    button.setText(literal(text))
    button.setAccessibleName(text)
    button.setToolTip(tooltip(tip))
    button.setAccessibleDescription(tip)
    button.setVisible(bool(text))


def _connection(state: AccountState | None) -> tuple[str, str, str]:
    """Colour role, word and explanation of the connection."""
    if state is None:
        return "muted", _("Starting…"), ""
    # Late: it brings the network with it, and this bar is there before the first frame.
    from runcomfy_desktop.core.account import AccountPhase

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


def _key(state: AccountState | None) -> tuple[str, str]:
    if state is None or state.is_demo or not state.key_place:
        return "", ""
    if state.key_place == "keyring":
        return _("Key in the system keyring"), _("Press to change or remove it.")
    tip = _("No usable system keyring, so the key is gone when this program ends.")
    return _("Key kept until this program ends"), f"{tip} {state.key_note}".strip()
