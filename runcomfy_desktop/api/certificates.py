"""Trusted certificates: the system's, a company's in addition, and certifi's as a last resort.

On Windows and macOS the system itself verifies, through truststore. Elsewhere the certificates are
in a file, but OpenSSL looks for it in its place on the computer on which this Python was built.
truststore knows more paths, but reads the file again for each connection, on the GUI thread (10
ms); here it is read once, on a worker thread.
"""

from __future__ import annotations

import errno
import functools
import logging
import os
import ssl
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from runcomfy_desktop.api.connection_errors import NoCertificates
from runcomfy_desktop.i18n import _

_FILES = (
    "etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine, Gentoo
    "etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora from 43 on
    "etc/ssl/ca-bundle.pem",  # openSUSE
    "var/lib/ca-certificates/ca-bundle.pem",  # openSUSE without the link
    "etc/ssl/cert.pem",  # Alpine, FreeBSD
    "usr/local/share/certs/ca-root-nss.crt",  # FreeBSD
)
_FOLDERS = ("etc/ssl/certs", "etc/pki/tls/certs")
_MAX_BYTES = 4 * 1024 * 1024
_CertificateFileState: TypeAlias = tuple[str | None, int, int]
_PEM = b"-----BEGIN CERTIFICATE-----"
_log = logging.getLogger(__name__)


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """Returns the context for all connections.

    This takes tens of milliseconds, so call it on a worker thread. A company's `ca_file` that
    cannot be used is left out; `Network` posts a notice about it. Raises NoCertificates if there
    are no certificates at all.
    """
    return _context(ca_file, _file_states(ca_file))


def ca_file_error(path: str, now_s: float | None = None) -> str:
    """Returns the error in a certificate file, or "" if it is valid.

    Reads the file, so call it on a worker thread.
    """
    content, error = _read_certificates(path)
    return error or _content_error(content, time.time() if now_s is None else now_s)


def _read_certificates(path: str) -> tuple[bytes, str]:
    """Returns the content of the file and "", or b"" and the reason why it cannot be read.

    Only regular files are read: a pipe or a device may never end.
    """
    try:
        if not Path(path).is_absolute():
            # A relative path would depend on the folder in which the program was started.
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            return b"", _("This is a folder. Choose a file with certificates.")
        if not stat.S_ISREG(mode):
            return b"", _("This is not an ordinary file. Choose one with certificates.")
        with Path(path).open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return b"", _("This file cannot be read: %s.") % reason
    if len(content) > _MAX_BYTES:
        return b"", _("This file is too large to be one with certificates.")
    return content, ""


def _content_error(content: bytes, now_s: float) -> str:
    if b"PRIVATE KEY-----" in content:
        return _("There is a private key in this file. Choose one with the certificate alone.")
    if _PEM not in content:
        return _(
            "There is no certificate in this file. It has to be a PEM file, in which a line says "
            "BEGIN CERTIFICATE."
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=_pem_blocks(content))
        return _authority_error(context, now_s)
    except (ssl.SSLError, ValueError):
        return _("The certificate in this file is damaged.")


def _authority_error(context: ssl.SSLContext, now_s: float) -> str:
    authorities = context.get_ca_certs()
    if not authorities:
        return _(
            "The certificate in this file is a single server's. Ask for the one of the company's "
            "certificate authority (CA)."
        )
    expiry_times = [ssl.cert_time_to_seconds(str(each["notAfter"])) for each in authorities]
    if max(expiry_times) < now_s:
        day = time.strftime("%Y-%m-%d", time.gmtime(max(expiry_times)))
        return _("The certificate in this file expired on %s. Ask for the new one.") % day
    start_times = [ssl.cert_time_to_seconds(str(each["notBefore"])) for each in authorities]
    if min(start_times) > now_s:
        return _("The certificate in this file is not valid yet. Check this computer's clock.")
    return ""


def _pem_blocks(content: bytes) -> str:
    """Returns only the certificates: the names and comments between them may have any encoding."""
    text = content.decode("latin-1")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    parts = (part.partition(end)[0] for part in text.split(begin)[1:])
    return "".join(f"{begin}{part}{end}\n" for part in parts)


def _file_states(ca_file: str) -> tuple[_CertificateFileState, ...]:
    """Returns values that change when one of the files changes.

    `_context` is cached by these values, so a renewed certificate is read, and so is one added to
    the system while the program runs.
    """
    default_file = ssl.get_default_verify_paths().openssl_cafile
    paths = (f"/{each}" for each in (*_FILES, *_FOLDERS))
    file, folders = _environment_paths()
    return tuple(map(_file_state, (ca_file, file, *folders, default_file, *paths)))


def _file_state(path: str | None) -> _CertificateFileState:
    try:
        info = Path(path).stat() if path else None
    except (OSError, ValueError):
        info = None
    return path, info.st_mtime_ns if info else 0, info.st_size if info else 0


@functools.lru_cache(maxsize=4)
def _context(ca_file: str, _file_states: tuple[_CertificateFileState, ...]) -> ssl.SSLContext:
    if sys.platform in ("win32", "darwin"):
        context = system_context()
    else:
        context = file_context(Path("/"))
    # It is enough to trust a company's intermediate authority.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if ca_file:
        content, error = _read_certificates(ca_file)
        error = error or _content_error(content, time.time())
        if error:
            _log.warning("The certificates in %s are not used: %s", ca_file, error)
        else:
            context.load_verify_locations(cadata=_pem_blocks(content))
    return context


def system_context() -> ssl.SSLContext:
    """Returns a context that leaves verification to the system (Windows, macOS)."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # SSL_CERT_FILE and SSL_CERT_DIR work here, too: they add to the certificates that the system
    # trusts.
    file, folders = _environment_paths()
    # Only loaded certificates are passed to the system, not those that OpenSSL would look up in a
    # folder.
    for each in [*filter(None, [file]), *_hashed_files(folders)]:
        try:
            context.load_verify_locations(each)
        except (ssl.SSLError, OSError) as error:
            _log.warning("Certificates in %s cannot be read: %s", each, error)
    return context


def file_context(root: Path) -> ssl.SSLContext:
    """Returns a context with certificates from files.

    These are the files of SSL_CERT_FILE and SSL_CERT_DIR, else the system's below `root`, else
    certifi's. Raises NoCertificates.
    """
    file, folders = _environment_paths()
    if file or folders:
        context = _load_context(file, folders)
        if context is not None:
            return context
        _log.warning("SSL_CERT_FILE or SSL_CERT_DIR has no certificates in it and is not used")
    default_file = ssl.get_default_verify_paths().openssl_cafile
    files = [str(root / each) for each in _FILES]
    for each in files if root != Path("/") else [default_file, *files]:
        context = _load_context(each, [])
        if context is not None:
            return context
    for name in _FOLDERS:
        context = _load_context(None, [str(root / name)])
        if context is not None:
            return context
    return _certifi_context()


def _certifi_context() -> ssl.SSLContext:
    import certifi

    context = _load_context(certifi.where(), [])
    if context is None:
        raise NoCertificates(f"no certificates in {certifi.where()}")
    _log.warning("This system has no store of certificates; the ones of certifi are used")
    return context


def _environment_paths() -> tuple[str | None, list[str]]:
    """Returns the file of SSL_CERT_FILE and the folders of SSL_CERT_DIR that exist.

    OpenSSL allows several folders.
    """
    file, folders = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    return (
        file if Path(file).is_file() else None,
        [each for each in folders.split(os.pathsep) if each and Path(each).is_dir()],
    )


def _load_context(file: str | None, folders: list[str]) -> ssl.SSLContext | None:
    """Returns a context with these certificates, or None if there are none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if file and Path(file).is_file():
        try:
            context.load_verify_locations(file)
        except (ssl.SSLError, OSError) as error:
            _log.warning("Certificates in %s cannot be read: %s", file, error)
    has_any = context.cert_store_stats()["x509_ca"] > 0
    for folder in folders:
        if _hashed_files([folder]):
            # OpenSSL looks into the folder when it needs a certificate.
            context.load_verify_locations(capath=folder)
            has_any = True
    return context if has_any else None


def _hashed_files(folders: list[str]) -> list[str]:
    """Returns the files named by hash, the only ones that OpenSSL looks up."""
    found: list[str] = []
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            found += [entry.path for entry in entries if _is_hashed(entry.name)]
    return found


def _is_hashed(name: str) -> bool:
    stem, _dot, number = name.partition(".")
    return len(stem) == 8 and number.isdecimal() and all(c in "0123456789abcdef" for c in stem)
