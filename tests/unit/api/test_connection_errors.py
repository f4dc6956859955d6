from __future__ import annotations

import ssl

import httpx
import pytest

from runcomfy_desktop.api.connection_errors import (
    ProxyConnectError,
    ProxyErrorReason,
    TlsErrorReason,
    find_cause,
    tls_error_reason,
)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (10, TlsErrorReason.EXPIRED),
        (18, TlsErrorReason.SELF_SIGNED),
        (20, TlsErrorReason.UNKNOWN_ISSUER),
        (62, TlsErrorReason.WRONG_NAME),
        # Windows, as an unsigned and as a signed number
        (0x800B0109, TlsErrorReason.UNKNOWN_ISSUER),
        (0x800B010F - 2**32, TlsErrorReason.WRONG_NAME),
        # macOS
        (-67818, TlsErrorReason.EXPIRED),
        (-67843, TlsErrorReason.UNKNOWN_ISSUER),
        (4711, TlsErrorReason.OTHER),
    ],
)
def test_the_reasons_of_three_systems(code: int, why: TlsErrorReason) -> None:
    error = ssl.SSLCertVerificationError("no")
    error.verify_code = code
    assert tls_error_reason(error) is why


def test_a_reason_that_is_not_said() -> None:
    assert tls_error_reason(ssl.SSLCertVerificationError("no")) is TlsErrorReason.OTHER


def test_the_error_behind_an_error() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = OSError("y")
    assert find_cause(error, OSError) is error.__cause__
    assert find_cause(error, KeyError) is None


def test_what_passes_by_itself() -> None:
    assert ProxyConnectError(ProxyErrorReason.NO_RESPONSE, "proxy").is_transient
    assert not ProxyConnectError(ProxyErrorReason.PASSWORD_REQUIRED, "proxy").is_transient
