"""The command line, as a user types it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop import __version__

if TYPE_CHECKING:
    from tests.e2e.program import ProgramProcesses


def test_version_is_told(programs: ProgramProcesses) -> None:
    program = programs.start("--version")
    assert program.wait() == 0
    assert program.stdout.split()[-1] == __version__


def test_help_names_every_option(programs: ProgramProcesses) -> None:
    program = programs.start("--help")
    assert program.wait() == 0
    for option in (
        "--demo",
        "--base-url URL",
        "--data-dir DIR",
        "--open FILE",
        "--tour DIR",
        "--self-test",
        "--report FILE",
        "--log-level",
        "--version",
    ):
        assert option in program.stdout


def test_an_unknown_option_is_refused_with_usage(programs: ProgramProcesses) -> None:
    program = programs.start("--no-such-option")
    assert program.wait() == 2
    assert "usage: runcomfy-desktop" in program.stderr
