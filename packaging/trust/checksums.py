"""Writes SHA256SUMS for all release files, and signs it if there is a key.

The key is in the environment: RELEASE_GPG_KEY contains it in ASCII armour, RELEASE_GPG_PASSPHRASE
its passphrase, if any. Without a key there is no signature, and this is reported.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from project import DIST, Failed

if TYPE_CHECKING:
    from pathlib import Path

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.asc"
KEY = "RELEASE_GPG_KEY"
PASSPHRASE = "RELEASE_GPG_PASSPHRASE"
_PIECE_BYTES = 1 << 20


def write(folder: Path = DIST) -> Path:
    """Writes the checksums of all files in the folder in the format of `sha256sum --check`."""
    lines = [
        f"{digest(each)}  {each.name}\n"
        for each in sorted(folder.iterdir())
        if each.is_file() and each.name not in (SUMS, SIGNATURE)
    ]
    if not lines:
        raise Failed(f"There is nothing in {folder} to make a check sum of")
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    # A signature of an older list would be worse than none.
    (folder / SIGNATURE).unlink(missing_ok=True)
    return folder / SUMS


def digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(_PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()


def sign(folder: Path = DIST) -> str:
    """Signs the list with the key in the environment, if there is one; returns what was done."""
    key = os.environ.get(KEY, "")
    if not key.strip():
        return f"not signed: there is no {KEY}"
    with tempfile.TemporaryDirectory() as home:
        gpg = ["gpg", "--homedir", home, "--batch", "--no-tty", "--yes"]
        try:
            _gpg([*gpg, "--import"], key)
            unlocked = ["--pinentry-mode", "loopback", "--passphrase-fd", "0"]
            files = ["--output", str(folder / SIGNATURE), str(folder / SUMS)]
            secret = os.environ.get(PASSPHRASE, "")
            _gpg([*gpg, *unlocked, "--armor", "--detach-sign", *files], f"{secret}\n")
        finally:
            with suppress(OSError):  # gpg's own error has already been raised
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    return f"signed: {SIGNATURE}"


def _gpg(command: list[str], given: str) -> None:
    """Runs gpg with `given` as input, because secrets must not be in its command line.

    gpg's output contains no key either.
    """
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failed(f"There is a key to sign with, and gpg does not start: {error}") from error
    if done.returncode:
        raise Failed(f"gpg could not sign the check sums:\n{done.stderr}")
