"""Answer or broken line to Problem: every way the service says no, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import wording
from runcomfy_desktop.api.errands import Errand, meaning, meaning_when_gone
from runcomfy_desktop.api.error_texts import (
    after_uncertain,
    answer_texts,
    unserved_texts,
)
from runcomfy_desktop.api.line_texts import line_texts
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.answer import Answer
    from runcomfy_desktop.domain.json_value import Json

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
_UNSERVED = frozenset({404, 405, 410})


def error_code(value: Json) -> int | str | None:
    """The top-level `error_code` if it says that there is an error, whatever the HTTP status."""
    code = value.get("error_code") if isinstance(value, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | float | str):
        return None
    if isinstance(code, str):
        code = code.strip()
        return int(code) or None if code.isdecimal() and len(code) < 12 else code or None
    return int(code) or None if abs(code) < 1e12 else None


def refusal(answer: Answer, value: Json, errand: Errand) -> Problem:
    """The Problem an answer means which is not 2xx or has an `error_code` in it.

    `value` is its body as JSON, None when it is none.
    """
    code = error_code(value)
    kind = _kind(answer, value, code, errand)
    said = wording.message(answer, value)
    title, advice = answer_texts(kind, code, answer.status, errand)
    if errand.is_done_once and _is_turned_away(answer, code):
        title = _("The service takes no requests just now.")
    uncertain = errand.is_done_once and not _is_definite(answer, code, kind)
    detail = (
        meaning_when_gone(errand) if kind is _K.NOT_FOUND else meaning(errand, uncertain=uncertain)
    )
    if kind is _K.REJECTED and said:
        detail = f"{wording.sentence(said)} {detail}"
    problem = Problem(
        title,
        detail,
        after_uncertain(errand) if uncertain else advice,
        kind=kind,
        technical=wording.technical(answer, value),
    )
    problem.uncertain = uncertain
    problem.unserved = code is None and answer.status in _UNSERVED
    problem.faults = wording.field_faults(answer, value)
    return problem


def unserved(problem: Problem, version: str) -> Problem:
    """For a submit whose address the service does not serve: the other version may be the one."""
    page = problem.kind is _K.UNREADABLE
    title, advice = unserved_texts(problem.title, version, page=page)
    told = Problem(title, problem.detail, advice, kind=problem.kind, technical=problem.technical)
    told.unserved = True
    return told


def unreadable(answer: Answer, why: str, errand: Errand) -> Problem:
    """For a 2xx answer that is not what the API promises."""
    page = wording.is_web_page(answer)
    title = (
        _("A web page came instead of an answer of the service.")
        if page
        else _("The answer of the service cannot be read.")
    )
    advice = (
        _("Check whether this network wants a log-in, and the API address in Settings.")
        if page
        else _("Try again. If it stays, check the API address in Settings.")
    )
    uncertain = errand.is_done_once
    problem = Problem(
        title,
        meaning(errand, uncertain=uncertain),
        after_uncertain(errand) if uncertain else advice,
        kind=_K.UNREADABLE,
        technical=wording.technical(answer, None, why),
    )
    problem.uncertain = uncertain
    return problem


def broken_line(
    error: Exception, errand: Errand, *, host: str, began: bool = True, answered: bool = False
) -> Problem:
    """For a call that got no whole answer. `began` says whether anything may have gone out."""
    uncertain = errand.is_done_once and began
    title, advice, kind = line_texts(error, host, answered=answered)
    problem = Problem(
        title,
        meaning(errand, uncertain=uncertain),
        after_uncertain(errand) if uncertain else advice,
        kind=kind,
        technical=wording.clean(f"{type(error).__name__}: {error}"),
    )
    problem.uncertain = uncertain
    problem.unsent = not began
    return problem


def no_key(token: str, errand: Errand) -> Problem | None:
    """Why `token` cannot be a key, so that nothing went out; None when it can."""
    if not token:
        return Problem(
            _("No key is set."),
            meaning(errand),
            _("Connect with the key from your RunComfy profile page."),
            kind=_K.AUTH,
        )
    if len(token) > 4096 or not all("!" <= sign <= "~" for sign in token):
        return Problem(
            _("This is not a key: it has signs in it that no key has."),
            meaning(errand),
            _("Copy the key again from your RunComfy profile page."),
            kind=_K.AUTH,
        )
    return None


def _kind(answer: Answer, value: Json, code: int | str | None, errand: Errand) -> ProblemKind:
    by_code = _kind_of_code(code)
    if by_code is not None:
        return by_code
    status = answer.status
    if errand is Errand.FILE and status in (401, 403, 404, 410):
        # The storage knows no key: it says "forbidden" of files that are gone.
        return _K.NOT_FOUND
    if status in (403, 404, 410) and value is None and wording.is_web_page(answer):
        # Some proxy's page; it knows nothing of our job or key, and neither must end by it.
        return _K.UNREADABLE
    if status == 404 and value is None and errand is Errand.POLL:
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


def _is_turned_away(answer: Answer, code: int | str | None) -> bool:
    """True when the service says that it handles no requests now, and when it will (RFC 9110,
    15.6.4). Without the latter, 503 is also what gateways say when the line behind them broke."""
    is_dated = answer.status == 503 and "retry-after" in answer.headers
    is_read = answer.broken is None and not answer.too_large
    return is_dated and is_read and code is None and b"request_id" not in answer.body


def _is_definite(answer: Answer, code: int | str | None, kind: ProblemKind) -> bool:
    """Whether the service surely did not take the job."""
    if 400 <= answer.status < 500 or _is_turned_away(answer, code):
        return True
    return code is not None and kind is not _K.SERVER
