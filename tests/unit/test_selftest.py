"""What the self-test looks at is whole itself; that it finds what is missing: tests/e2e."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from runcomfy_desktop.selftest import modules
from runcomfy_desktop.selftest.expected import FILES
from runcomfy_desktop.selftest.parts import WITHOUT_WINDOW, parts_of
from runcomfy_desktop.selftest.run import platforms

PROJECT = Path(__file__).resolve().parents[2]
SCREENS = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")


def test_every_file_that_comes_with_the_program_is_on_the_list() -> None:
    there = {
        path.relative_to(PROJECT / "resources").as_posix()
        for path in (PROJECT / "resources").rglob("*")
        if path.is_file() and "notices" not in path.parts
    }
    assert set(FILES) == there, "runcomfy_desktop/selftest/expected.py is the list"
    assert len(FILES) == len(set(FILES))


def test_every_part_has_its_function_and_a_name_of_its_own() -> None:
    groups = (parts_of(WITHOUT_WINDOW, is_first=True), parts_of("xcb", is_first=True))
    names = [part.name for group in groups for part in group]
    assert len(names) == len(set(names))
    for part in (part for group in groups for part in group):
        module, _, function = part.check.partition(":")
        assert callable(getattr(import_module(f"runcomfy_desktop.selftest.{module}"), function))
    assert set(parts_of("wayland", is_first=False)) < set(groups[1])


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("offscreen",)),
        ({"DISPLAY": ":0"}, ("xcb", "offscreen")),
        ({"WAYLAND_DISPLAY": "w"}, ("wayland", "offscreen")),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, ("xcb", "wayland", "offscreen")),
        (
            {"DISPLAY": ":0", "WAYLAND_DISPLAY": "w", "XDG_SESSION_TYPE": "wayland"},
            ("wayland", "xcb", "offscreen"),
        ),
        ({"QT_QPA_PLATFORM": "xcb:more=1;wayland", "DISPLAY": ":0"}, ("xcb:more=1",)),
    ],
)
def test_the_platforms_are_those_that_a_person_could_get(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: tuple[str, ...]
) -> None:
    for name in SCREENS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert platforms() == expected


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
import json.decoder as decoder
from runcomfy_desktop import APP_NAME
def late():
    if 0 > 1:
        from runcomfy_desktop.nowhere import nothing
        from xml import sax
    return lambda: __import__("os") or [each for each in import_module("runcomfy_desktop.far.away")]
"""
    code = compile(source, "some.py", "exec")
    found = set()
    for each in modules._all_code(code):
        found |= set(modules._imports(each))
        found |= {text for text in each.co_consts if modules._is_name(text)}
    assert found == {
        "json.decoder",
        "runcomfy_desktop",
        "runcomfy_desktop.nowhere",
        "xml",
        "runcomfy_desktop.far.away",
    }


def test_a_report_is_written_though_nobody_can_be_told(tmp_path: Path) -> None:
    """Where what it prints goes, a full disk or somebody who has read enough may be."""
    program = f"""
from pathlib import Path
from runcomfy_desktop.selftest.report import Report, Result
report = Report()
report.begin()
report.add(Result("a group", "a part", True, "it is there", 0.1))
raise SystemExit(report.end(Path({str(tmp_path / "report.json")!r})))
"""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads((tmp_path / "report.json").read_bytes())["ok"] is True


def test_looking_for_compiled_modules_leaves_asyncio_whole() -> None:
    """In a process that has not imported asyncio before, as after a part that failed early."""
    words = """
from pathlib import Path
from runcomfy_desktop.selftest import native
native.quick(Path())
import asyncio
async def main():
    async with asyncio.timeout(9):
        print("whole")
asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, cwd=PROJECT, check=False
    )
    assert (ended.stdout, ended.returncode) == ("whole\n", 0), ended.stderr
