"""The composition root: opens the rooms in order and closes them in reverse.

1. Qt, paths, the data folder's lock, settings. 2. The window, painted. 3. Logs, then everything
that touches network, keyring or history (`session.py`), imported only now. 4. Sessions follow
each other (`sessions.py`) until the window is closed. 5. Closing waits, bounded, for bodies going
out; unfinished jobs stay in the history and are taken up at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from runcomfy_desktop import APP_ID, APP_NAME, __version__, logs
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.i18n import _
from runcomfy_desktop.loop import create_loop
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.single import SingleWindow
from runcomfy_desktop.store.atomic import disk_problem, is_full
from runcomfy_desktop.store.settings import SettingsFile, load_settings
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from runcomfy_desktop.options import Options
    from runcomfy_desktop.paths import Paths
    from runcomfy_desktop.sessions import Sessions

_log = logging.getLogger(__name__)
_PAINT_WITHIN_S = 2.0
_COLLECT_EVERY_MS = 10_000
# Enough to notice that the disk is full.
_PROBE_BYTES = 4096
# A window that is being closed may wait so long for a body that is going out.
_OTHER_WITHIN_S = 15.0
_LOOK_AGAIN_S = 0.2


class _AppFilter(QObject):
    """Sees the window's first paint, and turns the system's "quit" into closing the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.painted = asyncio.Event()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.Quit:
            self._window.close()
            return True
        if kind is QEvent.Type.Paint and not self.painted.is_set():
            # Set behind the paint, so that what waits for it starts with pixels on the screen.
            QTimer.singleShot(0, self.painted.set)
        return False


def run(options: Options) -> int:
    """Runs the program and returns its exit code."""
    QApplication.setDesktopFileName(APP_ID)
    app = QApplication(sys.argv[:1])
    app.setApplicationName(APP_NAME)
    app.setApplicationVersion(__version__)
    # The window decides when the program ends: it may have to wait for a body going out.
    app.setQuitOnLastWindowClosed(False)
    with _data_folder(options) as data_dir:
        return _run_in(app, options, find_paths(data_dir))


def _data_folder(options: Options) -> AbstractContextManager[Path | None]:
    """The tour gets a folder of its own: it must not touch a person's jobs and settings."""
    if options.tour is not None and options.data_dir is None:
        return _temporary_folder()
    return nullcontext(options.data_dir)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runcomfy-desktop-tour-") as folder:
        yield Path(folder)


def _run_in(app: QApplication, options: Options, paths: Paths) -> int:
    try:
        paths.base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=paths.base, buffering=0) as probe:
            probe.write(bytes(_PROBE_BYTES))
        single = SingleWindow(paths.lock)
        handed_over = _hand_over(single, options)
    except OSError as error:
        return _no_window(app, _no_data_folder(paths, error))
    if handed_over is not None:
        return _no_window(app, handed_over) if handed_over else 0
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        try:
            return runner.run(_main(app, options, paths, single))
        finally:
            single.release()


def _no_data_folder(paths: Paths, error: OSError) -> str:
    if is_full(error):
        reason = disk_problem(error, paths.base).sentence()
    else:
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        why = _("a file is in its place") if is_file else error.strerror or error
        reason = _("The program cannot write to its data folder %(folder)s: %(reason)s.") % {
            "folder": paths.base,
            "reason": why,
        }
    return " ".join((reason, _("Nothing was changed. Choose another folder with --data-dir.")))


def _hand_over(single: SingleWindow, options: Options) -> str | None:
    """None when this is the folder's only window; else "", or why it could not be handed over.

    One that is being closed, or has only just been started, is waited for.
    """
    path = str(options.open_file.resolve()) if options.open_file else ""
    end_s = time.monotonic() + _OTHER_WITHIN_S
    while not single.acquire():
        if single.call_first(path):
            return ""
        if time.monotonic() > end_s:
            return _(
                "Another window uses this data folder and does not answer. "
                "Close it, then start again."
            )
        time.sleep(_LOOK_AGAIN_S)
    return None


def _no_window(app: QApplication, why: str) -> int:
    """Ends the program with a sentence, on screen and in the terminal."""
    from runcomfy_desktop.ui.dialogs.no_start import no_start

    print(why, file=sys.stderr)  # noqa: T201 - whoever started it there looks there
    box = no_start(why)
    box.finished.connect(app.quit)
    box.open()
    app.exec()
    return 1


async def _main(app: QApplication, options: Options, paths: Paths, single: SingleWindow) -> int:
    notices = Notices()
    settings_file = SettingsFile(paths.settings, notices.failure)
    preferences = Preferences(load_settings(paths.settings), settings_file.save)
    theme.apply(app, preferences.settings.theme)
    preferences.changed.subscribe(lambda settings: theme.apply(app, settings.theme))
    window = MainWindow(preferences, paths.window_state, _address_fault)
    watcher = _AppFilter(window)
    app.installEventFilter(watcher)
    _catch_the_unexpected(notices)
    window.show()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(watcher.painted.wait(), _PAINT_WITHIN_S)
    collector = _collect_garbage_here(app)
    single.called.connect(window.raise_to_front)
    single.called.connect(lambda path: window.open_path(path) if path else None)
    # While it closes, a start has to wait: it would bring a window forward that goes away.
    window.closed.connect(single.stop_listening)
    single.listen()
    try:
        return await _live(window, options, paths, preferences, notices)
    finally:
        collector.stop()
        await settings_file.flush()
        app.removeEventFilter(watcher)
        window.deleteLater()


async def _live(
    window: MainWindow,
    options: Options,
    paths: Paths,
    preferences: Preferences,
    notices: Notices,
) -> int:
    """Everything after the first frame; the imports here are kept out of the start for it."""
    from runcomfy_desktop.core.account import KeyHolder
    from runcomfy_desktop.session import Surroundings
    from runcomfy_desktop.sessions import Sessions, Wish
    from runcomfy_desktop.store.credentials import Credentials, without_keyring
    from runcomfy_desktop.ui.pictures import measure

    key = KeyHolder()
    logs.start(paths.logs, options.log_level, lambda: key.token)
    _log.info("%s %s starts", APP_NAME, __version__)
    credentials = Credentials()
    if options.tour is not None:
        # It shows a first run: it must not find the key of whoever takes it.
        credentials = Credentials(find=without_keyring)
    around = Surroundings(paths, preferences, notices, credentials, key, measure)
    sessions = Sessions(window, around, options.base_url)
    _close_on_signals(window)
    if options.open_file is not None:
        window.open_path(str(options.open_file.absolute()))
    exit_code = 0
    if options.tour is not None:
        exit_code = await _tour(window, sessions, preferences, options.tour)
    else:
        await sessions.run(Wish.DEMO if options.demo else Wish.ACCOUNT)
    await credentials.close()
    return exit_code


async def _tour(
    window: MainWindow, sessions: Sessions, preferences: Preferences, folder: Path
) -> int:
    """Drives the window from the first-run page on, while the sessions run as for a person."""
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.sessions import Wish
    from runcomfy_desktop.tour.drive import take_tour

    tasks = Tasks()
    running = tasks.start("sessions", sessions.run(Wish.ACCOUNT))
    exit_code = await take_tour(window, lambda: sessions.parts, preferences, folder)
    window.close()
    await running
    return exit_code


def _address_fault(text: str) -> str:
    """Lent to the settings dialog; imported late, because it brings the network with it."""
    from runcomfy_desktop.api.address import base_url_fault

    return base_url_fault(text)


def _collect_garbage_here(app: QApplication) -> QTimer:
    """Cyclic garbage holds Qt objects, which must die on the GUI thread: collect here only.

    What the start-up made is frozen, so that a collection looks at what came after.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    timer = QTimer(app)
    timer.timeout.connect(lambda: gc.collect(1))
    timer.start(_COLLECT_EVERY_MS)
    return timer


def _close_on_signals(window: MainWindow) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no signal handlers on the loop; closing the console ends it there.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, window.close)


def _catch_the_unexpected(notices: Notices) -> None:
    """Every error that nobody handled is logged and told once, calmly, and the program goes on."""

    def on_slot(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _log.error("Unexpected", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            notices.failure(error)

    def on_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("Unexpected in the loop: %s", context.get("message"), exc_info=error)
        if isinstance(error, Exception):
            notices.failure(error)

    sys.excepthook = on_slot
    asyncio.get_running_loop().set_exception_handler(on_loop)
