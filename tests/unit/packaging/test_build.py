"""Steps of `make installers`, and their common parts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import project
from linux import freeze, reproduce
from runcomfy_desktop import APP_ID, __version__

BUILD = Path(project.PACKAGING, "build.py")


def build(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BUILD, *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_help_names_every_step() -> None:
    message = build("--help").stdout
    for step in ("wheel", "onedir", "deb", "rpm", "appimage", "sums", "test", "parts"):
        assert f"\n  {step} " in message


def test_an_unknown_step_is_refused_before_anything_is_done() -> None:
    done = build("wheel", "snap")
    assert done.returncode == 2
    assert "no such step: snap" in done.stderr
    assert done.stdout == ""


def test_facts_of_the_program_are_read_without_importing_it() -> None:
    assert (project.version(), project.app_id()) == (__version__, APP_ID)


def test_the_date_of_all_files_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    project.epoch.cache_clear()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert project.reproducible()["SOURCE_DATE_EPOCH"] == "1700000000"
    project.epoch.cache_clear()


def test_a_command_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(project.Failed, match=r"ended with 3:\nno such thing"):
        project.run(["sh", "-c", "echo no such thing >&2; exit 3"])
    with pytest.raises(project.Failed, match="does not start"):
        project.run(["/no/such/command"])


def test_differences_of_two_folders_are_found(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "inner").mkdir(parents=True)
        (folder / "same").write_text("same")
        (folder / "other").write_text(folder.name)
        (folder / "link").symlink_to(f"to-{folder.name}")
    (two / "inner" / "more").write_text("more")
    assert reproduce.different_files(one, two) == ["inner/more", "link", "other"]
    assert reproduce.different_files(one, one) == []


def test_a_wheel_is_made_of_nothing_that_git_does_not_know(tmp_path: Path) -> None:
    checkout, copied = tmp_path / "checkout", tmp_path / "copied"
    (checkout / "runcomfy_desktop").mkdir(parents=True)
    for name in ("known.py", "my-key.txt"):
        (checkout / "runcomfy_desktop" / name).write_text(name)
    for words in (["init", "--quiet"], ["add", "runcomfy_desktop/known.py"]):
        subprocess.run(["git", "-C", checkout, *words], check=True, timeout=60)
    freeze.copy_source(copied, checkout)
    assert [each.name for each in copied.rglob("*.*")] == ["known.py"]


def test_pip_reaches_its_index_in_there_as_it_does_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nextra-index-url =\n    https://one.example\n    https://two.example\n"
        "proxy = http://it's:me@proxy.example\nno-compile = true\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    environment, _binds = freeze.pip_ways()
    assert environment["PIP_EXTRA_INDEX_URL"].split() == [
        "https://one.example",
        "https://two.example",
    ]
    assert environment["PIP_PROXY"] == "http://it's:me@proxy.example"
    assert "PIP_NO_COMPILE" not in environment
