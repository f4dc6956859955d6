"""Answer or broken line to Problem: every way the service says no, in words for people."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api import wording
from runcomfy_desktop.api.retry import certificate_fault
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


class Errand(Enum):
    """What was asked for: it decides what a failure means for the job and the money."""

    READ = "read"
    POLL = "poll"
    SUBMIT = "submit"
    CANCEL = "cancel"
    FILE = "file"


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
    title, advice = _texts(kind, code, answer, errand)
    uncertain = errand is Errand.SUBMIT and not _is_definite(answer, code, kind)
    detail = _gone(errand) if kind is _K.NOT_FOUND else meaning(errand, uncertain=uncertain)
    if kind is _K.REJECTED and said:
        detail = f"{wording.sentence(said)} {detail}"
    problem = Problem(
        title,
        detail,
        _after_uncertain(uncertain) or advice,
        kind=kind,
        technical=wording.technical(answer, value),
    )
    problem.uncertain = uncertain
    return problem


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
    uncertain = errand is Errand.SUBMIT
    problem = Problem(
        title,
        meaning(errand, uncertain=uncertain),
        _after_uncertain(uncertain) or advice,
        kind=_K.UNREADABLE,
        technical=wording.technical(answer, None, why),
    )
    problem.uncertain = uncertain
    return problem


def broken_line(
    error: Exception, errand: Errand, *, host: str, began: bool = True, answered: bool = False
) -> Problem:
    """For a call that got no whole answer. `began` says whether anything may have gone out."""
    uncertain = errand is Errand.SUBMIT and began
    title, advice, kind = _line_texts(error, host, answered=answered)
    problem = Problem(
        title,
        meaning(errand, uncertain=uncertain),
        _after_uncertain(uncertain) or advice,
        kind=kind,
        technical=wording.clean(f"{type(error).__name__}: {error}"),
    )
    problem.uncertain = uncertain
    return problem


def meaning(errand: Errand, *, uncertain: bool = False) -> str:
    """What a failure of this errand means for the job and the money."""
    if uncertain:
        return _(
            "The job may have been accepted all the same; then it runs and costs money. "
            "It is not sent again by itself."
        )
    return {
        Errand.READ: _("Nothing was changed, and it costs nothing."),
        Errand.POLL: _("This says nothing about the job: what was sent goes on at the service."),
        Errand.SUBMIT: _("The job was not accepted and costs nothing."),
        Errand.CANCEL: _("The job was not cancelled by this, and may go on and cost money."),
        Errand.FILE: _("The job itself is finished; this file is not on your computer yet."),
    }[errand]


def _gone(errand: Errand) -> str:
    """The same, of something that the service says it does not have."""
    if errand is Errand.POLL:
        return _("It has expired there or was never accepted; nothing more can be fetched.")
    if errand is Errand.CANCEL:
        return _("There is nothing left to cancel.")
    if errand is Errand.FILE:
        return _("The job itself is finished, but this file cannot be fetched any more.")
    return meaning(errand)


def no_key(token: str) -> Problem | None:
    """Why `token` cannot be a key; None when it can."""
    if not token:
        return Problem(
            _("No key is set."),
            _("Without a key the service answers nothing; nothing was sent."),
            _("Connect with the key from your RunComfy profile page."),
            kind=_K.AUTH,
        )
    if len(token) > 4096 or not all("!" <= sign <= "~" for sign in token):
        return Problem(
            _("This is not a key: it has signs in it that no key has."),
            _("Nothing was sent."),
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
    if status in (404, 410) and value is None and wording.is_web_page(answer):
        # Some proxy's page; it knows nothing of our job, which must not end by it.
        return _K.UNREADABLE
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


def _is_definite(answer: Answer, code: int | str | None, kind: ProblemKind) -> bool:
    """Whether the service surely did not take the job."""
    if 400 <= answer.status < 500:
        return True
    return code is not None and kind is not _K.SERVER


def _after_uncertain(uncertain: bool) -> str:
    return _("Look on runcomfy.com whether it runs before you run it again.") if uncertain else ""


def _texts(
    kind: ProblemKind, code: int | str | None, answer: Answer, errand: Errand
) -> tuple[str, str]:
    """(title, advice) for an answer that says no."""
    if code in (10003, 403003) or kind is _K.NOT_FOUND:
        return _not_there(code, errand)
    if answer.status == 408:
        return (
            _("The request reached the service too slowly."),
            _("Check your network connection, then try again."),
        )
    if kind is _K.AUTH and answer.status == 403:
        return (
            _("The service does not allow this with your key."),
            _("Check that the key belongs to the account which owns the deployment."),
        )
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
            _("Enable it on runcomfy.com, or choose another deployment."),
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
    }.get(kind, _rejected(answer.status, errand))


def _rejected(status: int, errand: Errand) -> tuple[str, str]:
    if status == 413:
        return (
            _("The service finds this request too large."),
            _("Use smaller pictures, or give their addresses instead."),
        )
    if errand is Errand.SUBMIT:
        return (
            _("The service refuses this job."),
            _("Correct what it names, then run again."),
        )
    return (
        _("The service refuses this request."),
        _("The details have its own words."),
    )


def _not_there(code: int | str | None, errand: Errand) -> tuple[str, str]:
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
    if errand is Errand.FILE:
        return (
            _("This file is no longer at the service."),
            _("Results are kept there for 7 days. Run the job again to get a new one."),
        )
    if errand in (Errand.POLL, Errand.CANCEL):
        return (
            _("The service does not know this job (any more)."),
            _(
                "Run it again if you need it. "
                "If this happens to every job, choose the other API version in Settings."
            ),
        )
    if errand is Errand.SUBMIT:
        return (
            _("The service does not know this deployment (any more)."),
            _("Refresh the list of deployments and choose another one."),
        )
    return (
        _("The service does not know what was asked for."),
        _("Refresh the list of deployments, and check the API address and version in Settings."),
    )


def _line_texts(error: Exception, host: str, *, answered: bool) -> tuple[str, str, ProblemKind]:
    """(title, advice, kind) for a line that did not carry."""
    again = _("Check your network connection, then try again.")
    fault = certificate_fault(error)
    if fault is not None:
        return (
            _("The identity of %s cannot be confirmed, so nothing was sent to it.") % host,
            _("Check this computer's clock and the API address, or ask who runs the network."),
            _K.OFFLINE,
        )
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
            _("Check the proxy settings of this computer."),
            _K.OFFLINE,
        )
    if answered or isinstance(error, httpx.DecodingError):
        return _("The answer of %s broke off.") % host, again, _K.UNREADABLE
    if isinstance(error, httpx.ConnectError):
        return _("%s cannot be reached.") % host, again, _K.OFFLINE
    return _("The connection to %s broke.") % host, again, _K.OFFLINE
