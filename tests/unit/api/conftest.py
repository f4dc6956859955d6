"""Certificate fixtures, created for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.certificate_authority import CertificateAuthority
from tests.support.routed_clients import HOST

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


@pytest.fixture
def authority() -> CertificateAuthority:
    return CertificateAuthority()


@pytest.fixture
def server_tls(tmp_path: Path, authority: CertificateAuthority) -> ssl.SSLContext:
    return authority.server(tmp_path, HOST)
