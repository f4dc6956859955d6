"""Entry point: parses the command line and runs the program or one of its helpers."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop import i18n
from runcomfy_desktop.app.options import DRAG_SOURCE_FLAG, EMULATOR_FLAG, SELF_TEST_FLAG, parse
from runcomfy_desktop.assets import asset

if TYPE_CHECKING:
    from runcomfy_desktop.app.timeouts import Timeouts


def main(timeouts: Timeouts | None = None) -> int:
    """Runs the program (or one of its helpers) and returns the exit code."""
    arguments = sys.argv[1:]
    # A frozen build has no `python -m`, so the program starts its helpers as itself.
    if arguments[:1] == [EMULATOR_FLAG]:
        from runcomfy_desktop.emulator.__main__ import main as run_emulator

        return run_emulator(arguments[1:])
    if arguments[:1] == [DRAG_SOURCE_FLAG]:
        from runcomfy_desktop.tour.drag_source import main as run_drag_source

        return run_drag_source(arguments[1:])
    if arguments[:1] == [SELF_TEST_FLAG]:
        from runcomfy_desktop.selftest.checks import main as run_checks

        return run_checks(arguments[1:])
    i18n.install(asset("locale"))
    options = parse(arguments)
    if options.self_test:
        from runcomfy_desktop.selftest.runner import run_self_test

        return run_self_test(options.report)
    if options.base_url:
        from runcomfy_desktop.api.address import base_url_error

        if error := base_url_error(options.base_url):
            print(error, file=sys.stderr)
            return 2
    if sys.platform != "win32" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until the loop handles it, Ctrl-C ends the program without a traceback, as usual.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from runcomfy_desktop.app import import_hook

    import_hook.restore_import()
    from runcomfy_desktop.app.application import run

    return run(replace(options, timeouts=timeouts or options.timeouts))


if __name__ == "__main__":
    sys.exit(main())
