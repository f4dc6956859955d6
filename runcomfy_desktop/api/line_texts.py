"""What is said of a line that did not carry: title and advice, by what stood in the way."""

from __future__ import annotations

import ssl

import httpx

from runcomfy_desktop.api.line_faults import (
    NoCertificates,
    ProxyFault,
    ProxyWhy,
    TlsWhy,
    cause_of,
    tls_why,
)
from runcomfy_desktop.api.retry import certificate_fault
from runcomfy_desktop.domain.problem import ProblemKind
from runcomfy_desktop.i18n import _

_K = ProblemKind


def line_texts(error: Exception, host: str, *, answered: bool) -> tuple[str, str, ProblemKind]:
    """(title, advice, kind) for a line that did not carry."""
    again = _("Check your network connection, then try again.")
    if isinstance(error, ProxyFault):
        return _of_proxy(error, host)
    safety = _of_certificates(error, host)
    if safety is not None:
        return *safety, _K.OFFLINE
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return _("%s cannot be reached in time.") % host, again, _K.TIMEOUT
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
    if answered or isinstance(error, httpx.DecodingError):
        return _("The answer of %s broke off.") % host, again, _K.UNREADABLE
    if isinstance(error, httpx.ConnectError):
        return _("%s cannot be reached.") % host, again, _K.OFFLINE
    return _("The connection to %s broke.") % host, again, _K.OFFLINE


def _of_certificates(error: Exception, host: str) -> tuple[str, str] | None:
    """For a connection that is not safe, None for any other fault."""
    if isinstance(error, NoCertificates):
        return (
            _("This computer has no certificates to confirm the identity of %s with.") % host,
            _(
                "Nothing was sent to it. Install the system's package “ca-certificates”, or "
                "install this program again."
            ),
        )
    fault = certificate_fault(error)
    if fault is not None:
        return _of_certificate(tls_why(fault), host)
    if isinstance(error, httpx.ConnectError) and cause_of(error, ssl.SSLError) is not None:
        return (
            _("No safe connection to %s can be made, so nothing was sent to it.") % host,
            _("Check the API address and the proxy in Settings, or ask who runs the network."),
        )
    return None


def _of_certificate(why: TlsWhy, host: str) -> tuple[str, str]:
    title = _("The identity of %s cannot be confirmed, so nothing was sent to it.") % host
    said, advice = {
        TlsWhy.UNKNOWN_ISSUER: (
            _("Nobody whom this computer trusts vouches for its certificate."),
            _(
                "In a company network, choose the company's certificate in Settings. "
                "Elsewhere somebody may be reading along: use another network."
            ),
        ),
        TlsWhy.SELF_SIGNED: (
            _("It vouches for its certificate itself."),
            _(
                "Check the API address. In a company network, choose the company's certificate "
                "in Settings; elsewhere use another network."
            ),
        ),
        TlsWhy.EXPIRED: (
            _("Its certificate has expired."),
            _("Check this computer's clock. If it is right, ask who runs the server or network."),
        ),
        TlsWhy.NOT_YET_VALID: (
            _("Its certificate is not valid yet: this computer's clock is probably wrong."),
            _("Set the clock right, then try again."),
        ),
        TlsWhy.WRONG_NAME: (
            _("Its certificate is for another server."),
            _("Check the API address, and whether this network wants a log-in."),
        ),
    }.get(
        why,
        ("", _("Check this computer's clock and the API address, or ask who runs the network.")),
    )
    return f"{title} {said}".strip(), advice


def _of_proxy(fault: ProxyFault, host: str) -> tuple[str, str, ProblemKind]:
    proxy = {"proxy": fault.proxy, "host": host}
    kind = _K.TIMEOUT if fault.why is ProxyWhy.SILENT else _K.OFFLINE
    if fault.why is ProxyWhy.TLS:
        of_certificate = _of_certificates(fault, fault.proxy)
        title = (
            of_certificate[0]
            if of_certificate
            else _("No safe connection to the proxy %(proxy)s can be made.") % proxy
        )
        advice = _("Choose the company's certificate in Settings, or write http:// for the proxy.")
        return title, advice, kind
    title, advice = _proxy_words().get(fault.why) or _sign_in_words()[fault.why]
    return title % proxy, advice % proxy, kind


def _proxy_words() -> dict[ProxyWhy, tuple[str, str]]:
    check = _("Check the proxy in Settings and whether you are in the network that it belongs to.")
    return {
        ProxyWhy.UNREACHABLE: (_("The proxy %(proxy)s cannot be reached."), check),
        ProxyWhy.UNKNOWN_NAME: (_("There is no proxy named %(proxy)s in this network."), check),
        ProxyWhy.SILENT: (_("The proxy %(proxy)s did not answer in time."), check),
        ProxyWhy.HUNG_UP: (_("The proxy %(proxy)s broke the connection off."), check),
        ProxyWhy.REFUSES: (
            _("The proxy %(proxy)s does not allow the way to %(host)s."),
            _("Ask who runs the network to allow %(host)s."),
        ),
        ProxyWhy.NO_WAY: (
            _("The proxy %(proxy)s cannot reach %(host)s."),
            _("Try again in some minutes, or ask who runs the network."),
        ),
        ProxyWhy.NOT_A_PROXY: (
            _("%(proxy)s answers, but not as a proxy of this kind."),
            _("Check the address, the port and the kind (http or socks5h) of the proxy."),
        ),
        ProxyWhy.UNSUPPORTED: (
            _("The proxy %(proxy)s is of a kind that this program cannot use."),
            _("It can use http, https and SOCKS 5. Set such a proxy in Settings."),
        ),
        ProxyWhy.MISSPELT: (
            _("The address of the proxy %(proxy)s cannot be read."),
            _(
                "Correct it in Settings or in HTTPS_PROXY. In a password there, write %%2F for / "
                "and %%23 for #."
            ),
        ),
        ProxyWhy.UNKNOWN_HOST: (
            _("The name %(host)s is not known in this network."),
            _("If the proxy knows it, write socks5h:// instead of socks5:// for the proxy."),
        ),
    }


def _sign_in_words() -> dict[ProxyWhy, tuple[str, str]]:
    return {
        ProxyWhy.WANTS_PASSWORD: (
            _("The proxy %(proxy)s wants a user name and a password."),
            _("Set them in Settings, under Network."),
        ),
        ProxyWhy.WRONG_PASSWORD: (
            _("The proxy %(proxy)s does not accept the user name or the password."),
            _("Correct them in Settings, under Network."),
        ),
        ProxyWhy.OTHER_SIGN_IN: (
            _("The proxy %(proxy)s wants a way of signing in that this program does not have."),
            _(
                "It can sign in with a user name and a password (Basic). "
                "Ask who runs the network for such a way."
            ),
        ),
    }
