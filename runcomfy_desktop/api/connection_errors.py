"""Proxy and certificate errors that prevent a connection."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl


class ProxyErrorReason(Enum):
    """Ways in which a connection through a proxy fails."""

    UNREACHABLE = "unreachable"
    UNKNOWN_PROXY = "unknown_name"
    NO_RESPONSE = "silent"
    DISCONNECTED = "hung_up"
    TLS = "tls"
    """The connection to the proxy itself is not secure."""
    PASSWORD_REQUIRED = "wants_password"
    WRONG_PASSWORD = "wrong_password"
    UNSUPPORTED_AUTH = "other_sign_in"
    FORBIDDEN = "refuses"
    HOST_UNREACHABLE = "no_way"
    """The proxy accepts the request but cannot reach the host."""
    NOT_A_PROXY = "not_a_proxy"
    UNSUPPORTED = "unsupported"
    INVALID_ADDRESS = "misspelt"
    """The address of the proxy is malformed, so nothing was sent."""
    UNKNOWN_HOST = "unknown_host"
    """The host name, which had to be resolved on this computer, is unknown here."""


_TRANSIENT = frozenset(
    {
        ProxyErrorReason.UNREACHABLE,
        ProxyErrorReason.NO_RESPONSE,
        ProxyErrorReason.DISCONNECTED,
        ProxyErrorReason.HOST_UNREACHABLE,
    }
)


class ProxyConnectError(httpx.ProxyError):
    """Failure to connect through a proxy. No part of the request has been sent."""

    def __init__(self, reason: ProxyErrorReason, proxy: str, technical: str = "") -> None:
        super().__init__(technical or reason.value)
        self.reason = reason
        self.proxy = proxy
        self.technical = technical

    @property
    def is_transient(self) -> bool:
        """True if a new attempt may succeed shortly."""
        return self.reason in _TRANSIENT


class NoCertificates(httpx.ConnectError):
    """This computer has no certificates to verify servers with."""


class TlsErrorReason(Enum):
    """Reasons why a server's certificate is not trusted."""

    UNKNOWN_ISSUER = "unknown_issuer"
    SELF_SIGNED = "self_signed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    OTHER = "other"


# Error numbers of OpenSSL, Windows (CERT_E_..., unsigned and signed) and macOS (errSec...).
_REASON_OF_CODE: dict[int, TlsErrorReason] = {
    9: TlsErrorReason.NOT_YET_VALID,
    10: TlsErrorReason.EXPIRED,
    18: TlsErrorReason.SELF_SIGNED,
    19: TlsErrorReason.UNKNOWN_ISSUER,
    20: TlsErrorReason.UNKNOWN_ISSUER,
    21: TlsErrorReason.UNKNOWN_ISSUER,
    62: TlsErrorReason.WRONG_NAME,
    64: TlsErrorReason.WRONG_NAME,
    0x800B0101: TlsErrorReason.EXPIRED,
    0x800B0109: TlsErrorReason.UNKNOWN_ISSUER,
    0x800B010A: TlsErrorReason.UNKNOWN_ISSUER,
    0x800B010F: TlsErrorReason.WRONG_NAME,
    -67818: TlsErrorReason.EXPIRED,
    -67819: TlsErrorReason.NOT_YET_VALID,
    -67843: TlsErrorReason.UNKNOWN_ISSUER,
    -67602: TlsErrorReason.WRONG_NAME,
}


def tls_error_reason(error: ssl.SSLCertVerificationError) -> TlsErrorReason:
    code = int(getattr(error, "verify_code", 0) or 0)
    unsigned = code & 0xFFFFFFFF if code < -0x10000000 else code
    return _REASON_OF_CODE.get(unsigned, TlsErrorReason.OTHER)


def find_cause(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """Returns the error of type `kind` in the chain of causes of `error`, or None."""
    current: BaseException | None = error
    for _depth in range(10):
        if current is None or isinstance(current, kind):
            return current
        current = current.__cause__ or current.__context__
    return None
