"""Servers' certificates, made for one test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.authority import Authority
from tests.support.routed import HOST

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server_tls(tmp_path: Path, authority: Authority) -> ssl.SSLContext:
    return authority.server(tmp_path, HOST)
