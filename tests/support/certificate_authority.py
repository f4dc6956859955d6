"""A certificate authority for tests, and the certificates that it issues."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import itertools
import ssl
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.timedelta(days=1)
_serial_numbers = itertools.count(1)


class CertificateAuthority:
    """Issues certificates for servers; `pem` is the certificate to be trusted."""

    def __init__(
        self, *, not_before: dt.timedelta = -DAY, not_after: dt.timedelta = DAY, name: str = ""
    ) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        # Two authorities with the same name would be mistaken for one.
        self.name = name or f"test ca {next(_serial_numbers)}"
        self._name = _name(self.name)
        self._certificate = _signed(
            _builder(self._name, self._name, self._key, not_before, not_after).add_extension(
                x509.BasicConstraints(ca=True, path_length=None), critical=True
            ),
            self._key,
        )
        self.pem = _pem(self._certificate)

    def write_pem(self, folder: Path, name: str = "company.pem") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.pem)
        return path

    def hashed_name(self) -> str:
        """Returns the file name that `openssl rehash` gives: a hash of the canonical name."""
        content = self.name.lower().encode()
        pair = b"\x06\x03\x55\x04\x03" + b"\x0c" + bytes([len(content)]) + content
        inner = b"\x30" + bytes([len(pair)]) + pair
        canonical = b"\x31" + bytes([len(inner)]) + inner
        digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
        return f"{int.from_bytes(digest[:4], 'little'):08x}.0"

    def server(
        self,
        folder: Path,
        host: str,
        *,
        not_before: dt.timedelta = -DAY,
        not_after: dt.timedelta = DAY,
        is_self_signed: bool = False,
    ) -> ssl.SSLContext:
        """Returns the TLS context for a server at `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, signing_key = (_name(host), key) if is_self_signed else (self._name, self._key)
        builder = _builder(_name(host), issuer, key, not_before, not_after).add_extension(
            x509.SubjectAlternativeName([_general_name(host)]), critical=False
        )
        file = folder / f"{host}-{key.public_key().public_numbers().x}.pem"
        file.write_bytes(_pem(_signed(builder, signing_key)) + _key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def leaf_pem(self, host: str) -> bytes:
        """Returns a server's certificate alone, without the authority's."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(host), self._name, key, -DAY, DAY).add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        return _pem(_signed(builder, self._key))

    def key_pem(self) -> bytes:
        return _key_pem(self._key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    not_before: dt.timedelta,
    not_after: dt.timedelta,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + not_before)
        .not_valid_after(now + not_after)
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
