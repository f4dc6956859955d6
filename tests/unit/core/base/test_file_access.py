"""Files that the user named: problems explain why one cannot be opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runcomfy_desktop.core.base.file_access import open_file, read_problem
from runcomfy_desktop.domain.base.problem import Problem


def test_a_file_is_opened_with_its_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    file, size_bytes = open_file(tmp_path / "a")
    with file:
        assert (file.read(), size_bytes) == (b"12345", 5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Problem, match=r"^pipe is not a file\.$"):
        open_file(tmp_path / "pipe")


def test_a_name_cannot_break_or_turn_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"^a b gnp\.exe is not there any more\.$"):
        open_file(tmp_path / "a\nb\t\u202egnp.exe")
    with pytest.raises(Problem, match=r"^/ is a folder\.$"):
        open_file(Path("/"))


def test_folders_devices_and_gaps_are_problems(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "gone", "is not there any more"),
        (Path("/dev/zero"), "zero"),
    ):
        with pytest.raises(Problem, match=words):
            open_file(path)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "no"), "You are not allowed to read a.png."),
        (OSError(5, "I/O error"), "a.png could not be read."),
        (FileNotFoundError(2, "gone"), "a.png is not there any more."),
    ],
)
def test_errors_become_sentences(error: OSError, words: str) -> None:
    problem = read_problem("a.png", error)
    assert problem.title == words
    assert problem.advice
    assert str(error) in problem.technical
