"""Turns error responses and broken connections into `Problem`s, with their texts."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api import service_messages
from runcomfy_desktop.api.connection_errors import (
    NoCertificates,
    ProxyConnectError,
    ProxyErrorReason,
    TlsErrorReason,
    find_cause,
    tls_error_reason,
)
from runcomfy_desktop.api.operations import ApiOperation, consequence, consequence_when_gone
from runcomfy_desktop.api.retry import certificate_error
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.response import ApiResponse
    from runcomfy_desktop.domain.base.json_value import Json

_K = ProblemKind
_KIND_OF_CODE: dict[int, ProblemKind] = {
    10001: _K.FUNDS,
    10002: _K.DISABLED,
    10003: _K.NOT_FOUND,
    11004: _K.SERVER,
    11007: _K.SERVER,
    11008: _K.REJECTED,
    11011: _K.REJECTED,
    11012: _K.NOT_FOUND,
    403003: _K.FOREIGN,
}
_KIND_OF_STATUS: dict[int, ProblemKind] = {
    401: _K.AUTH,
    402: _K.FUNDS,
    403: _K.AUTH,
    404: _K.NOT_FOUND,
    408: _K.BUSY,
    410: _K.NOT_FOUND,
    429: _K.BUSY,
}
# Status codes of an endpoint that does not exist or no longer exists. For a missing object the
# service sends an error code.
_UNSERVED_STATUS = frozenset({404, 405, 410})


def error_code(value: Json) -> int | str | None:
    """Returns the top-level `error_code`, or None if it is absent or indicates no error.

    The HTTP status does not matter.
    """
    code = value.get("error_code") if isinstance(value, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | float | str):
        return None
    if isinstance(code, str):
        code = code.strip()
        return int(code) or None if code.isdecimal() and len(code) < 12 else code or None
    return int(code) or None if abs(code) < 1e12 else None


def refusal_problem(response: ApiResponse, value: Json, operation: ApiOperation) -> Problem:
    """Returns the Problem for a response that is not 2xx or contains an `error_code`.

    `value` is its body as JSON, or None if it is not JSON.
    """
    code = error_code(value)
    kind = _kind(response, value, code, operation)
    service_text = service_messages.message(response, value)
    title, advice = response_texts(kind, code, response.status, operation)
    if operation.is_unrepeatable and _is_unavailable(response, code):
        title = _("The service takes no requests just now.")
    uncertain = operation.is_unrepeatable and not _is_definite(response, code, kind)
    detail = (
        consequence_when_gone(operation)
        if kind is _K.NOT_FOUND
        else consequence(operation, uncertain=uncertain)
    )
    if kind is _K.REJECTED and service_text:
        detail = f"{service_messages.with_full_stop(service_text)} {detail}"
    problem = Problem(
        title,
        detail,
        _uncertain_advice(operation) if uncertain else advice,
        kind=kind,
        technical=service_messages.technical_text(response, value),
    )
    problem.is_uncertain = uncertain
    problem.is_endpoint_missing = code is None and response.status in _UNSERVED_STATUS
    problem.field_errors = service_messages.field_errors(response, value)
    return problem


def unserved_submit_problem(problem: Problem, version: str) -> Problem:
    """Returns the Problem for a submit to an address that the service does not serve.

    The other version of the queue API may work.
    """
    is_page = problem.kind is _K.UNREADABLE
    title, advice = _unserved_texts(problem.title, version, is_web_page=is_page)
    submit_problem = Problem(
        title, problem.detail, advice, kind=problem.kind, technical=problem.technical
    )
    submit_problem.is_endpoint_missing = True
    return submit_problem


def unreadable_response_problem(
    response: ApiResponse, reason: str, operation: ApiOperation
) -> Problem:
    """Returns the Problem for a 2xx response that does not match the API."""
    is_page = service_messages.is_web_page(response)
    title = (
        _("A web page came instead of an answer of the service.")
        if is_page
        else _("The answer of the service cannot be read.")
    )
    advice = (
        _("Check whether this network wants a log-in, and the API address in Settings.")
        if is_page
        else _("Try again. If it stays, check the API address in Settings.")
    )
    uncertain = operation.is_unrepeatable
    problem = Problem(
        title,
        consequence(operation, uncertain=uncertain),
        _uncertain_advice(operation) if uncertain else advice,
        kind=_K.UNREADABLE,
        technical=service_messages.technical_text(response, None, reason),
    )
    problem.is_uncertain = uncertain
    return problem


def connection_problem(
    error: Exception,
    operation: ApiOperation,
    *,
    host: str,
    has_started: bool = True,
    has_response: bool = False,
) -> Problem:
    """Returns the Problem for a call without a complete response.

    `has_started`: part of the request may have been sent. `has_response`: the response has begun.
    """
    uncertain = operation.is_unrepeatable and has_started
    title, advice, kind = connection_error_texts(error, host, has_response=has_response)
    problem = Problem(
        title,
        consequence(operation, uncertain=uncertain),
        _uncertain_advice(operation) if uncertain else advice,
        kind=kind,
        technical=service_messages.clean(f"{type(error).__name__}: {error}"),
    )
    problem.is_uncertain = uncertain
    problem.is_unsent = not has_started
    return problem


def token_problem(token: str, operation: ApiOperation) -> Problem | None:
    """Returns the Problem if `token` cannot be a key, so nothing was sent; else None."""
    if not token:
        return Problem(
            _("No key is set."),
            consequence(operation),
            _("Connect with the key from your RunComfy profile page."),
            kind=_K.AUTH,
        )
    if len(token) > 4096 or not all("!" <= char <= "~" for char in token):
        return Problem(
            _("This is not a key: it has signs in it that no key has."),
            consequence(operation),
            _("Copy the key again from your RunComfy profile page."),
            kind=_K.AUTH,
        )
    return None


def _kind(
    response: ApiResponse, value: Json, code: int | str | None, operation: ApiOperation
) -> ProblemKind:
    by_code = _kind_of_code(code)
    if by_code is not None:
        return by_code
    status = response.status
    if operation is ApiOperation.FILE and status in (401, 403, 404, 410):
        # The storage host does not use keys: it responds "forbidden" for files that are gone.
        return _K.NOT_FOUND
    if status in (403, 404, 410) and value is None and service_messages.is_web_page(response):
        # The page comes from a proxy, which knows nothing about the job or the key: neither may be
        # considered invalid because of it.
        return _K.UNREADABLE
    if status == 404 and value is None and operation is ApiOperation.POLL:
        # The API reports a missing job as JSON; plain text comes from a gateway without the API
        # behind it.
        return _K.SERVER
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    if status >= 500:
        return _K.SERVER
    return _K.UNREADABLE if 300 <= status < 400 else _K.REJECTED


def _kind_of_code(code: int | str | None) -> ProblemKind | None:
    """Returns the kind of an error code; a six-digit code begins with an HTTP status."""
    if not isinstance(code, int):
        return None
    if code in _KIND_OF_CODE:
        return _KIND_OF_CODE[code]
    status = code // 1000
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    if 500 <= status < 600:
        return _K.SERVER
    return _K.REJECTED if 400 <= status < 500 else None


def _is_unavailable(response: ApiResponse, code: int | str | None) -> bool:
    """Returns True if the service reports that it accepts no requests before a given time.

    That is a 503 with Retry-After (RFC 9110, 15.6.4). Without that header, gateways also send 503
    when their connection to the service broke.
    """
    has_retry_after = response.status == 503 and "retry-after" in response.headers
    is_complete = response.body_error is None and not response.is_too_large
    return has_retry_after and is_complete and code is None and b"request_id" not in response.body


def _is_definite(response: ApiResponse, code: int | str | None, kind: ProblemKind) -> bool:
    """Returns True if the service certainly did not carry out the operation."""
    if 400 <= response.status < 500 or _is_unavailable(response, code):
        return True
    return code is not None and kind is not _K.SERVER


def _uncertain_advice(operation: ApiOperation) -> str:
    """Returns the advice for a call that may or may not have been carried out."""
    if operation is ApiOperation.SUBMIT:
        return _("Choose Resolve… at its row in the queue before you run it again.")
    if operation is ApiOperation.INSTANCE:
        return _("Try again in a moment.")
    return _("Refresh the list of deployments to see what is so now, before you try again.")


def _unserved_texts(title: str, version: str, *, is_web_page: bool) -> tuple[str, str]:
    """Returns (title, advice) for a submit to an address that no longer serves the queue.

    If a web page came instead, `title` describes it and is kept: the page may be the network's own.
    """
    other = "v1" if version == "v2" else "v2"
    if is_web_page:
        advice = _(
            "Check whether this network wants a log-in. If not, the service may have stopped "
            "answering %s: choose %s under “Queue API version” in Settings, then run again."
        )
        return title, advice % (version, other)
    advice = _(
        "Choose %s under “Queue API version” in Settings, then run again. "
        "If the deployment was deleted, choose another one."
    )
    return _("The service may have stopped answering %s of its queue.") % version, advice % other


def response_texts(
    kind: ProblemKind, code: int | str | None, status: int, operation: ApiOperation
) -> tuple[str, str]:
    """Returns (title, advice) for an error response."""
    if code in (10003, 403003) or kind is _K.NOT_FOUND:
        return _not_found(code, operation)
    if status == 408:
        return (
            _("The request reached the service too slowly."),
            _("Check your network connection, then try again."),
        )
    if kind is _K.AUTH and status == 403:
        return (
            _("The service does not allow this with your key."),
            _("Check that the key belongs to the account which owns the deployment."),
        )
    if kind is _K.AUTH and operation is ApiOperation.POLL:
        # The key was valid when the job was sent.
        return (
            _("The service does not accept your key."),
            _(
                "The program asks again by itself. If it stays so, copy the key from your RunComfy "
                "profile page and connect again."
            ),
        )
    if kind is _K.SERVER and operation is ApiOperation.INSTANCE:
        return (
            _("The instance cannot be reached."),
            _("It may be starting or shutting down. Try again in a moment."),
        )
    return _by_kind().get(kind) or _rejected(status, operation)


def _by_kind() -> dict[ProblemKind, tuple[str, str]]:
    return {
        _K.AUTH: (
            _("The service does not accept your key."),
            _("Copy the key from your RunComfy profile page and connect again."),
        ),
        _K.FUNDS: (
            _("There is not enough credit for this."),
            _("Add funds on runcomfy.com and enable the deployment there again."),
        ),
        _K.DISABLED: (
            _("This deployment is disabled."),
            _("Enable it again, or choose another deployment."),
        ),
        _K.BUSY: (
            _("The service is asked too often just now."),
            _("Wait a little, then try again."),
        ),
        _K.SERVER: (
            _("The service has a fault of its own."),
            _("Try again in some minutes."),
        ),
        _K.UNREADABLE: (
            _("A web page came instead of an answer of the service."),
            _("Check the API address in Settings, and whether this network wants a log-in."),
        ),
    }


def _rejected(status: int, operation: ApiOperation) -> tuple[str, str]:
    if status == 413:
        return (
            _("The service finds this request too large."),
            _("Use smaller pictures, or give their addresses instead."),
        )
    if operation is ApiOperation.SUBMIT:
        return (
            _("The service refuses this job."),
            _("Correct what it names, then run again."),
        )
    title = {
        ApiOperation.CHANGE: _("The service refuses this change."),
        ApiOperation.DELETE: _("The service refuses to delete this deployment."),
        ApiOperation.INSTANCE: _("The instance refuses this."),
    }.get(operation)
    return title or _("The service refuses this request."), _("The details have its own words.")


def _not_found(code: int | str | None, operation: ApiOperation) -> tuple[str, str]:
    if code == 403003:
        return (
            _("This belongs to another RunComfy account."),
            _("Check the key, or choose a deployment of your own."),
        )
    if code == 10003:
        return (
            _("This deployment has been deleted."),
            _("Choose another deployment."),
        )
    if operation is ApiOperation.FILE:
        return (
            _("This file is no longer at the service."),
            _("Results are kept there for 7 days. Run the job again to get a new one."),
        )
    if operation in (ApiOperation.POLL, ApiOperation.CANCEL):
        return (
            _("The service does not know this job (any more)."),
            _(
                "Run it again if you need it. "
                "If this happens to every job, choose the other “Queue API version” in Settings."
            ),
        )
    if operation is ApiOperation.INSTANCE:
        return (
            _("This instance is not running any more."),
            _("The next job starts a new one."),
        )
    if operation in (
        ApiOperation.SUBMIT,
        ApiOperation.DEPLOYMENT,
        ApiOperation.CHANGE,
        ApiOperation.DELETE,
    ):
        return _no_deployment(operation)
    return (
        _("The service does not know what was asked for."),
        _("Refresh the list of deployments, and check the API address and version in Settings."),
    )


def _no_deployment(operation: ApiOperation) -> tuple[str, str]:
    title = _("The service does not know this deployment (any more).")
    if operation is not ApiOperation.SUBMIT:
        return title, _("Refresh the list of deployments.")
    return title, _(
        "Refresh the list of deployments and choose another one. If this one is still listed, "
        "choose the other “Queue API version” in Settings, then run again."
    )


def connection_error_texts(
    error: Exception, host: str, *, has_response: bool
) -> tuple[str, str, ProblemKind]:
    """Returns (title, advice, kind) for a failed connection, by its cause."""
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
    """Returns (title, advice) for a connection that cannot be secured, or None for other errors."""
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
