"""Signs a file for Windows if the environment has a certificate; otherwise it reports that.

usage: sign.py FILE        exit code 0: signed, or there is no certificate; 1: it failed

  WINDOWS_CERTIFICATE: a .pfx file in base64. WINDOWS_CERTIFICATE_PASSWORD: its password.
  WINDOWS_TIMESTAMP_URL: the timestamp server; empty for no timestamp.

signtool is used on Windows, osslsigncode elsewhere. No message contains the password.
"""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

DESCRIPTION = "RunComfy Desktop"
_TIMESTAMP = "http://timestamp.digicert.com"
_LIMIT_S = 300


class UnsignedError(Exception):
    """Raised when a file could not be signed; its text gives the reason."""


def has_certificate() -> bool:
    return bool(os.environ.get("WINDOWS_CERTIFICATE"))


def command() -> str:
    """Returns this script as a command line for makensis, which appends the file."""
    words = [sys.executable, str(Path(__file__).resolve())]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def sign(file: Path) -> None:
    """Signs `file` in place."""
    try:
        # Some tools break base64 into lines.
        text = "".join(os.environ["WINDOWS_CERTIFICATE"].split())
        pfx = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnsignedError("WINDOWS_CERTIFICATE is not base64") from error
    password = os.environ.get("WINDOWS_CERTIFICATE_PASSWORD", "")
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder) / "certificate.pfx"
        certificate.write_bytes(pfx)
        if sys.platform == "win32":
            _run(_signtool(file, certificate, password))
        else:
            secret = Path(folder) / "password"
            secret.write_text(password, encoding="utf-8")
            signed = Path(folder) / file.name
            _run(_osslsigncode(file, certificate, secret, signed))
            # Signed in place, because makensis refers to the file by name.
            file.write_bytes(signed.read_bytes())


def _timestamp() -> str:
    return os.environ.get("WINDOWS_TIMESTAMP_URL", _TIMESTAMP)


def _signtool(file: Path, certificate: Path, password: str) -> list[str]:
    stamp = ["/tr", _timestamp(), "/td", "sha256"] if _timestamp() else []
    words = ["signtool", "sign", "/fd", "sha256", *stamp, "/d", DESCRIPTION]
    return [*words, "/f", str(certificate), "/p", password, str(file)]


def _osslsigncode(file: Path, certificate: Path, secret: Path, signed: Path) -> list[str]:
    stamp = ["-ts", _timestamp()] if _timestamp() else []
    words = ["osslsigncode", "sign", "-h", "sha256", *stamp, "-n", DESCRIPTION]
    words += ["-pkcs12", str(certificate), "-readpass", str(secret)]
    return [*words, "-in", str(file), "-out", str(signed)]


def _run(words: list[str]) -> None:
    """Runs a command without project.run.

    The messages of project.run contain the whole command, and here it may contain the password.
    """
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnsignedError(f"{words[0]} did not run: {type(error).__name__}") from None
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())
        raise UnsignedError(f"{words[0]} ended with {done.returncode}: {said}")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not has_certificate():
        print(f"{arguments[0]} is not signed: there is no WINDOWS_CERTIFICATE")
        return 0
    try:
        sign(Path(arguments[0]))
    except UnsignedError as error:
        print(f"{arguments[0]} is not signed. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
