"""Checks of what the program relies on: SQLite, the keyring, TLS and the demo service.

No keyring entry is read or created, unless `ROUND_TRIP_VARIABLE` enables a round trip.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
import time
from contextlib import closing, suppress
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    import ssl

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import RequestRef, ResultReport
    from runcomfy_desktop.domain.jobs.output import Output

_JOB_COUNT = "select count(*) from jobs"

ROUND_TRIP_VARIABLE = "RUNCOMFY_DESKTOP_SELF_TEST_KEYRING"
"""Variable that, set to 1, makes the check create, read and delete an entry in the real keyring."""
_SERVICE = "runcomfy-desktop-self-test"
_KEYRING_MODULES = {
    "linux": (
        "keyring.backends.SecretService",
        "secretstorage",
        "jeepney.io.blocking",
        "cryptography.hazmat.primitives.ciphers",
    ),
    "win32": ("keyring.backends.Windows", "win32ctypes.core"),
    "darwin": ("keyring.backends.macOS", "keyring.backends.macOS.api"),
}
_ENTRY_POINT = {"win32": "Windows", "darwin": "macOS"}

_MIN_CERTIFICATES = 80
_MIN_BYTES = 100_000
_HANDSHAKE_TIMEOUT_S = 15.0
# A self-signed certificate for this computer, with its key: both are public and protect nothing.
_CERTIFICATE = """
MIIBnDCCAUGgAwIBAgIUD6gDraGosvfHwAyLg8LTgQx7Ad4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx
MDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR+mwUuiKU5/s5B/dC8J+M02UZaE4p4A3oHg0JxnIKvO32J9npvSNbL
mnyBG/8tWR06+pi3zGoFpO5neA6iiw3po28wbTAdBgNVHQ4EFgQU8a/re+xB77ec
ktMVsQHG4RrXK+EwHwYDVR0jBBgwFoAU8a/re+xB77ecktMVsQHG4RrXK+EwGgYD
VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSQAwRgIhAIt5D2FDVI8G5hn3KPptaeLhJfo0yHnfb2RwtvEhqMJyAiEA
llZkEgDq4Ebd1998x5+CEQebJgzczwfR3GagJub1RJc=
"""
_KEY = """
MHcCAQEEIIYXxUKEWNOTgPREcC2QX1o+z4ARPof3Px+VLFOyUeapoAoGCCqGSM49
AwEHoUQDQgAEfpsFLoilOf7OQf3QvCfjNNlGWhOKeAN6B4NCcZyCrzt9ifZ6b0jW
y5p8gRv/LVkdOvqYt8xqBaTuZ3gOoosN6Q==
"""

# The service ends by itself soon if the process that started it is killed.
_DEMO_OPTIONS = ("--cold-start", "0", "--run-time", "0.3", "--idle-exit", "60")
_JOB_TIMEOUT_S = 60.0
_POLL_INTERVAL_S = 0.1


def sqlite_features(folder: Path) -> str:
    """Checks the write-ahead log and full text search in a new file, and the program's database."""
    import sqlite3

    file = folder / "records.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        mode = connection.execute("pragma journal_mode=wal").fetchone()[0]
        require(mode == "wal", f"the journal is {mode}")
        with connection:
            connection.execute("create virtual table found using fts5(words)")
            connection.execute("insert into found values ('a lighthouse by the sea')")
    with closing(sqlite3.connect(file)) as connection:
        query = "select words from found where found match 'lighthouse'"
        require(connection.execute(query).fetchall(), "what was written is not found by its words")
        integrity = connection.execute("pragma integrity_check").fetchone()[0]
        require(integrity == "ok", f"the file is damaged: {integrity}")
    asyncio.run(_open_history(folder / "history.sqlite"))
    return f"SQLite {sqlite3.sqlite_version}, full text, write-ahead log"


async def _open_history(file: Path) -> None:
    from runcomfy_desktop.store.database import Database

    for _start in range(2):
        database = await Database.open(file)
        try:
            (jobs,) = await database.run(lambda each: each.execute(_JOB_COUNT).fetchone())
        finally:
            await database.close()
        require(jobs == 0, "a new history is not empty")


def keyring_backend(_folder: Path) -> str:
    """Checks the back end, and returns the keyring that would be used, which may be none."""
    names = {each.name for each in entry_points(group="keyring.backends")}
    is_found = _ENTRY_POINT.get(sys.platform, "SecretService") in names
    require(is_found, f"keyring does not find its back ends (its .dist-info): {sorted(names)}")
    for module in _KEYRING_MODULES.get(sys.platform, ()):
        import_module(module)
    if sys.platform == "linux":
        _encrypt()
    import keyring

    backend = type(keyring.get_keyring())
    message = f"{backend.__module__}.{backend.__qualname__}"
    if os.environ.get(ROUND_TRIP_VARIABLE):
        user, secret = secrets.token_hex(8), secrets.token_hex(16)
        keyring.set_password(_SERVICE, user, secret)
        try:
            is_same = keyring.get_password(_SERVICE, user) == secret
            require(is_same, "the keyring does not give back what it was given")
        finally:
            keyring.delete_password(_SERVICE, user)
        message += ", an entry came back"
    return message


def _encrypt() -> None:
    """Checks encryption as the Secret Service's client uses it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES(bytes(16)), modes.CBC(bytes(16)))
    secret = bytes(range(32))
    encryptor, decryptor = cipher.encryptor(), cipher.decryptor()
    encrypted = encryptor.update(secret) + encryptor.finalize()
    decrypted = decryptor.update(encrypted) + decryptor.finalize()
    require(encrypted != secret and decrypted == secret, "cryptography does not encrypt")


def certificates(_folder: Path) -> str:
    """Checks certifi's certificates, included for systems without any, and counts the system's."""
    import ssl

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
    import ssl

    from runcomfy_desktop.api.certificates import tls_context

    certificate, key = folder / "certificate.pem", folder / "key.pem"
    contents = {certificate: ("CERTIFICATE", _CERTIFICATE), key: ("EC PRIVATE" + " KEY", _KEY)}
    for file, (what, text) in contents.items():
        file.write_text(f"-----BEGIN {what}-----{text}-----END {what}-----\n", encoding="ascii")
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
        listener.settimeout(_HANDSHAKE_TIMEOUT_S)
        threading.Thread(target=_serve, args=(listener, server), daemon=True).start()
        with (
            socket.create_connection(listener.getsockname(), _HANDSHAKE_TIMEOUT_S) as plain,
            client.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            require(secure.recv(5) == b"hello", "the line was cut")
            return secure.version() or "no version"


def _serve(listener: socket.socket, server: ssl.SSLContext) -> None:
    # The client reports any error.
    with suppress(OSError):
        plain, _address = listener.accept()
        plain.settimeout(_HANDSHAKE_TIMEOUT_S)
        with plain, server.wrap_socket(plain, server_side=True) as secure:
            secure.sendall(b"hello")


def demo_service(folder: Path) -> str:
    """Starts the demo service as in normal use, and runs a job with the real client."""
    return asyncio.run(_run_demo(folder))


async def _run_demo(folder: Path) -> str:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.app import demo_service
    from runcomfy_desktop.app.session import USER_AGENT

    running = await demo_service.find_or_start(folder / "demo" / "service.json", *_DEMO_OPTIONS)
    try:
        client = Client(
            running.base_url,
            lambda: running.token,
            queue_version=lambda: "v1",
            user_agent=USER_AGENT,
        )
        async with client:
            return await _run_job(client, folder)
    finally:
        await running.stop()


async def _run_job(client: Client, folder: Path) -> str:
    from runcomfy_desktop.api import deployments, inference
    from runcomfy_desktop.api.download import download
    from runcomfy_desktop.api.request_body import SubmitBody
    from runcomfy_desktop.domain.jobs.output import OutputKind

    found = await deployments.list_deployments(client)
    deployment = next((each for each in found if each.is_enabled), None)
    if deployment is None:
        raise SelfTestFailure("the demo service lists no deployment that runs")
    accepted = await inference.submit(client, deployment.deployment_id, SubmitBody({}, folder))
    ref = inference.RequestRef(
        deployment.deployment_id, accepted.request_id, queue_version=accepted.queue_version
    )
    ended = await _result(client, ref)
    require(ended.state is inference.ResultState.SUCCEEDED, f"{ended.raw_status}: {ended.reason}")
    pictures = [each for each in ended.outputs if each.kind is OutputKind.IMAGE and each.url]
    require(pictures, f"{deployment.name} made no picture")
    part = folder / "result.part"
    size = await download(client, pictures[0].url, part)
    return f"{deployment.name} made {_check_picture(part, pictures[0])} of {size} bytes"


async def _result(client: Client, ref: RequestRef) -> ResultReport:
    from runcomfy_desktop.api.inference import RequestPhase, read_result, read_status

    end_s = time.monotonic() + _JOB_TIMEOUT_S
    while time.monotonic() < end_s:
        report = await read_status(client, ref)
        if report.phase in (RequestPhase.ENDED, RequestPhase.CANCELLED):
            return await read_result(client, ref)
        await asyncio.sleep(_POLL_INTERVAL_S)
    raise SelfTestFailure(f"the run did not end within {_JOB_TIMEOUT_S:.0f} s")


def _check_picture(file: Path, output: Output) -> str:
    """Decodes the image as the window does; returns a description of it."""
    from PySide6.QtGui import QImage

    picture = QImage(str(file))
    require(not picture.isNull(), f"{output.filename} cannot be read")
    pixels = range(0, picture.width(), max(1, picture.width() // 20))
    colours = {picture.pixel(x, picture.height() // 2) for x in pixels}
    require(len(colours) > 1, f"{output.filename} is one empty area")
    return f"a picture of {picture.width()} × {picture.height()}"
