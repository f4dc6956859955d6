"""Where a result comes to lie: under a name nobody has, in one step, and nothing half beside it.

Everything here waits for the disk, so it is called on threads, and raises OSError.
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
# Only what we name so ourselves: the folder is the person's own.
_LEFTOVER_NAME = re.compile(r"\d{8}-\d{6}-([0-9a-f]{8})-.*\.[0-9a-f]{8}\.part(\.json)?", re.DOTALL)
# The file system knows no second names: FAT, and some of the network.
_NO_HARD_LINK_ERRNOS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EOPNOTSUPP)


def target_path(folder: Path, job: Job, output: Output) -> Path:
    """Sorted by time in every file manager, and unlike that of every other job."""
    name = safe_file_name(output.filename or name_from_url(output.url))
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(job.created_s))
    subfolder = folder / safe_file_name(job.deployment_name)
    return subfolder / f"{when}-{_short_id(job)}-{name}"


def part_path(target: Path, job: Job, output: Output, attempt: int = 0) -> Path:
    """The file while it comes, the same at every try: of outputs of one name, each has its own."""
    key_parts = (job.job_id, output.node_id, output.channel, output.filename or output.url, attempt)
    digest = hashlib.sha256(repr(key_parts).encode("utf-8", "replace")).hexdigest()[:8]
    return target.with_name(f"{target.name}.{digest}.part")


def make_durable(part: Path) -> bytes:
    """Forces the file to the disk, so that the history never names one which is empty after a
    power cut; returns its first bytes."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
        return file.read(_HEAD_BYTES)


def move_into_place(part: Path, target: Path) -> Path:
    """Renames `part` to `target`, or to a name beside it when that is taken; returns the name.

    A file with the same bytes is ours from a try whose end was not written down: it is used.
    """
    # First: a note beside a finished file would let the next try write into it.
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
    """Renames `part` to the name of what an earlier download left at `path`, in one step; returns
    the name, None where these bytes lay there already.

    A file that has another size than the `known_bytes` of that download is somebody's work by now:
    it stays, and `part` gets a name beside it.
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
    """Writes a small file of ours by way of `part`, whole or not at all; returns its name, which
    is `path` or one beside it."""
    try:
        # A link that lies there leads elsewhere.
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
    """Gives the file its name, in one step where there are such. Raises FileExistsError: nobody's
    file is ever overwritten."""
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
    """Removes what earlier programs left half: of jobs (their first letters) that do not want it
    any more, and whatever is older than `before_s`. Returns how many files."""
    removed = 0
    # Rubbish that cannot be looked at or removed harms nobody.
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
    """By what `clear_leftovers` asks for a job."""
    return _short_id(job)


def _short_id(job: Job) -> str:
    return safe_file_name(job.job_id)[:_JOB_CHARS]
