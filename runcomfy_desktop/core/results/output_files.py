"""File names of results, and atomic moves of downloaded files to these names.

All functions do blocking disk I/O and must be called on worker threads. They raise OSError on
failure.
"""

from __future__ import annotations

import errno
import filecmp
import hashlib
import itertools
import os
import re
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.api.partial_file import record_path
from runcomfy_desktop.domain.jobs.output import name_from_url, safe_file_name
from runcomfy_desktop.store.atomic_write import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.jobs.output import Output

_HEAD_BYTES = 16
_JOB_CHARS = 8
# Matches only names given by this program: the folder belongs to the user.
_LEFTOVER_NAME = re.compile(r"\d{8}-\d{6}-([0-9a-f]{8})-.*\.[0-9a-f]{8}\.part(\.json)?", re.DOTALL)
# Errors of file systems without hard links: FAT, and some network file systems.
_NO_HARD_LINK_ERRNOS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EOPNOTSUPP)


def target_path(folder: Path, job: Job, output: Output) -> Path:
    """Returns the path of an output file: unique per job, and sorted by time in file managers."""
    name = safe_file_name(output.filename or name_from_url(output.url))
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(job.created_s))
    subfolder = folder / safe_file_name(job.deployment_name)
    return subfolder / f"{when}-{_short_id(job)}-{name}"


def part_path(target: Path, job: Job, output: Output, attempt: int = 0) -> Path:
    """Returns the path of the partial file, the same for every try and different per output."""
    key_parts = (job.job_id, output.node_id, output.channel, output.filename or output.url, attempt)
    digest = hashlib.sha256(repr(key_parts).encode("utf-8", "replace")).hexdigest()[:8]
    return target.with_name(f"{target.name}.{digest}.part")


def make_durable(part: Path) -> bytes:
    """Flushes the file to the disk and returns its first bytes.

    Thus the history never names a file that is empty after a power cut.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())
        return file.read(_HEAD_BYTES)


def move_into_place(part: Path, target: Path) -> Path:
    """Renames `part` to `target`, or to an unused name next to it; returns the new path.

    An existing file with the same bytes comes from an earlier try whose end was not recorded: its
    path is returned.
    """
    # The partial file's record goes first: next to a finished file it would let the next try write
    # into that file.
    record_path(part).unlink(missing_ok=True)
    for number in itertools.count():
        path = target if not number else target.with_stem(f"{target.stem}-{number}")
        try:
            _rename_no_overwrite(part, path)
        except FileExistsError:
            if path.is_file() and filecmp.cmp(part, path, shallow=False):
                part.unlink()
                return path
            continue
        sync_folder(path.parent)
        return path
    raise AssertionError("counting ended")


def replace_file(part: Path, path: Path, known_bytes: int) -> Path | None:
    """Replaces the file of an earlier download at `path` by `part`, atomically.

    Returns the path, or None if the file has the same bytes already. A file whose size differs from
    the `known_bytes` of that download was changed by the user: it stays, and `part` gets a name
    next to it.
    """
    record_path(part).unlink(missing_ok=True)
    if path.is_file() and path.stat().st_size == known_bytes:
        if filecmp.cmp(part, path, shallow=False):
            part.unlink()
            return None
        # On Windows a file cannot be replaced while another program has it open.
        try:
            part.replace(path)
        except PermissionError:
            return move_into_place(part, path)
        sync_folder(path.parent)
        return path
    return move_into_place(part, path)


def write_file(data: bytes, part: Path, path: Path) -> Path:
    """Writes a small file by way of `part`, completely or not at all; returns its path.

    This is `path`, or an unused name next to it.
    """
    try:
        # An existing link would lead elsewhere.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(data)
        make_durable(part)
        return move_into_place(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _rename_no_overwrite(part: Path, path: Path) -> None:
    """Renames the file without ever overwriting another; atomic where hard links exist. Raises
    FileExistsError."""
    if sys.platform == "win32":
        part.rename(path)
        return
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINK_ERRNOS:
            raise
        _rename_without_links(part, path)
    else:
        part.unlink()


def _rename_without_links(part: Path, path: Path) -> None:
    path.open("xb").close()
    try:
        part.replace(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def clear_leftovers(folder: Path, is_wanted: Callable[[str], bool], before_s: float) -> int:
    """Removes partial files of earlier sessions; returns their number.

    These are all files older than `before_s`, and files of jobs for which `is_wanted`, called with
    the first characters of the job's id, returns False.
    """
    removed = 0
    # A leftover that cannot be read or removed does no harm.
    with suppress(OSError), os.scandir(folder) as entries:
        for subfolder in [
            Path(each.path) for each in entries if each.is_dir(follow_symlinks=False)
        ]:
            removed += _clear_folder(subfolder, is_wanted, before_s)
    return removed


def _clear_folder(folder: Path, is_wanted: Callable[[str], bool], before_s: float) -> int:
    removed = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            found = _LEFTOVER_NAME.fullmatch(entry.name)
            if found is None or not entry.is_file(follow_symlinks=False):
                continue
            is_old = entry.stat(follow_symlinks=False).st_mtime < before_s
            if is_old or not is_wanted(found.group(1)):
                Path(entry.path).unlink(missing_ok=True)
                removed += 1
    return removed


def leftover_key(job: Job) -> str:
    """Returns the key by which `clear_leftovers` passes a job to `is_wanted`."""
    return _short_id(job)


def _short_id(job: Job) -> str:
    return safe_file_name(job.job_id)[:_JOB_CHARS]
