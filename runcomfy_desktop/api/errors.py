"""Answer or broken line to Problem: every way the service says no, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import service_messages
from runcomfy_desktop.api.connection_error_texts import connection_error_texts
from runcomfy_desktop.api.error_texts import (
    response_texts,
    uncertain_advice,
    unserved_texts,
)
from runcomfy_desktop.api.operations import ApiOperation, consequence, consequence_when_gone
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
# What a place says where nothing is (any more). Of a thing that is gone the service has a code.
_UNSERVED_STATUS = frozenset({404, 405, 410})


def error_code(value: Json) -> int | str | None:
    """The top-level `error_code` if it says that there is an error, whatever the HTTP status."""
    code = value.get("error_code") if isinstance(value, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | float | str):
        return None
    if isinstance(code, str):
        code = code.strip()
        return int(code) or None if code.isdecimal() and len(code) < 12 else code or None
    return int(code) or None if abs(code) < 1e12 else None


def refusal_problem(response: ApiResponse, value: Json, operation: ApiOperation) -> Problem:
    """The Problem an answer means which is not 2xx or has an `error_code` in it.

    `value` is its body as JSON, None when it is none.
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
        uncertain_advice(operation) if uncertain else advice,
        kind=kind,
        technical=service_messages.technical_text(response, value),
    )
    problem.is_uncertain = uncertain
    problem.is_endpoint_missing = code is None and response.status in _UNSERVED_STATUS
    problem.field_errors = service_messages.field_errors(response, value)
    return problem


def unserved_submit_problem(problem: Problem, version: str) -> Problem:
    """For a submit whose address the service does not serve: the other version may be the one."""
    is_page = problem.kind is _K.UNREADABLE
    title, advice = unserved_texts(problem.title, version, is_web_page=is_page)
    submit_problem = Problem(
        title, problem.detail, advice, kind=problem.kind, technical=problem.technical
    )
    submit_problem.is_endpoint_missing = True
    return submit_problem


def unreadable_response_problem(
    response: ApiResponse, reason: str, operation: ApiOperation
) -> Problem:
    """For a 2xx answer that is not what the API promises."""
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
        uncertain_advice(operation) if uncertain else advice,
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
    """For a call that got no whole answer. `has_started` says whether anything may have gone
    out."""
    uncertain = operation.is_unrepeatable and has_started
    title, advice, kind = connection_error_texts(error, host, has_response=has_response)
    problem = Problem(
        title,
        consequence(operation, uncertain=uncertain),
        uncertain_advice(operation) if uncertain else advice,
        kind=kind,
        technical=service_messages.clean(f"{type(error).__name__}: {error}"),
    )
    problem.is_uncertain = uncertain
    problem.is_unsent = not has_started
    return problem


def token_problem(token: str, operation: ApiOperation) -> Problem | None:
    """Why `token` cannot be a key, so that nothing went out; None when it can."""
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
        # The storage knows no key: it says "forbidden" of files that are gone.
        return _K.NOT_FOUND
    if status in (403, 404, 410) and value is None and service_messages.is_web_page(response):
        # Some proxy's page; it knows nothing of our job or key, and neither must end by it.
        return _K.UNREADABLE
    if status == 404 and value is None and operation is ApiOperation.POLL:
        # The API says it in JSON; bare words are those of a front end without its API behind it.
        return _K.SERVER
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    if status >= 500:
        return _K.SERVER
    return _K.UNREADABLE if 300 <= status < 400 else _K.REJECTED


def _kind_of_code(code: int | str | None) -> ProblemKind | None:
    """10001 and its kin by themselves; six digits begin with the HTTP status they stand for."""
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
    """True when the service says that it handles no requests now, and when it will (RFC 9110,
    15.6.4). Without the latter, 503 is also what gateways say when the line behind them broke."""
    has_retry_after = response.status == 503 and "retry-after" in response.headers
    is_complete = response.body_error is None and not response.is_too_large
    return has_retry_after and is_complete and code is None and b"request_id" not in response.body


def _is_definite(response: ApiResponse, code: int | str | None, kind: ProblemKind) -> bool:
    """Whether the service surely did not take the job."""
    if 400 <= response.status < 500 or _is_unavailable(response, code):
        return True
    return code is not None and kind is not _K.SERVER
