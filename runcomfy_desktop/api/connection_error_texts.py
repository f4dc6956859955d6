"""What is said of a line that did not carry: title and advice, by what stood in the way."""

from __future__ import annotations

import ssl

import httpx

from runcomfy_desktop.api.connection_errors import (
    NoCertificates,
    ProxyConnectError,
    ProxyErrorReason,
    TlsErrorReason,
    find_cause,
    tls_error_reason,
)
from runcomfy_desktop.api.retry import certificate_error
from runcomfy_desktop.domain.base.problem import ProblemKind
from runcomfy_desktop.i18n import _

_K = ProblemKind


def connection_error_texts(
    error: Exception, host: str, *, has_response: bool
) -> tuple[str, str, ProblemKind]:
    """(title, advice, kind) for a line that did not carry."""
    retry_advice = _("Check your network connection, then try again.")
    if isinstance(error, ProxyConnectError):
        return _proxy_texts(error, host)
    certificate_texts = _certificate_texts(error, host)
    if certificate_texts is not None:
        return *certificate_texts, _K.OFFLINE
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return _("%s cannot be reached in time.") % host, retry_advice, _K.TIMEOUT
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return (
            _("%s did not answer in time.") % host,
            _("Try again in some minutes."),
            _K.TIMEOUT,
        )
    if isinstance(error, httpx.ProxyError):
        return (
            _("The proxy of this network refuses the way to %s.") % host,
            _("Check the proxy in Settings."),
            _K.OFFLINE,
        )
    if has_response or isinstance(error, httpx.DecodingError):
        return _("The answer of %s broke off.") % host, retry_advice, _K.UNREADABLE
    if isinstance(error, httpx.ConnectError):
        return _("%s cannot be reached.") % host, retry_advice, _K.OFFLINE
    return _("The connection to %s broke.") % host, retry_advice, _K.OFFLINE


def _certificate_texts(error: Exception, host: str) -> tuple[str, str] | None:
    """For a connection that is not safe, None for any other fault."""
    if isinstance(error, NoCertificates):
        return (
            _("This computer has no certificates to confirm the identity of %s with.") % host,
            _(
                "Nothing was sent to it. Install the system's package “ca-certificates”, or "
                "install this program again."
            ),
        )
    tls_error = certificate_error(error)
    if tls_error is not None:
        return _tls_texts(tls_error_reason(tls_error), host)
    if isinstance(error, httpx.ConnectError) and find_cause(error, ssl.SSLError) is not None:
        return (
            _("No safe connection to %s can be made, so nothing was sent to it.") % host,
            _("Check the API address and the proxy in Settings, or ask who runs the network."),
        )
    return None


def _tls_texts(reason: TlsErrorReason, host: str) -> tuple[str, str]:
    title = _("The identity of %s cannot be confirmed, so nothing was sent to it.") % host
    explanation, advice = {
        TlsErrorReason.UNKNOWN_ISSUER: (
            _("Nobody whom this computer trusts vouches for its certificate."),
            _(
                "In a company network, choose the company's certificate in Settings. "
                "Elsewhere somebody may be reading along: use another network."
            ),
        ),
        TlsErrorReason.SELF_SIGNED: (
            _("It vouches for its certificate itself."),
            _(
                "Check the API address. In a company network, choose the company's certificate "
                "in Settings; elsewhere use another network."
            ),
        ),
        TlsErrorReason.EXPIRED: (
            _("Its certificate has expired."),
            _("Check this computer's clock. If it is right, ask who runs the server or network."),
        ),
        TlsErrorReason.NOT_YET_VALID: (
            _("Its certificate is not valid yet: this computer's clock is probably wrong."),
            _("Set the clock right, then try again."),
        ),
        TlsErrorReason.WRONG_NAME: (
            _("Its certificate is for another server."),
            _("Check the API address, and whether this network wants a log-in."),
        ),
    }.get(
        reason,
        ("", _("Check this computer's clock and the API address, or ask who runs the network.")),
    )
    return f"{title} {explanation}".strip(), advice


def _proxy_texts(error: ProxyConnectError, host: str) -> tuple[str, str, ProblemKind]:
    values = {"proxy": error.proxy, "host": host}
    kind = _K.TIMEOUT if error.reason is ProxyErrorReason.NO_RESPONSE else _K.OFFLINE
    if error.reason is ProxyErrorReason.TLS:
        certificate_texts = _certificate_texts(error, error.proxy)
        title = (
            certificate_texts[0]
            if certificate_texts
            else _("No safe connection to the proxy %(proxy)s can be made.") % values
        )
        advice = _("Choose the company's certificate in Settings, or write http:// for the proxy.")
        return title, advice, kind
    title, advice = _proxy_messages().get(error.reason) or _proxy_auth_messages()[error.reason]
    return title % values, advice % values, kind


def _proxy_messages() -> dict[ProxyErrorReason, tuple[str, str]]:
    advice = _("Check the proxy in Settings and whether you are in the network that it belongs to.")
    return {
        ProxyErrorReason.UNREACHABLE: (_("The proxy %(proxy)s cannot be reached."), advice),
        ProxyErrorReason.UNKNOWN_PROXY: (
            _("There is no proxy named %(proxy)s in this network."),
            advice,
        ),
        ProxyErrorReason.NO_RESPONSE: (_("The proxy %(proxy)s did not answer in time."), advice),
        ProxyErrorReason.DISCONNECTED: (_("The proxy %(proxy)s broke the connection off."), advice),
        ProxyErrorReason.FORBIDDEN: (
            _("The proxy %(proxy)s does not allow the way to %(host)s."),
            _("Ask who runs the network to allow %(host)s."),
        ),
        ProxyErrorReason.HOST_UNREACHABLE: (
            _("The proxy %(proxy)s cannot reach %(host)s."),
            _("Try again in some minutes, or ask who runs the network."),
        ),
        ProxyErrorReason.NOT_A_PROXY: (
            _("%(proxy)s answers, but not as a proxy of this kind."),
            _("Check the address, the port and the kind (http or socks5h) of the proxy."),
        ),
        ProxyErrorReason.UNSUPPORTED: (
            _("The proxy %(proxy)s is of a kind that this program cannot use."),
            _("It can use http, https and SOCKS 5. Set such a proxy in Settings."),
        ),
        ProxyErrorReason.INVALID_ADDRESS: (
            _("The address of the proxy %(proxy)s cannot be read."),
            _(
                "Correct it in Settings or in HTTPS_PROXY. In a password there, write %%2F for / "
                "and %%23 for #."
            ),
        ),
        ProxyErrorReason.UNKNOWN_HOST: (
            _("The name %(host)s is not known in this network."),
            _("If the proxy knows it, write socks5h:// instead of socks5:// for the proxy."),
        ),
    }


def _proxy_auth_messages() -> dict[ProxyErrorReason, tuple[str, str]]:
    return {
        ProxyErrorReason.PASSWORD_REQUIRED: (
            _("The proxy %(proxy)s wants a user name and a password."),
            _("Set them in Settings, under Network."),
        ),
        ProxyErrorReason.WRONG_PASSWORD: (
            _("The proxy %(proxy)s does not accept the user name or the password."),
            _("Correct them in Settings, under Network."),
        ),
        ProxyErrorReason.UNSUPPORTED_AUTH: (
            _("The proxy %(proxy)s wants a way of signing in that this program does not have."),
            _(
                "It can sign in with a user name and a password (Basic). "
                "Ask who runs the network for such a way."
            ),
        ),
    }
