"""Checks of TLS as the program uses it: trusted certificates work, and all others are refused."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIN_CERTIFICATES = 80
_MIN_BYTES = 100_000
_TIMEOUT_S = 15.0
_HOST = "localhost"
# A self-signed certificate for this computer, with its key: both are public and protect nothing.
_CERTIFICATE = (
    "MIIBnDCCAUGgAwIBAgIUD6gDraGosvfHwAyLg8LTgQx7Ad4wCgYIKoZIzj0EAwIw"
    "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx"
    "MDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO"
    "PQMBBwNCAAR+mwUuiKU5/s5B/dC8J+M02UZaE4p4A3oHg0JxnIKvO32J9npvSNbL"
    "mnyBG/8tWR06+pi3zGoFpO5neA6iiw3po28wbTAdBgNVHQ4EFgQU8a/re+xB77ec"
    "ktMVsQHG4RrXK+EwHwYDVR0jBBgwFoAU8a/re+xB77ecktMVsQHG4RrXK+EwGgYD"
    "VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI"
    "zj0EAwIDSQAwRgIhAIt5D2FDVI8G5hn3KPptaeLhJfo0yHnfb2RwtvEhqMJyAiEA"
    "llZkEgDq4Ebd1998x5+CEQebJgzczwfR3GagJub1RJc="
)
_KEY = (
    "MHcCAQEEIIYXxUKEWNOTgPREcC2QX1o+z4ARPof3Px+VLFOyUeapoAoGCCqGSM49"
    "AwEHoUQDQgAEfpsFLoilOf7OQf3QvCfjNNlGWhOKeAN6B4NCcZyCrzt9ifZ6b0jW"
    "y5p8gRv/LVkdOvqYt8xqBaTuZ3gOoosN6Q=="
)


def certificates(_folder: Path) -> str:
    """Checks certifi's certificates, included for systems without any, and counts the system's."""
    import certifi

    file = Path(certifi.where())
    require(file.is_file(), f"{file} is missing")
    require(file.stat().st_size > _MIN_BYTES, f"{file} is cut short")
    bundled = ssl.create_default_context(cafile=str(file)).cert_store_stats()["x509_ca"]
    require(bundled >= _MIN_CERTIFICATES, f"{file} has only {bundled} certificates")
    paths = ssl.get_default_verify_paths()
    # Uses OpenSSL, not truststore, to count the certificates that it finds here by default.
    system = ssl.create_default_context().cert_store_stats()["x509_ca"]
    path = paths.cafile or paths.capath or "no usual place"
    return f"{bundled} from certifi; the system: {system} at start, {path}; {ssl.OPENSSL_VERSION}"


def handshake(folder: Path) -> str:
    """Checks that the program's context refuses an unknown certificate, and that TLS works."""
    from runcomfy_desktop.api.certificates import tls_context

    certificate = folder / "certificate.pem"
    certificate.write_text(_pem("CERTIFICATE", _CERTIFICATE), encoding="ascii")
    key = folder / "key.pem"
    key.write_text(_pem("EC PRIVATE" + " KEY", _KEY), encoding="ascii")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    try:
        _handshake_version(server, tls_context())
    except ssl.SSLCertVerificationError as error:
        refusal = error.verify_message or error.reason or "not trusted"
    else:
        raise SelfTestFailure("a certificate that nobody vouches for was trusted")
    version = _handshake_version(server, ssl.create_default_context(cafile=str(certificate)))
    return f"{version}; a stranger is refused: {refusal}"


def _handshake_version(server: ssl.SSLContext, client: ssl.SSLContext) -> str:
    """Performs one local handshake; returns the TLS version. Raises the client's error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_TIMEOUT_S)
        server_thread = threading.Thread(target=_serve, args=(listener, server), daemon=True)
        server_thread.start()
        address = listener.getsockname()
        with (
            socket.create_connection(address, _TIMEOUT_S) as plain,
            client.wrap_socket(plain, server_hostname=_HOST) as secure,
        ):
            require(secure.recv(5) == b"hello", "the line was cut")
            return secure.version() or "no version"


def _serve(listener: socket.socket, server: ssl.SSLContext) -> None:
    # The client reports any error.
    with suppress(OSError):
        plain, _address = listener.accept()
        plain.settimeout(_TIMEOUT_S)
        with plain, server.wrap_socket(plain, server_side=True) as secure:
            secure.sendall(b"hello")


def _pem(what: str, text: str) -> str:
    return "\n".join((f"-----BEGIN {what}-----", *_lines(text), f"-----END {what}-----", ""))


def _lines(text: str) -> Iterator[str]:
    return (text[at : at + 64] for at in range(0, len(text), 64))
