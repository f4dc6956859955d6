"""What keeps a connection from being made: faults of a proxy, and of certificates."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl


class ProxyErrorReason(Enum):
    """What a proxy did, or did not."""

    UNREACHABLE = "unreachable"
    UNKNOWN_PROXY = "unknown_name"
    NO_RESPONSE = "silent"
    DISCONNECTED = "hung_up"
    TLS = "tls"
    """The connection to the proxy itself is not safe."""
    PASSWORD_REQUIRED = "wants_password"
    WRONG_PASSWORD = "wrong_password"
    UNSUPPORTED_AUTH = "other_sign_in"
    FORBIDDEN = "refuses"
    HOST_UNREACHABLE = "no_way"
    """It takes the wish, and cannot reach the host itself."""
    NOT_A_PROXY = "not_a_proxy"
    UNSUPPORTED = "unsupported"
    INVALID_ADDRESS = "misspelt"
    """Its address cannot be read, so nothing was asked."""
    UNKNOWN_HOST = "unknown_host"
    """The host's name, which had to be looked up here, is not known here."""


_TRANSIENT = frozenset(
    {
        ProxyErrorReason.UNREACHABLE,
        ProxyErrorReason.NO_RESPONSE,
        ProxyErrorReason.DISCONNECTED,
        ProxyErrorReason.HOST_UNREACHABLE,
    }
)


class ProxyConnectError(httpx.ProxyError):
    """No way through a proxy. Nothing of the request has gone out."""

    def __init__(self, reason: ProxyErrorReason, proxy: str, technical: str = "") -> None:
        super().__init__(technical or reason.value)
        self.reason = reason
        self.proxy = proxy
        self.technical = technical

    @property
    def is_transient(self) -> bool:
        """Whether it may be different in a moment."""
        return self.reason in _TRANSIENT


class NoCertificates(httpx.ConnectError):
    """There is nothing on this computer to check a server's identity with."""


class TlsErrorReason(Enum):
    """Why a server's certificate is not believed."""

    UNKNOWN_ISSUER = "unknown_issuer"
    SELF_SIGNED = "self_signed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    OTHER = "other"


# OpenSSL's numbers; those of Windows (CERT_E_..., unsigned and signed) and macOS (errSec...).
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
    """The error of this kind behind `error`, if there is one."""
    current: BaseException | None = error
    for _depth in range(10):
        if current is None or isinstance(current, kind):
            return current
        current = current.__cause__ or current.__context__
    return None
