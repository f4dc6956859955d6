"""The self-test passes on a complete program; tests/e2e cover missing parts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.markers import Marker

from runcomfy_desktop.selftest import module_checks
from runcomfy_desktop.selftest.checks import WITHOUT_WINDOW, checks_of
from runcomfy_desktop.selftest.package_checks import FILES
from runcomfy_desktop.selftest.runner import CheckResult, SelfTestReport, platforms, results_of
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from types import CodeType

PROJECT = Path(__file__).resolve().parents[2]
SCREENS = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")


def test_every_file_that_comes_with_the_program_is_on_the_list() -> None:
    there = {
        path.relative_to(PROJECT / "resources").as_posix()
        for path in (PROJECT / "resources").rglob("*")
        if path.is_file() and "notices" not in path.parts
    }
    assert set(FILES) == there, "runcomfy_desktop/selftest/package_checks.py is the list"
    assert len(FILES) == len(set(FILES))


def test_every_part_has_a_name_of_its_own() -> None:
    without_qt, with_qt = (checks_of(group, is_first=True) for group in (WITHOUT_WINDOW, "xcb"))
    assert set(without_qt).isdisjoint(with_qt)
    assert set(checks_of("wayland", is_first=False)) < set(with_qt)


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


@pytest.mark.parametrize(
    ("system", "expected"), [("win32", ("windows",)), ("darwin", ("cocoa", "offscreen"))]
)
def test_elsewhere_they_are_those_that_have_fonts(
    monkeypatch: pytest.MonkeyPatch, system: str, expected: tuple[str, ...]
) -> None:
    for name in SCREENS:
        monkeypatch.delenv(name, raising=False)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(sys, "platform", system)
        found = platforms()
    assert found == expected


GOOD = {"result": {"name": "a", "ok": True, "says": "here", "seconds": 0.5, "trace": []}}
BAD = {"result": {"name": "b", "ok": False, "says": "gone", "seconds": 0.5, "trace": []}}
CRASHED = CheckResult("xcb", "", False, "the process ended by signal 11", 2.0, ("last words",))


@pytest.mark.parametrize(
    ("lines", "results"),
    [
        ([{"begins": "a"}, GOOD, {"begins": "b"}, BAD], "+-0"),
        ([{"begins": "a"}, GOOD, {"begins": "b"}], "+c0"),
        ([], "c00"),
    ],
)
def test_a_part_is_whole_only_when_its_process_said_so(
    lines: list[dict[str, object]], results: str
) -> None:
    """A check passes only if its process reported success.

    `+`: it passed; `-`: it failed; `c`: the process ended there; `0`: it was not reached.
    """
    found = list(results_of(["a", "b", "c"], lines, CRASHED))
    assert [(each.group, each.name) for each in found] == [("xcb", name) for name in "abc"]
    assert [each.ok for each in found] == [each == "+" for each in results]
    assert [each.says == CRASHED.says for each in found] == [each == "c" for each in results]
    assert [each.says == "was not reached" for each in found] == [each == "0" for each in results]


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
    for each in module_checks._all_code(code):
        found |= set(module_checks._imports(each))
        found |= {text for text in each.co_consts if module_checks._is_name(text)}
    assert found == {
        "json.decoder",
        "runcomfy_desktop",
        "runcomfy_desktop.nowhere",
        "xml",
        "runcomfy_desktop.far.away",
    }


@cache
def compiled() -> tuple[CodeType, ...]:
    """Returns the code objects of the whole program."""
    files = (PROJECT / "runcomfy_desktop").rglob("*.py")
    return tuple(
        code
        for file in files
        for code in module_checks._all_code(compile(file.read_bytes(), str(file), "exec"))
    )


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_no_module_is_asked_for_that_is_not_installed_on_a_system(system: str) -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==\S+ ; (.+?) \\$", lock, re.MULTILINE)
    absent = {
        name for name, marker in locked if not Marker(marker).evaluate({"sys_platform": system})
    }
    assert absent & {"cryptography", "truststore"}
    asked = {
        name.partition(".")[0]
        for code in compiled()
        for name in module_checks._imports(code, system)
    }
    assert {"httpx", "PySide6", "keyring"} < asked
    assert asked & absent == set()


def test_a_report_is_written_though_nobody_can_be_told(tmp_path: Path) -> None:
    """The report is written even if stdout is a full disk or a closed pipe."""
    program = f"""
from pathlib import Path
from runcomfy_desktop.selftest.runner import CheckResult, SelfTestReport
report = SelfTestReport()
report.begin()
report.add(CheckResult("a group", "a part", True, "it is there", 0.1))
raise SystemExit(report.end(Path({str(tmp_path / "report.json")!r})))
"""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads((tmp_path / "report.json").read_bytes())["ok"] is True


def reported(file: Path, parts: int = 1) -> int:
    """Returns the exit code when the report is written to `file`."""
    report = SelfTestReport()
    for number in range(parts):
        report.add(CheckResult("a group", f"part {number}", True, "it is there " * 20, 0.1))
    return report.end(file)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no pipes with a name")
def test_a_pipe_that_is_read_gets_the_whole_report(tmp_path: Path) -> None:
    """A report larger than the pipe's buffer is written whole to a reader that starts later."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["/bin/sh", "-c", 'sleep 0.3; exec cat "$0"', str(pipe)]
    with (
        subprocess.Popen(words, stdout=subprocess.PIPE) as reader,
        ThreadPoolExecutor(1) as pool,
    ):
        code = pool.submit(reported, pipe, 2000)
        read = reader.communicate(timeout=60)[0]
        assert code.result() == 0
    assert len(json.loads(read)["parts"]) == 2000


def test_a_report_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("of yesterday")
    with file.open() as yesterday:
        assert reported(file) == 0
        assert yesterday.read() == "of yesterday", "who reads it is not cut short"
    assert json.loads(file.read_bytes())["ok"] is True
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.root
def test_a_report_that_does_not_fit_leaves_the_earlier_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        file = disk.path / "report.json"
        file.write_text("of yesterday")
        disk.fill()
        assert reported(file, 2000) == 1
        assert file.read_text() == "of yesterday"


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such device")
def test_a_report_can_go_to_where_the_program_prints_and_through_a_link(tmp_path: Path) -> None:
    program = """
from pathlib import Path
from runcomfy_desktop.selftest.runner import SelfTestReport
raise SystemExit(SelfTestReport().end(Path("/dev/stdout")))
"""
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert '"ok": true' in ended.stdout
    assert Path("/dev/stdout").is_symlink()
    (tmp_path / "link").symlink_to(tmp_path / "report.json")
    assert reported(tmp_path / "link") == 0
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "report.json").read_bytes())["ok"] is True


def test_looking_for_compiled_modules_leaves_asyncio_whole() -> None:
    """Runs in a process that has not imported asyncio yet, as after a check that failed early."""
    words = """
from pathlib import Path
from runcomfy_desktop.selftest import module_checks
module_checks.compiled_modules(Path())
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
