"""The workflows of the hosted CI use existing names, few permissions, and pinned actions."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from runcomfy_desktop import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
_PATH = re.compile(r"(?:packaging|tests|resources|requirements)[\w./\\-]*")
_MADE = ("dist", "build", "test-results")


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as a boolean.
    found["on"] = found.pop(True)  # type: ignore[call-overload]
    return found


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def commands(workflow: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in steps(workflow) if "run" in step)


def test_there_are_both() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "installers.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_to_its_content(path: Path) -> None:
    """A tag can be moved to other content; the version in the comment is only for readers."""
    used = re.findall(r"\buses: (.+)", path.read_text(encoding="utf-8"))
    assert used
    pinned = r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    assert [each for each in used if not re.fullmatch(pinned, each)] == []
    # A third party's action could read the secrets.
    assert {each.partition("/")[0] for each in used} == {"actions"}


def test_every_job_may_read_and_one_may_write(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        wanted = {"contents": "write"} if name == "release" else None
        assert job.get("permissions") == wanted


def test_only_a_tag_makes_a_release() -> None:
    workflow = load(PROJECT / ".github/workflows/installers.yml")
    release = workflow["jobs"]["release"]
    assert release["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert set(release["needs"]) == set(workflow["jobs"]) - {"release"}
    message = "\n".join(step.get("run", "") for step in release["steps"])
    assert "checksums.write()" in message
    # A release whose name differs from its files' version would be offered as an update forever.
    said_of_tag = release["steps"][1]["run"]
    for tag, is_right in ((f"v{__version__}", True), ("v999.0", False)):
        words = ["sh", "-ec", said_of_tag]
        environment = {**os.environ, "GITHUB_REF_NAME": tag}
        done = subprocess.run(words, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert (done.returncode == 0) is is_right, done.stderr
    assert "--draft" in message


def test_every_job_ends_and_runs_on_a_system_that_is_there(workflow: dict[str, Any]) -> None:
    for job in workflow["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 120
        matrix = job.get("strategy", {}).get("matrix", {})
        systems = [
            *matrix.get("system", []),
            *(each["system"] for each in matrix.get("include", [])),
        ]
        assert (job["runs-on"] == "${{ matrix.system }}") == bool(systems)
        for system in systems or [job["runs-on"]]:
            assert re.fullmatch(r"(ubuntu|windows|macos)-[\d.]+(-intel)?", system)
            # GitHub removed macos-14 on 2 November 2026.
            assert system != "macos-14"


def test_powershell_stops_at_the_first_command_that_fails() -> None:
    """PowerShell by default checks only the last command."""
    windows = load(PROJECT / ".github/workflows/installers.yml")["jobs"]["windows"]
    assert windows["defaults"]["run"]["shell"] == "pwsh"
    several = [
        step["run"]
        for step in windows["steps"]
        if len(re.findall(r"^ *python ", step.get("run", ""), re.MULTILINE)) > 1
    ]
    assert len(several) == 2
    for run in several:
        assert run.startswith(
            '$ErrorActionPreference = "Stop"\n$PSNativeCommandUseErrorActionPreference = $true\n'
        )


def test_make_knows_every_target(workflow: dict[str, Any]) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", commands(workflow)))
    assert named <= targets


def test_every_file_that_is_named_exists(workflow: dict[str, Any]) -> None:
    named = {each.replace("\\", "/").rstrip("/.") for each in _PATH.findall(commands(workflow))}
    named |= {step["working-directory"] for step in steps(workflow) if "working-directory" in step}
    assert named
    missing = [each for each in named if not (PROJECT / each).exists()]
    assert missing == []


def test_paths_that_start_a_build_exist() -> None:
    paths = load(PROJECT / ".github/workflows/installers.yml")["on"]["pull_request"]["paths"]
    for each in paths:
        assert list(PROJECT.glob(each)), each


def test_what_is_handed_on_was_made(workflow: dict[str, Any]) -> None:
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/upload-artifact"):
            assert step["with"]["path"] in _MADE


def test_pythons_are_ones_that_the_program_runs_on(workflow: dict[str, Any]) -> None:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["requires-python"] == ">=3.11,<3.14"
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            wanted = step.get("with", {}).get("python-version")
            if wanted == "${{ matrix.python }}":
                assert set(job["strategy"]["matrix"]["python"]) <= {"3.11", "3.12", "3.13"}
            elif wanted is not None:
                assert wanted in {"3.11", "3.12", "3.13"}


def test_suites_that_are_named_exist(workflow: dict[str, Any]) -> None:
    for words in re.findall(r"run_suites\.py ([a-z ]+)", commands(workflow)):
        for suite in words.split():
            assert (PROJECT / "tests" / suite).is_dir()


def test_secrets_go_to_the_scripts_that_read_them() -> None:
    text = (PROJECT / ".github/workflows/installers.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"^ +(\w+): \$\{\{ secrets\.(\w+) \}\}$", text, re.MULTILINE))
    assert all(variable == secret for variable, secret in named)
    scripts = "".join(
        (PROJECT / "packaging" / name).read_text(encoding="utf-8")
        for name in ("windows/sign.py", "macos/sign.sh", "trust/checksums.py")
    )
    read = set(re.findall(r"\b((?:WINDOWS|MACOS|RELEASE)_(?:CERTIFICATE|NOTARY|GPG)\w*)", scripts))
    assert {secret for _, secret in named} == read
    assert "secrets." not in (PROJECT / ".github/workflows/ci.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["sign.sh", "try_dmg.sh"])
def test_the_macs_scripts_can_be_read_by_a_shell(name: str) -> None:
    words = ["sh", "-n", str(PROJECT / "packaging" / "macos" / name)]
    assert subprocess.run(words, timeout=20).returncode == 0


def imported_at_once(path: Path) -> set[str]:
    """Returns the top-level names that a module imports at once, without type-checking imports."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_other_systems_read_no_test_that_only_linux_can_read() -> None:
    """A module that cannot be imported stops its whole suite."""
    (run,) = [
        step["run"]
        for step in load(PROJECT / ".github/workflows/ci.yml")["jobs"]["others"]["steps"]
        if "run_suites" in step.get("run", "")
    ]
    left_out = re.findall(r'--ignore-glob="([^"]+)"', run)
    suites = re.findall(r"run_suites\.py ([a-z ]+)", run)[0].split()
    lock = (PROJECT / "requirements-dev.lock").read_text(encoding="utf-8")
    packages = re.findall(r"^([\w.-]+)==\S+ ;.*sys_platform == 'linux'", lock, re.MULTILINE)
    assert "jeepney" in packages
    linux = {*packages, "fcntl", "grp", "linux", "pwd", "resource", "termios"}
    found = {
        path.relative_to(PROJECT).as_posix(): names
        for folder in (*suites, "support")
        for path in (PROJECT / "tests" / folder).rglob("*.py")
        if not any(fnmatch(str(path), glob) for glob in left_out)
        and (names := imported_at_once(path) & linux)
    }
    assert found == {}
