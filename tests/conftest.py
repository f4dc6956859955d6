"""Rules for every suite: nothing leaves this computer, and the user's own files are untouched.

An `async def` test runs on its own event loop. An error that the program only logged fails the
test, unless the test is marked `logs_errors`: a swallowed error is still an error.
"""

from __future__ import annotations

import gc
import inspect
import logging
import shutil
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import soak
from tests.support.async_tests import limit_of, run_async_test
from tests.support.guards import SocketGuard, restore_sigint, use_home_folder
from tests.support.small_disk import is_root

if TYPE_CHECKING:
    from collections.abc import Iterator

_home = Path(tempfile.mkdtemp(prefix="runcomfy-desktop-tests-"))
# On import: libraries imported by tests must see these folders from the start.
use_home_folder(_home)
restore_sigint()
_guard = SocketGuard()
_WATCHED_LOGS = ("runcomfy_desktop", "asyncio")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--live",
        action="store_true",
        help="also run the tests marked live against the real service (needs RUNCOMFY_TOKEN)",
    )
    parser.addoption(
        "--soak",
        action="store_true",
        help="run the long tests alone, at their full length and with examples drawn anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    soak.configure(is_soak=config.getoption("--soak"))


def pytest_report_header() -> str | None:
    return None if is_root() else "not root: tests marked root are left out"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    absent = [] if config.getoption("--live") else ["live"]
    absent += [] if is_root() else ["root"]
    wanted, left_out = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        is_absent = any(map(item.get_closest_marker, absent)) or not soak.is_wanted(item)
        (left_out if is_absent else wanted).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = wanted


def pytest_collection_finish() -> None:
    """Excludes loaded objects, which live as long as the suite, from later garbage collections."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs `async def` tests; tests/gui does the same on Qt's loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    run_async_test(test, limit_s=limit_of(pyfuncitem))
    return True


class _ErrorLog(logging.Handler):
    """Records errors that the program logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        self.addFilter(lambda record: record.name.startswith(_WATCHED_LOGS))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def socket_guard() -> SocketGuard:
    """Returns the guard that blocks and records connections to other computers.

    A test that provokes one clears `attempts` afterwards; otherwise it fails.
    """
    return _guard


@pytest.fixture(autouse=True)
def _stay_on_this_computer(request: pytest.FixtureRequest) -> Iterator[None]:
    _guard.attempts.clear()
    with _guard.open() if request.node.get_closest_marker("live") else nullcontext():
        yield
    assert not _guard.attempts, f"Left this computer: {_guard.attempts}"


@pytest.fixture(autouse=True)
def _no_silent_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    log = _ErrorLog()
    root = logging.getLogger()
    root.addHandler(log)
    yield
    root.removeHandler(log)
    if not request.node.get_closest_marker("logs_errors"):
        assert not log.lines, "The program logged errors:\n" + "\n".join(log.lines)
