"""Log files: the token is never logged, whichever library logs the line."""

from __future__ import annotations

import logging
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.app import logs
from tests.support import hostile_environments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "0c6f2f9e-7f0e-4d2b-9a71-3f4f7c1c2b11"


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.start(folder, "info", lambda: (TOKEN, "hush"))
    try:
        yield
    finally:
        for handler in [each for each in root.handlers if each not in before]:
            root.removeHandler(handler)
            with suppress(OSError):
                handler.close()
        root.setLevel(level)


@pytest.fixture
def log_folder(tmp_path: Path) -> Iterator[Path]:
    with logging_to(tmp_path / "logs"):
        yield tmp_path / "logs"


def written(folder: Path) -> str:
    return (folder / "runcomfy-desktop.log").read_text(encoding="utf-8")


def test_a_message_is_written(log_folder: Path) -> None:
    logging.getLogger("any").info("a job was queued")
    assert "a job was queued" in written(log_folder)


def test_the_token_is_blotted_out_in_messages_and_tracebacks(log_folder: Path) -> None:
    logging.getLogger("any").warning("sent %s", {"token": TOKEN})
    try:
        raise ValueError(f"server said {TOKEN} is wrong")
    except ValueError:
        logging.getLogger("any").exception("failed")
    assert TOKEN not in written(log_folder)
    assert written(log_folder).count("[key]") == 2


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer another-secret",
        "{'Authorization': 'Bearer another-secret'}",
        "bearer another-secret",
        'authorization = "another-secret"',
        "Proxy-Authorization: Basic another-secret",
        "HTTPS_PROXY=http://anna:another-secret@proxy.example:8080/",
        "HTTPS_PROXY=http://anna:p@another-secret@proxy.example:8080/",
    ],
)
def test_whatever_looks_like_a_secret_is_blotted_out(line: str) -> None:
    assert "another-secret" not in logs.redact(line)


def test_a_key_for_partner_nodes_is_blotted_out_before_anybody_knows_which_it_is() -> None:
    assert logs.redact("key comfyui-0123456789abcdef0123, no") == "key [key], no"


def test_every_secret_is_blotted_out_and_short_ones_do_not_eat_words(log_folder: Path) -> None:
    logging.getLogger("any").warning("%s and hush and %s", TOKEN, "proxy")
    assert "[key] and [key] and proxy" in written(log_folder)
    assert logs.redact("an apple", ("a", "")) == "an apple"
    assert logs.redact("https://a.example:8080/x@y") == "https://a.example:8080/x@y"


def test_addresses_of_requests_stay_out(log_folder: Path) -> None:
    logging.getLogger("httpx").info("GET https://storage/secret-result.png")
    assert "secret-result" not in written(log_folder)


def test_a_folder_that_cannot_be_written_leaves_the_program_running(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.start(tmp_path / "logs", "info", tuple)
    added = [each for each in root.handlers if each not in before]
    for handler in added:
        root.removeHandler(handler)
    root.setLevel(level)
    assert all(not isinstance(each, logging.FileHandler) for each in added)


def test_a_full_disk_is_said_in_one_line_and_without_a_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    # Can be opened, but every write fails because the disk is full.
    (tmp_path / "logs" / "runcomfy-desktop.log").symlink_to("/dev/full")
    with logging_to(tmp_path / "logs"):
        for number in range(3):
            logging.getLogger("any").info("line %d", number)
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1
    assert hostile_environments.FULL_LOG.expected_text.partition(": ")[2] in said[0]


def test_only_the_person_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir(mode=0o755)
    (folder / "runcomfy-desktop.log").write_text("of an older version\n")
    (folder / "runcomfy-desktop.log").chmod(0o644)
    with logging_to(folder):
        logging.getLogger("any").info("a job was queued")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "runcomfy-desktop.log").stat().st_mode) == 0o600
    assert written(folder).startswith("of an older version")


def fill(folder: Path, files: int) -> None:
    """Logs as much text as fits into the given number of files."""
    for _file in range(files):
        for number in range(60):
            logging.getLogger("any").info("%d %s", number, "x" * 18_000)


def test_all_of_it_has_a_bound_and_the_newest_is_kept(log_folder: Path) -> None:
    fill(log_folder, 6)
    logging.getLogger("any").info("the newest")
    files = sorted(each.name for each in log_folder.iterdir())
    assert files == ["runcomfy-desktop.log", *(f"runcomfy-desktop.log.{n}" for n in (1, 2, 3))]
    assert sum(each.stat().st_size for each in log_folder.iterdir()) <= 4_000_000
    assert {stat.S_IMODE(each.stat().st_mode) for each in log_folder.iterdir()} == {0o600}
    assert written(log_folder).endswith("the newest\n")


def test_one_endless_line_is_cut_in_the_middle(log_folder: Path) -> None:
    logging.getLogger("any").info("begin %s end", "x" * 5_000_000)
    text = written(log_folder)
    assert len(text) < 21_000
    assert "begin" in text
    assert text.endswith(" end\n")


@pytest.mark.parametrize("held", ["runcomfy-desktop.log.1", "runcomfy-desktop.log.2"])
def test_a_file_that_cannot_be_renamed_does_not_end_the_log(log_folder: Path, held: str) -> None:
    """Windows refuses to rename a file that is open elsewhere; here a folder is in the way."""
    (log_folder / held / "something").mkdir(parents=True)
    fill(log_folder, 3)
    logging.getLogger("any").info("the newest")
    assert written(log_folder).endswith("the newest\n")
    assert (log_folder / "runcomfy-desktop.log").stat().st_size <= 1_000_000


def test_the_last_lines_are_read_from_the_end(log_folder: Path) -> None:
    assert logs.last_lines(log_folder / "nowhere", 3) == []
    fill(log_folder, 1)
    for number in range(5):
        logging.getLogger("any").info("line %d, Bearer old-secret", number)
    lines = logs.last_lines(log_folder, 3)
    assert [line.partition("any: ")[2] for line in lines] == [
        f"line {number}, Bearer [key]" for number in (2, 3, 4)
    ]


def test_a_pipe_in_its_place_holds_up_nobody(tmp_path: Path) -> None:
    """A pipe in place of the log does not block.

    Opening a pipe without a reader would wait forever, on the GUI thread.
    """
    pipe = tmp_path / "runcomfy-desktop.log"
    os.mkfifo(pipe)
    with logging_to(tmp_path):
        logging.getLogger("any").warning("to the console alone")
    assert logs.last_lines(tmp_path, 3) == []
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with logging_to(tmp_path):
            logging.getLogger("any").warning("for whoever reads there, neither")
        assert os.read(reader, 100) == b""
    finally:
        os.close(reader)
