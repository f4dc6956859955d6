from __future__ import annotations

import ssl

import httpx
import pytest

from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy, TlsWhy, cause_of, tls_why


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (10, TlsWhy.EXPIRED),
        (18, TlsWhy.SELF_SIGNED),
        (20, TlsWhy.UNKNOWN_ISSUER),
        (62, TlsWhy.WRONG_NAME),
        # Windows, as an unsigned and as a signed number
        (0x800B0109, TlsWhy.UNKNOWN_ISSUER),
        (0x800B010F - 2**32, TlsWhy.WRONG_NAME),
        # macOS
        (-67818, TlsWhy.EXPIRED),
        (-67843, TlsWhy.UNKNOWN_ISSUER),
        (4711, TlsWhy.OTHER),
    ],
)
def test_the_reasons_of_three_systems(code: int, why: TlsWhy) -> None:
    error = ssl.SSLCertVerificationError("no")
    error.verify_code = code
    assert tls_why(error) is why


def test_a_reason_that_is_not_said() -> None:
    assert tls_why(ssl.SSLCertVerificationError("no")) is TlsWhy.OTHER


def test_the_error_behind_an_error() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = OSError("y")
    assert cause_of(error, OSError) is error.__cause__
    assert cause_of(error, KeyError) is None


def test_what_passes_by_itself() -> None:
    assert ProxyFault(ProxyWhy.SILENT, "proxy").is_passing
    assert not ProxyFault(ProxyWhy.WANTS_PASSWORD, "proxy").is_passing
