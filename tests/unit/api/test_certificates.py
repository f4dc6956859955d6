"""Trusted certificates, on systems with different file layouts."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import certificates
from runcomfy_desktop.api.certificates import (
    ca_file_error,
    file_context,
    system_context,
    tls_context,
)
from tests.support.certificate_authority import DAY, CertificateAuthority
from tests.support.raw_server import RawServer, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
PAGEMAP = Path("/proc/self/pagemap")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    # Contexts are cached for the life of the program, but each test needs a new one.
    certificates._context.cache_clear()
    yield
    certificates._context.cache_clear()


async def is_believed(context: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    """Returns True if a real connection to a server with this certificate succeeds."""
    async with (
        RawServer(reply(200, b"here"), tls=server) as raw,
        httpx.AsyncClient(verify=context, trust_env=False) as client,
    ):
        try:
            return (await client.get(raw.url)).text == "here"
        except httpx.ConnectError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                return False
            raise


@pytest.mark.parametrize(
    "place",
    [
        "etc/ssl/certs/ca-certificates.crt",
        "etc/pki/tls/certs/ca-bundle.crt",
        "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "etc/ssl/ca-bundle.pem",
        "var/lib/ca-certificates/ca-bundle.pem",
        "etc/ssl/cert.pem",
    ],
    ids=["debian", "fedora", "fedora-43", "opensuse", "opensuse-bare", "alpine"],
)
async def test_the_stores_of_the_distributions(
    place: str, tmp_path: Path, authority: CertificateAuthority
) -> None:
    authority.write_pem(tmp_path / "root", place)
    context = file_context(tmp_path / "root")
    assert await is_believed(context, authority.server(tmp_path, HOST))
    assert not await is_believed(context, CertificateAuthority().server(tmp_path, HOST))
    # The store is read once: 10 ms for each connection would be noticeable in the window.
    assert len(context.get_ca_certs()) == 1


async def test_a_file_that_cannot_be_read_is_passed_by(
    tmp_path: Path, authority: CertificateAuthority, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "root/etc/ssl/certs/ca-certificates.crt"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"")
    authority.write_pem(tmp_path / "root", "etc/ssl/ca-bundle.pem")
    assert await is_believed(file_context(tmp_path / "root"), authority.server(tmp_path, HOST))
    assert "ca-certificates.crt" in caplog.text


async def test_a_folder_of_hashed_names(tmp_path: Path, authority: CertificateAuthority) -> None:
    authority.write_pem(tmp_path / "root/etc/ssl/certs", authority.hashed_name())
    context = file_context(tmp_path / "root")
    assert await is_believed(context, authority.server(tmp_path, HOST))
    assert not await is_believed(context, CertificateAuthority().server(tmp_path, HOST))


async def test_a_system_without_a_store_takes_those_of_certifi(
    tmp_path: Path, authority: CertificateAuthority, caplog: pytest.LogCaptureFixture
) -> None:
    context = file_context(tmp_path)
    assert len(context.get_ca_certs()) > 50
    assert "no store" in caplog.text
    assert not await is_believed(context, authority.server(tmp_path, HOST))


async def test_the_environment_wins(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.write_pem(tmp_path)))
    other = CertificateAuthority()
    other.write_pem(tmp_path / "root", "etc/ssl/cert.pem")
    context = file_context(tmp_path / "root")
    assert await is_believed(context, authority.server(tmp_path, HOST))
    assert not await is_believed(context, other.server(tmp_path, HOST))


@pytest.mark.parametrize("make", [tls_context, system_context], ids=["linux", "windows-macos"])
async def test_the_environment_may_name_several_folders(
    make: Callable[[], ssl.SSLContext],
    tmp_path: Path,
    authority: CertificateAuthority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other, folders = CertificateAuthority(), [tmp_path / "one", tmp_path / "gone", tmp_path / "two"]
    authority.write_pem(folders[0], authority.hashed_name())
    other.write_pem(folders[2], other.hashed_name())
    monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join(map(str, folders)))
    context = make()
    if make is system_context:
        # The library passes to the system only certificates that have been read already.
        for folder in (folders[0], folders[2]):
            shutil.rmtree(folder)
    for each in (authority, other):
        assert await is_believed(context, each.server(tmp_path, HOST))


async def test_an_environment_that_leads_nowhere_is_passed_by(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    authority.write_pem(tmp_path / "root", "etc/ssl/cert.pem")
    assert await is_believed(file_context(tmp_path / "root"), authority.server(tmp_path, HOST))


async def test_a_company_adds_to_the_system(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = CertificateAuthority()
    monkeypatch.setenv("SSL_CERT_FILE", str(system.write_pem(tmp_path, "system.pem")))
    context = tls_context(str(authority.write_pem(tmp_path, "company/one.pem")))
    assert await is_believed(context, authority.server(tmp_path, HOST))
    assert await is_believed(context, system.server(tmp_path, HOST))
    assert not await is_believed(tls_context(), authority.server(tmp_path, HOST))


def test_the_context_is_made_once_and_anew_when_the_file_changes(
    tmp_path: Path, authority: CertificateAuthority
) -> None:
    file = authority.write_pem(tmp_path)
    before = tls_context(str(file))
    assert tls_context(str(file)) is before
    later = file.stat().st_mtime_ns + 1_000_000_000
    file.write_bytes(CertificateAuthority().pem)
    os.utime(file, ns=(later, later))
    assert tls_context(str(file)) is not before


def test_a_company_file_that_is_gone_leaves_the_system(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert tls_context(str(tmp_path / "gone.pem")).get_ca_certs()
    assert "are not used" in caplog.text


async def test_the_library_for_windows_and_macos_adds_a_company_too(
    tmp_path: Path, authority: CertificateAuthority
) -> None:
    """The context for Windows and macOS accepts an additional certificate.

    On this system truststore reads files, but its API and its use on a stream are tested all the
    same.
    """
    context = system_context()
    context.load_verify_locations(cadata=authority.pem.decode())
    assert await is_believed(context, authority.server(tmp_path, HOST))
    assert not await is_believed(context, CertificateAuthority().server(tmp_path, HOST))


async def test_certificates_that_are_damaged_leave_the_system_to_verify_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tmp_path / "damaged.pem"
    damaged.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(damaged))
    assert not await is_believed(system_context(), CertificateAuthority().server(tmp_path, HOST))
    assert str(damaged) in caplog.text


# Files that a user may choose


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["pipe", "device", "link"])
def test_what_never_ends_is_not_read(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "ca.pem"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "link":
        place.symlink_to("/dev/zero")
    path = "/dev/zero" if kind == "device" else str(place)
    assert "not an ordinary file" in ca_file_error(path)
    # The path in the settings may not have been validated.
    assert tls_context(path).get_ca_certs()
    assert "not an ordinary file" in caplog.text


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    assert "is a folder" in ca_file_error(str(tmp_path))


def test_a_file_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.pem"
    with large.open("wb") as file:
        file.truncate(1024**3)
    assert "too large" in ca_file_error(str(large))
    assert tls_context(str(large)).get_ca_certs()


@pytest.mark.skipif(not PAGEMAP.exists(), reason="Linux has such files")
def test_a_file_that_says_it_is_small_is_read_no_further_than_the_limit() -> None:
    """A file that reports size 0 is read up to the limit.

    Some of the system's files do that; this one contains half a terabyte of zeros.
    """
    assert "too large" in ca_file_error(str(PAGEMAP))


def test_a_path_that_does_not_begin_at_the_root_is_of_no_file(
    tmp_path: Path, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is treated as missing: its file would depend on the current folder."""
    authority.write_pem(tmp_path)
    monkeypatch.chdir(tmp_path)
    (name,) = (each.name for each in tmp_path.iterdir())
    missing = ca_file_error(str(tmp_path / "gone.pem"))
    assert ca_file_error(name) == missing
    assert ca_file_error(f"./{name}") == missing
    assert "cannot be read" in missing
    before = len(tls_context().get_ca_certs())
    assert len(tls_context(name).get_ca_certs()) == before


def test_a_good_file(tmp_path: Path, authority: CertificateAuthority) -> None:
    assert ca_file_error(str(authority.write_pem(tmp_path))) == ""


def test_a_bundle_with_words_between(tmp_path: Path, authority: CertificateAuthority) -> None:
    file = tmp_path / "bundle.pem"
    file.write_bytes(
        "Firma Müller\n".encode("latin-1") + authority.pem + b"\nmore\n" + authority.pem
    )
    assert ca_file_error(str(file)) == ""
    assert len(tls_context(str(file)).get_ca_certs()) > 1


def test_a_bundle_in_which_one_has_expired(tmp_path: Path, authority: CertificateAuthority) -> None:
    file = tmp_path / "bundle.pem"
    file.write_bytes(CertificateAuthority(not_before=-9 * DAY, not_after=-DAY).pem + authority.pem)
    assert ca_file_error(str(file)) == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no certificate"),
        (b"\x30\x82\x01\x0a binary", "PEM"),
        (b"hello", "BEGIN CERTIFICATE"),
        (b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", "damaged"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB", "damaged"),
    ],
)
def test_files_that_are_none(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(content)
    assert words in ca_file_error(str(file))


def test_files_that_cannot_be_used(tmp_path: Path, authority: CertificateAuthority) -> None:
    def fault(content: bytes) -> str:
        file = tmp_path / "ca.pem"
        file.write_bytes(content)
        return ca_file_error(str(file))

    assert "single server" in fault(authority.leaf_pem("a.example"))
    assert "private key" in fault(authority.pem + authority.key_pem())
    yesterday = dt.datetime.now(dt.UTC) - DAY
    expired = fault(CertificateAuthority(not_before=-9 * DAY, not_after=-DAY).pem)
    assert f"expired on {yesterday:%Y-%m-%d}" in expired
    assert "clock" in fault(CertificateAuthority(not_before=DAY, not_after=9 * DAY).pem)
    assert "too large" in fault(b"x" * (certificates._MAX_BYTES + 1))
    assert "cannot be read" in ca_file_error(str(tmp_path / "gone.pem"))
    assert "cannot be read" in ca_file_error("a\0b")


def test_a_certificate_with_a_date_that_is_none_is_damaged(
    tmp_path: Path, authority: CertificateAuthority
) -> None:
    """OpenSSL loads such a certificate, and reports "Bad time value" only when the date is read."""
    der = bytearray(ssl.PEM_cert_to_DER_cert(authority.pem.decode()))
    _begins, ends = re.finditer(rb"\x17\x0d[0-9]{12}Z", bytes(der))
    der[ends.start() + 4 : ends.start() + 6] = b"99"
    file = tmp_path / "ca.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(bytes(der)))
    assert "damaged" in ca_file_error(str(file))
    assert tls_context(str(file)).get_ca_certs()
