"""What keeps a connection from being made: faults of a proxy, and of certificates."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl


class ProxyWhy(Enum):
    """What a proxy did, or did not."""

    UNREACHABLE = "unreachable"
    UNKNOWN_NAME = "unknown_name"
    SILENT = "silent"
    HUNG_UP = "hung_up"
    TLS = "tls"
    """The connection to the proxy itself is not safe."""
    WANTS_PASSWORD = "wants_password"
    WRONG_PASSWORD = "wrong_password"
    OTHER_SIGN_IN = "other_sign_in"
    REFUSES = "refuses"
    NO_WAY = "no_way"
    """It takes the wish, and cannot reach the host itself."""
    NOT_A_PROXY = "not_a_proxy"
    UNSUPPORTED = "unsupported"
    MISSPELT = "misspelt"
    """Its address cannot be read, so nothing was asked."""
    UNKNOWN_HOST = "unknown_host"
    """The host's name, which had to be looked up here, is not known here."""


_PASSING = frozenset(
    {
        ProxyWhy.UNREACHABLE,
        ProxyWhy.SILENT,
        ProxyWhy.HUNG_UP,
        ProxyWhy.NO_WAY,
    }
)


class ProxyFault(httpx.ProxyError):
    """No way through a proxy. Nothing of the request has gone out."""

    def __init__(self, why: ProxyWhy, proxy: str, technical: str = "") -> None:
        super().__init__(technical or why.value)
        self.why = why
        self.proxy = proxy
        self.technical = technical

    @property
    def is_passing(self) -> bool:
        """Whether it may be different in a moment."""
        return self.why in _PASSING


class NoCertificates(httpx.ConnectError):
    """There is nothing on this computer to check a server's identity with."""


class TlsWhy(Enum):
    """Why a server's certificate is not believed."""

    UNKNOWN_ISSUER = "unknown_issuer"
    SELF_SIGNED = "self_signed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_NAME = "wrong_name"
    OTHER = "other"


# OpenSSL's numbers; those of Windows (CERT_E_..., unsigned and signed) and macOS (errSec...).
_WHY_OF_CODE: dict[int, TlsWhy] = {
    9: TlsWhy.NOT_YET_VALID,
    10: TlsWhy.EXPIRED,
    18: TlsWhy.SELF_SIGNED,
    19: TlsWhy.UNKNOWN_ISSUER,
    20: TlsWhy.UNKNOWN_ISSUER,
    21: TlsWhy.UNKNOWN_ISSUER,
    62: TlsWhy.WRONG_NAME,
    64: TlsWhy.WRONG_NAME,
    0x800B0101: TlsWhy.EXPIRED,
    0x800B0109: TlsWhy.UNKNOWN_ISSUER,
    0x800B010A: TlsWhy.UNKNOWN_ISSUER,
    0x800B010F: TlsWhy.WRONG_NAME,
    -67818: TlsWhy.EXPIRED,
    -67819: TlsWhy.NOT_YET_VALID,
    -67843: TlsWhy.UNKNOWN_ISSUER,
    -67602: TlsWhy.WRONG_NAME,
}


def tls_why(error: ssl.SSLCertVerificationError) -> TlsWhy:
    code = int(getattr(error, "verify_code", 0) or 0)
    unsigned = code & 0xFFFFFFFF if code < -0x10000000 else code
    return _WHY_OF_CODE.get(unsigned, TlsWhy.OTHER)


def cause_of(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The error of this kind behind `error`, if there is one."""
    seen: BaseException | None = error
    for _depth in range(10):
        if seen is None or isinstance(seen, kind):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
