"""Fixtures for tests of the real program: a process with a window on a virtual screen.

When a test fails, the ends of the programs' outputs and logs are printed with it; they are stored
in test-results/e2e as a whole, with a screenshot.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from tests.e2e.display import Display
from tests.e2e.program import PROJECT, ProgramProcesses
from tests.e2e.screen_reader_client import ListeningSession, ScreenReader, listening_session
from tests.support.emulators import ChildEmulator
from tests.support.process_wait import wait_until
from tests.support.program_restarts import KillTally, ProgramRestarts
from tests.support.secret_service import PASSWORD, DesktopSession, private_desktop

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

RESULTS = PROJECT / "test-results" / "e2e"
_MAX_TAIL_CHARS = 3_000
_failed = pytest.StashKey[bool]()
_TALLY_PROPERTY = "kills"


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    screen = Display(tmp_path_factory.mktemp("display") / "xvfb.log")
    yield screen
    screen.close()


@pytest.fixture
def programs(
    request: pytest.FixtureRequest, tmp_path: Path, display: Display
) -> Iterator[ProgramProcesses]:
    processes = ProgramProcesses(tmp_path / "programs", display.environment)
    yield processes
    if request.node.stash.get(_failed, False):
        name = re.sub(r"\W+", "-", request.node.name)
        display.save_screenshot(RESULTS / f"{name}.png")
        (RESULTS / f"{name}.txt").write_text(_joined(processes.outputs()))
    processes.close()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[KillTally]:
    """Counts the kills of this test; the totals of all tests are printed at the end."""
    counted = KillTally()
    yield counted
    # Properties reach the process that prints the summary, whichever worker ran the test.
    request.node.user_properties.append((_TALLY_PROPERTY, asdict(counted)))


@pytest.fixture
def restarts(
    tmp_path: Path, tally: KillTally, request: pytest.FixtureRequest
) -> Iterator[ProgramRestarts]:
    """Restarts of the windowless program on one folder and one service.

    The parameter is the duration of a run in seconds.
    """
    with ChildEmulator(run_s=getattr(request, "param", 0.2)) as service:
        restarts_made = ProgramRestarts(tmp_path, service, tally)
        yield restarts_made
        restarts_made.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = itertools.chain.from_iterable(terminalreporter.stats.values())
    counted = [
        Counter(counts)
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, counts in report.user_properties
        if name == _TALLY_PROPERTY
    ]
    if counted:
        total = KillTally(**sum(counted, Counter()))
        terminalreporter.write_line(f"killed from outside: {total.summary()}")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[DesktopSession]:
    """A user's session with an unlocked keyring, in which the test's programs are started.

    The keyring knows no display, so it cannot ask for its password.
    """
    with private_desktop() as session:
        _use_session(session, monkeypatch)
        yield session


@pytest.fixture
def desktop_with_screen(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DesktopSession]:
    """A user's session like `desktop`, but with a keyring that can ask for its password."""
    with private_desktop(display.name) as session:
        _use_session(session, monkeypatch)
        yield session


def _use_session(session: DesktopSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.start_keyring(PASSWORD)
    wait_until("the keyring is there", session.has_secrets)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    for name, value in session.env.items():
        monkeypatch.setenv(name, value)
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"):
        folder = session.home / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))


@pytest.fixture(scope="session")
def atspi_session() -> Iterator[ListeningSession]:
    with listening_session() as session:
        yield session


@pytest.fixture
def reader(
    request: pytest.FixtureRequest,
    atspi_session: ListeningSession,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    programs: ProgramProcesses,
) -> Iterator[ScreenReader]:
    """A screen reader for the programs that this test starts; it is closed before they end.

    If the test fails, everything that the screen reader could see is stored in test-results/e2e.
    """
    for name in ("DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS"):
        monkeypatch.setenv(name, atspi_session.env[name])
    monkeypatch.setenv("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1")
    screen_reader = ScreenReader(atspi_session, tmp_path / "screen-reader.txt")
    yield screen_reader
    if request.node.stash.get(_failed, False):
        RESULTS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", request.node.name)
        output = "\n".join(map(str, screen_reader.announcements()))
        (RESULTS / f"{name}-names-and-roles.txt").write_text(
            f"{screen_reader.tree()}\n\n{output}\n"
        )
    screen_reader.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and call.excinfo is not None:
        item.stash[_failed] = True
        programs = getattr(item, "funcargs", {}).get("programs")
        if programs is not None:
            tails = {name: text[-_MAX_TAIL_CHARS:] for name, text in programs.outputs().items()}
            report.sections.append(("Programs", _joined(tails)))
    return report


def _joined(outputs: Mapping[str, str]) -> str:
    return "\n".join(f"--- {name}\n{text}" for name, text in outputs.items())
