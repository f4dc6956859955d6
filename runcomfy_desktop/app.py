"""The composition root: opens the rooms in order and closes them in reverse.

1. Qt, paths, the data folder's lock, the theme, and the window, painted empty: nothing else is
imported before its first frame. 2. What is in the window is imported and built in slices
(`start.py`). 3. The loop, logs, and everything that touches network, keyring or history
(`life.py`); sessions follow each other (`sessions.py`) until the window is closed. 4. Closing
waits, bounded, for bodies going out; unfinished jobs stay in the history and are taken up at the
next start.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from runcomfy_desktop import APP_ID, APP_NAME, __version__, crashes, taskbar
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.paths import find_paths
from runcomfy_desktop.single import SingleWindow
from runcomfy_desktop.start import Start
from runcomfy_desktop.store.settings import load_settings
from runcomfy_desktop.store.versions import check_folder
from runcomfy_desktop.threads import SWITCH_S
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.main_window import MainWindow
from runcomfy_desktop.ui.slices import imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from PySide6.QtGui import QFileOpenEvent

    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.life import Ground
    from runcomfy_desktop.options import Options
    from runcomfy_desktop.paths import Paths

# Enough to notice that the disk is full.
_PROBE_BYTES = 4096
# A page can ask for as many links as it likes, and only one is opened at a time.
_MAX_EARLY = 8
# A window that is being closed may wait so long for a body that is going out.
_OTHER_WITHIN_S = 15.0
_LOOK_AGAIN_S = 0.2
# As much of an error as fits into a sentence.
_MAX_TOLD = 300
# What is in the window; what each needs itself stands before it, so that no step is long.
_MODULES = (
    "PySide6.QtSvg",
    "runcomfy_desktop.core.notices",
    "runcomfy_desktop.ui.widgets.labels",
    "runcomfy_desktop.ui.actions",
    "runcomfy_desktop.ui.formatting",
    "runcomfy_desktop.ui.run_desk",
    "runcomfy_desktop.ui.deeds",
    "runcomfy_desktop.ui.icons",
    "runcomfy_desktop.ui.widgets.notice_line",
    "runcomfy_desktop.ui.centre",
    "runcomfy_desktop.ui.docks",
    "runcomfy_desktop.ui.run_bar",
    "runcomfy_desktop.ui.status_bar",
    "runcomfy_desktop.ui.places",
    "runcomfy_desktop.ui.deployment.desk",
    "runcomfy_desktop.ui.presets.rows",
    "runcomfy_desktop.ui.presets.deeds",
    "runcomfy_desktop.ui.presets.desk",
    "runcomfy_desktop.ui.presets.apply_desk",
    "runcomfy_desktop.ui.desks",
    "logging.handlers",
    "subprocess",
    "concurrent.futures.thread",
    "ssl",
    "asyncio",
    "runcomfy_desktop.loop",
    "runcomfy_desktop.life",
)


class _Application(QApplication):
    """Turns the system's "quit" (log-out, Cmd-Q) into closing the window, and keeps what the
    system (macOS) hands over to be opened until there is a window for it."""

    window: MainWindow | None = None

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self._early: list[str] = []

    def event(self, event: QEvent) -> bool:
        if self.window is not None and event.type() is QEvent.Type.Quit:
            self.window.close()
            return True
        if event.type() is QEvent.Type.FileOpen:
            self._open(_named_in(cast("QFileOpenEvent", event)))
            return True
        return super().event(event)

    def give_to(self, window: MainWindow) -> None:
        """From now on there is a window."""
        self.window = window
        early, self._early = self._early, []
        for each in early:
            window.open_arrival(each)

    def _open(self, arrived: str) -> None:
        if self.window is not None:
            # One that closes would come into view again, and go away.
            if not self.window.is_closing:
                self.window.raise_to_front()
                self.window.open_arrival(arrived)
        elif len(self._early) < _MAX_EARLY:
            self._early.append(arrived)


def run(options: Options) -> int:
    """Runs the program and returns its exit code."""
    # What the start makes is kept; looking for garbage in it takes a tenth of the time.
    gc.disable()
    sys.setswitchinterval(SWITCH_S)
    taskbar.claim()
    QApplication.setDesktopFileName(APP_ID)
    QApplication.setStyle("Fusion")
    app = _Application(sys.argv[:1])
    app.setApplicationName(APP_NAME)
    app.setApplicationVersion(__version__)
    # The window decides when the program ends: it may have to wait for a body going out.
    app.setQuitOnLastWindowClosed(False)
    with _data_folder(options) as data_dir:
        paths: Paths | None = None
        try:
            try:
                paths = find_paths(data_dir)
            except OSError as error:
                return _no_window(app, _no_such_folder(data_dir, error))
            return _run_in(app, options, paths)
        except Exception as error:
            # Nobody is left who could tell of it in the window.
            app.window = None
            for widget in app.topLevelWidgets():
                widget.hide()
            return _no_window(app, _broken(error, options, paths))


def _named_in(event: QFileOpenEvent) -> str:
    from runcomfy_desktop.arrivals import arrival

    encoded = event.url().toEncoded().data()
    return arrival(bytes(encoded).decode("ascii", "replace") or event.file())


def _data_folder(options: Options) -> AbstractContextManager[Path | None]:
    """The tour gets a folder of its own: it must not touch a person's jobs and settings."""
    if options.tour is not None and options.data_dir is None:
        return _temporary_folder()
    return nullcontext(options.data_dir)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runcomfy-desktop-tour-") as folder:
        yield Path(folder)


def _run_in(app: _Application, options: Options, paths: Paths) -> int:
    full: OSError | None = None
    try:
        paths.base.mkdir(parents=True, exist_ok=True)
        full = _no_room(paths)
        single = SingleWindow(paths.lock)
        handed_over = _hand_over(single, options)
    except OSError as error:
        return _no_window(app, _no_data_folder(paths, full or error))
    if handed_over is not None:
        return _no_window(app, handed_over) if handed_over else 0
    try:
        return _run_alone(app, options, paths, single)
    finally:
        single.release()


def _no_room(paths: Paths) -> OSError | None:
    """Returns the error of a full disk that has jobs to be followed, None when there is room.
    Raises OSError when nothing can be written for another reason, or there are no jobs."""
    from runcomfy_desktop.store.atomic import is_full

    try:
        with tempfile.TemporaryFile(dir=paths.base, buffering=0) as probe:
            probe.write(bytes(_PROBE_BYTES))
    except OSError as error:
        histories = (paths.session(demo=demo).history for demo in (False, True))
        if not is_full(error) or not any(map(Path.exists, histories)):
            raise
        return error
    return None


def _run_alone(app: _Application, options: Options, paths: Paths, single: SingleWindow) -> int:
    faults: list[Exception] = []
    try:
        # Before anything in the folder is touched: it may be a newer program's.
        check_folder(paths.data_version)
        settings = load_settings(paths.settings, faults.append)
    except Problem as problem:
        # Another start is to say the same, not to wait for a window that is none.
        single.release()
        return _no_window(app, problem.sentence())
    with crashes.watched(paths.logs) as has_crashed:
        theme.apply_first(app, settings.theme)
        window = MainWindow(paths.window_state)
        window.show()
        start = Start(window)
        start.run(_steps(app, window, paths, settings))
        if start.ground is None:
            # It was closed before there was anything in it.
            return 0
        app.give_to(window)
        for fault in faults:
            start.ground.notices.failure(fault)
        if has_crashed:
            start.ground.tell_of_crash()
        from runcomfy_desktop.life import live

        return live(app, options, single, start.ground)


def _steps(
    app: QApplication, window: MainWindow, paths: Paths, settings: Settings
) -> Iterator[Ground | None]:
    """What is done between the first frame and the loop; what stands at the end comes last."""
    yield from imported(*_MODULES)
    theme.apply(app, settings.theme)
    yield None
    from runcomfy_desktop.life import Ground

    ground = Ground.of(app, window, paths, settings)
    for _step in ground.furnish():
        yield None
    # All is on screen now; the next wait would be for a second start to be heard.
    yield from imported("PySide6.QtNetwork")
    yield ground


def _broken(error: Exception, options: Options, paths: Paths | None) -> str:
    """Writes the error down, and says what it means for whoever started the program."""
    what = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_TOLD]
    said = [
        _("The program cannot run: a part of it is missing or broken (%s).") % what,
        _("Your jobs and inputs are kept. Install it again."),
    ]
    if paths is not None:
        # Whatever is broken, logging itself included, the sentence is said.
        with suppress(Exception):
            from runcomfy_desktop import logs

            file = logs.write_down(paths.logs, options.log_level, error)
            said.append(_("The details are in %s.") % file)
    return " ".join(said)


def _no_such_folder(folder: Path | None, error: OSError) -> str:
    reason = _("The folder %(folder)s cannot be used for the program's data: %(reason)s.") % {
        "folder": folder or error.filename,
        "reason": error.strerror or error,
    }
    return " ".join((reason, _("Nothing was changed. Choose another folder with --data-dir.")))


def _no_data_folder(paths: Paths, error: OSError) -> str:
    from runcomfy_desktop.store.atomic import disk_problem, is_full

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
    within_s = options.patience.other_window_s
    end_s = time.monotonic() + (_OTHER_WITHIN_S if within_s is None else within_s)
    while not single.acquire():
        if single.call_first(options.opens):
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
