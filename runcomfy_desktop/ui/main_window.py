"""The window: puts menus, run bar, docks, centre and status bar together.

It is painted empty first, at once; `furnish` then builds what is in it, step by step, and all of
that is its second frame. Until then nothing is imported that the first frame does not need (`Qt`
alone, with its hundred enums, takes 10 ms). The window outlives sessions: `attach` gives it the
parts of one, `detach` takes them away again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QUrl, Signal

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QCloseEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.account import AccountState
    from runcomfy_desktop.core.notices import Notice
    from runcomfy_desktop.core.preferences import Preferences
    from runcomfy_desktop.core.topic import Subscriptions
    from runcomfy_desktop.core.workbench import BenchState
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.domain.settings import Settings, Theme
    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.actions import Actions
    from runcomfy_desktop.ui.centre import Centre
    from runcomfy_desktop.ui.deeds import Deeds
    from runcomfy_desktop.ui.deployment.desk import DeploymentDesk
    from runcomfy_desktop.ui.desks import Desks
    from runcomfy_desktop.ui.docks import Docks
    from runcomfy_desktop.ui.help_desk import HelpDesk
    from runcomfy_desktop.ui.parts import SettingsAids, WindowParts
    from runcomfy_desktop.ui.places import Places
    from runcomfy_desktop.ui.queue_desk import QueueDesk
    from runcomfy_desktop.ui.run_bar import DeploymentMenu, RunBar
    from runcomfy_desktop.ui.slices import Slices
    from runcomfy_desktop.ui.status_bar import StatusBar
    from runcomfy_desktop.ui.widgets.notice_line import NoticeLine


class MainWindow(Shell):
    """Emits `demo_requested` and `account_requested` when a session of the other kind is wished,
    `retry_requested` for one that could not begin."""

    demo_requested = Signal()
    account_requested = Signal()
    retry_requested = Signal()

    _parts: WindowParts | None = None
    _stop_listening: Callable[[], None] | None = None
    _key_in_view = ""
    # What `furnish` builds.
    menu: Actions
    centre: Centre
    docks: Docks
    notice_line: NoticeLine
    help_desk: HelpDesk
    _preferences: Preferences
    _links: Subscriptions
    _slices: Slices
    _places: Places
    _deeds: Deeds
    _desk: DeploymentDesk
    _queue_desk: QueueDesk
    _desks: Desks
    _deployments: DeploymentMenu
    _run_bar: RunBar
    _status: StatusBar

    def furnish(
        self,
        preferences: Preferences,
        aids: SettingsAids,
        open_url: Callable[[QUrl], bool] | None = None,
    ) -> Iterator[None]:
        """Builds what is in the window. Between two steps events may be dealt with; none of it is
        seen before the last step."""
        self.setUpdatesEnabled(False)
        self._preferences = preferences
        yield from self._make(preferences, aids, open_url)
        yield from self._build()
        self._connect()
        self._is_furnished = True
        if self._waiting_file:
            self.open_arrival(self._waiting_file)
        yield
        self.setUpdatesEnabled(True)
        yield

    def _make(
        self,
        preferences: Preferences,
        aids: SettingsAids,
        open_url: Callable[[QUrl], bool] | None,
    ) -> Iterator[None]:
        from runcomfy_desktop.core.topic import Subscriptions
        from runcomfy_desktop.ui.actions import Actions
        from runcomfy_desktop.ui.centre import Centre
        from runcomfy_desktop.ui.deeds import Deeds
        from runcomfy_desktop.ui.deployment.desk import DeploymentDesk
        from runcomfy_desktop.ui.docks import Docks
        from runcomfy_desktop.ui.help_desk import HelpDesk
        from runcomfy_desktop.ui.places import Places
        from runcomfy_desktop.ui.run_bar import DeploymentMenu, RunBar
        from runcomfy_desktop.ui.slices import Slices
        from runcomfy_desktop.ui.status_bar import StatusBar

        self._links = Subscriptions()
        self._slices = Slices(self)
        yield
        self.menu = Actions(self)
        yield
        self._places = Places(self, open_url)
        self.help_desk = HelpDesk(self, self.menu, self._places)
        self._deeds = Deeds(self, preferences, self._places, aids)
        self._deployments = DeploymentMenu(self)
        yield
        self.centre = Centre(self, self._preferences)
        yield
        self.docks = Docks(self)
        self._desk = DeploymentDesk(
            self, self.menu, self.docks, self._deeds.open_deployment, self._places.open_page
        )
        yield
        self._run_bar = RunBar(self._deployments, self)
        self._status = StatusBar(self)
        self.notice_line = self.centre.notice_line
        yield

    # Sessions

    def attach(self, parts: WindowParts) -> None:
        """Shows a session; whatever waited for one (a file to open) is done now."""
        self._parts = parts
        self._links.add(parts.workbench.changed, self._on_workbench_changed)
        self._links.add(parts.account.changed, self._on_account_changed)
        self._links.add(parts.account.heard, self._on_account_heard)
        self._links.add(parts.queue.key_accepted, lambda _nothing: self._on_key_accepted())
        self._links.add(self._preferences.changed, self._on_preferences_changed)
        self._stop_listening = parts.notices.listen(self.notice_line.tell)
        outdated = parts.notices.outdated
        self._links.add(outdated, lambda about: self.notice_line.withdraw(about=about))
        account = parts.account.state
        self._run_bar.attach(parts.workbench, parts.catalogue, parts.purse, parts.upkeep)
        self.centre.attach(parts)
        self.docks.attach(parts)
        self._on_account_changed(account)
        self._on_workbench_changed(parts.workbench.state)
        self._status.follow(parts.purse)
        self._queue_desk.attach(parts.queue)
        self._on_preferences_changed(self._preferences.settings)
        self._deeds.attach(parts)
        self._desk.attach(parts)
        self._desks.attach(parts)
        self._slices.run(self._fill())

    def _fill(self) -> Iterator[None]:
        """What of a session is not on screen with its first frame, or only needed later."""
        yield from self.docks.fill()
        yield from self.centre.prepare()
        yield from self._desks.fill()

    def detach(self) -> None:
        """Lets go of the session; the window stays."""
        self._links.close()
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self._parts = None
        self._deeds.detach()
        self._desk.detach()
        self._desks.detach()
        self._queue_desk.detach()
        self._slices.stop()
        self._run_bar.detach()
        self.docks.detach()
        self.notice_line.clear()
        if not self._is_closing:
            self.centre.detach()
        self._show_no_session()

    def show_stopped(self, why: str, *, can_retry: bool = False) -> None:
        """No session could begin; trying again, the demo and the settings are the ways on."""
        from runcomfy_desktop.ui.centre import Message, Way

        self._status.show_stopped(why)
        self.menu.demo.setEnabled(True)
        retry, demo = (_("Try again"), Way.RETRY), (_("Look around without a key"), Way.DEMO)
        self.centre.say(Message(why, "warning", *(retry if can_retry else demo)))

    def open_connect(self) -> None:
        self._deeds.open_connect()

    def open_arrival(self, arrival: str) -> None:
        """Opens what came from outside, a path or a link, now or with the next session."""
        self._deeds.open_arrival(arrival)

    # Closing

    def show_closing(self) -> None:
        """Says what is waited for while the program ends."""
        from runcomfy_desktop.core.attention import farewell_to
        from runcomfy_desktop.domain.job import JobState
        from runcomfy_desktop.ui.centre import Message

        count = self._sending_count()
        if count == 0 or self._parts is None:
            self.hide()
            return
        text = n_(
            "Finishing %d upload. The window closes by itself.",
            "Finishing %d uploads. The window closes by itself.",
            count,
        )
        jobs = self._parts.queue.jobs.values()
        last = farewell_to(job for job in jobs if job.state is not JobState.SENDING)
        lines = (text % count, f"{last.title} {last.detail}".strip() if last is not None else "")
        self.centre.say(Message("\n".join(filter(None, lines)), "clock"))
        for widget in (
            self.menuBar(),
            self._run_bar,
            self._status,
            self.docks.graph,
            *self.docks.all(),
        ):
            widget.setEnabled(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_furnished:
            self._queue_desk.keep()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._parts is None:
            return
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self._parts.catalogue.freshen()

    def _sending_count(self) -> int:
        from runcomfy_desktop.domain.job import JobState

        jobs = self._parts.queue.jobs.values() if self._parts is not None else ()
        return sum(1 for job in jobs if job.state is JobState.SENDING)

    # Building

    def _build(self) -> Iterator[None]:
        from runcomfy_desktop.ui import icons
        from runcomfy_desktop.ui.desks import Desks, Frame
        from runcomfy_desktop.ui.queue_desk import QueueDesk

        self.setWindowIcon(icons.icon("app", "#000000"))
        self.setDockNestingEnabled(True)
        self.setCentralWidget(self.centre)
        self.addToolBar(self._run_bar)
        self.setStatusBar(self._status)
        yield
        self.menu.fill(self.menuBar(), self.docks.toggles(), self._deployments)
        yield
        self.docks.reset()
        self._state.restore_layout(self)
        self._queue_desk = QueueDesk(self, self.menu, self.docks, self._status, self._state)
        self._desks = Desks(
            Frame(self, self.menu, self.docks, self.centre, self._run_bar, self._deeds, self._state)
        )
        self.holds_open = self._desks.holds_open
        yield
        self._show_no_session()
        self.menu.follow_settings(self._preferences.settings)
        # Else Qt gives the keyboard to what was built first: a button that closes a dock.
        self.centre.setFocus()
        yield

    def _connect(self) -> None:
        menu = self.menu
        self._deeds.follow(menu)
        for action, deed in (
            (menu.demo, self.demo_requested.emit),
            (menu.quit, self.close),
            (menu.reset_layout, self.docks.reset),
            (menu.next_area, lambda: self._go_to_area(forward=True)),
            (menu.last_area, lambda: self._go_to_area(forward=False)),
            (menu.get_key, self._places.open_profile),
        ):
            action.triggered.connect(lambda _checked=False, deed=deed: deed())
        self._connect_parts()

    def _connect_parts(self) -> None:
        deeds, centre, docks, status = self._deeds, self.centre, self.docks, self._status
        self.menu.recent_file_chosen.connect(deeds.open_path)
        self.menu.theme_chosen.connect(self._on_menu_theme_chosen)
        self._deployments.chosen.connect(deeds.open_deployment)
        self._run_bar.run_requested.connect(deeds.run)
        self._run_bar.enable_requested.connect(self._desk.enable)
        deeds.enable_wanted.connect(self._desk.enable)
        centre.connect_requested.connect(deeds.connect_key)
        centre.demo_requested.connect(self.demo_requested)
        centre.retry_requested.connect(self.retry_requested)
        centre.open_file_requested.connect(deeds.choose_file)
        centre.file_dropped.connect(deeds.open_path)
        centre.told.connect(self._tell)
        centre.runs_wished.connect(deeds.run_each)
        docks.deployment_chosen.connect(deeds.open_deployment)
        docks.refresh_requested.connect(deeds.refresh)
        docks.inputs_requested.connect(deeds.use_inputs_of)
        status.connection_requested.connect(deeds.connect_key)
        status.balance_requested.connect(self._places.open_profile)
        status.spending_requested.connect(deeds.open_money)
        status.jobs_requested.connect(docks.queue.bring_up)
        status.outputs_requested.connect(deeds.open_outputs)
        self._places.failed.connect(self._on_places_failed)
        self._places.not_opened.connect(self.tell_not_opened)
        self.file_dropped.connect(deeds.open_path)
        deeds.account_requested.connect(self.account_requested)
        deeds.told.connect(self.notice_line.tell)
        self.notice_line.left.connect(self._on_notice_left)
        deeds.submitted.connect(self._on_deeds_submitted)
        deeds.outdated.connect(lambda about: self.notice_line.withdraw(about=about))
        deeds.input_wanted.connect(self._on_deeds_input_wanted)

    # Following

    def _show_no_session(self) -> None:
        self._status.show_account(None)
        self._status.show_outputs("")
        self._status.follow(None)
        self.menu.follow_session(None)
        self.menu.follow_bench(None)
        self.setWindowTitle(APP_NAME)

    def _on_workbench_changed(self, bench: BenchState) -> None:
        from runcomfy_desktop.core.notices import CONVERSION
        from runcomfy_desktop.ui.formatting import one_line
        from runcomfy_desktop.ui.run_desk import cannot_run

        self.menu.follow_bench(bench)
        if not bench.blocked:
            self.notice_line.withdraw(cannot_run())
        draft = bench.draft
        key = "" if draft is None else draft.key
        if bench.conversion is None or key != self._key_in_view:
            self.notice_line.withdraw(about=CONVERSION)
        self._key_in_view = key
        name = one_line(draft.title or draft.source.name) if draft is not None else ""
        self.setWindowTitle(f"{name} — {APP_NAME}" if name else APP_NAME)

    def _on_account_changed(self, account: AccountState) -> None:
        self.menu.follow_session(account)
        self._status.show_account(account)

    def _on_account_heard(self, problem: Problem | None) -> None:
        if problem is None:
            self._on_key_accepted()

    def _on_key_accepted(self) -> None:
        from runcomfy_desktop.core.notices import KEY_REFUSED

        self.notice_line.withdraw(about=KEY_REFUSED)

    def _on_preferences_changed(self, settings: Settings) -> None:
        self.menu.follow_settings(settings)
        if self._parts is not None:
            self._status.show_outputs(str(self._parts.output_folder()))

    # Actions that need a part of the window

    def _on_menu_theme_chosen(self, theme: Theme) -> None:
        self._preferences.set(theme=theme)

    def _tell(
        self,
        text: str,
        button: str = "",
        deed: Callable[[], object] | None = None,
        *,
        warns: bool = False,
    ) -> None:
        from runcomfy_desktop.core.notices import Notice, NoticeLevel

        level = NoticeLevel.WARNING if warns else NoticeLevel.INFO
        self.notice_line.tell(Notice(level, text, "", "", button, deed))

    def _on_deeds_submitted(self) -> None:
        if not self.docks.queue.isVisible():
            text, button = _("The run is in the queue."), _("Show the queue")
            show = self.docks.queue.bring_up
            self._tell(text, button, show)

    def _on_notice_left(self, notice: Notice) -> None:
        from runcomfy_desktop.ui.run_desk import WAITS

        if self._parts is not None:
            self._parts.notices.left.publish(notice)
        if notice.about == WAITS:
            # Nothing is run of which the window does not say that it waits.
            self._deeds.give_up_waiting()

    def _on_deeds_input_wanted(self, key: InputKey) -> None:
        if self.centre.inputs is not None:
            self.centre.inputs.show_problem(key)

    def tell_not_opened(self, url: QUrl) -> None:
        """Tells of an address that no program of the desktop opened."""
        from runcomfy_desktop.ui.places import not_opened

        self.notice_line.tell(not_opened(url))

    def _on_places_failed(self, text: str) -> None:
        self._tell(text, warns=True)

    def focusNextPrevChild(self, next_: bool) -> bool:
        from runcomfy_desktop.ui.focus_order import go_on

        return self._is_furnished and go_on((self.menuBar(), *self._areas()), forward=next_)

    def _go_to_area(self, *, forward: bool) -> None:
        from runcomfy_desktop.ui.focus_order import go_to_area

        go_to_area(self._areas(), forward=forward)

    def _areas(self) -> tuple[QWidget, ...]:
        """The parts of the window as one reads it."""
        docks = self.docks
        left, below, right = docks.left(), docks.queue, docks.output
        return (self._run_bar, *left, docks.graph, self.centre, below, right, self._status)
