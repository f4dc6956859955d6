"""The four calls of the queue: submit, status, result, cancel, in every dialect."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, wire, wire_outputs
from runcomfy_desktop.api.answer import Unreadable, parse_json
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import unreadable, unserved
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.answer import Answer
    from runcomfy_desktop.api.body import SubmitBody
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.output import Output


@dataclass(frozen=True, slots=True)
class RequestRef:
    """What is needed to ask about a request: the ids, or the addresses the service gave.

    Those belong to the version of the queue that took it.
    """

    deployment_id: str
    request_id: str
    status_url: str = ""
    result_url: str = ""
    cancel_url: str = ""
    queue_version: str = "v1"

    def elsewhere(self) -> RequestRef:
        """The same request at the other version of the queue."""
        version = "v1" if self.queue_version == "v2" else "v2"
        return RequestRef(self.deployment_id, self.request_id, queue_version=version)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service has taken a job; from here on it may cost money."""

    request_id: str
    status_url: str
    result_url: str
    cancel_url: str
    queue_version: str


class Phase(Enum):
    """Where a request stands. ENDED covers success and failure: only the result tells which."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Verdict(Enum):
    """What a result says."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUEUED = "queued"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StatusReport:
    """An answer about a request's state; `word` is the service's own, verbatim."""

    phase: Phase
    word: str
    queue_position: int | None = None
    instance_id: str = ""


@dataclass(frozen=True, slots=True)
class ResultReport:
    """An answer about a request's result; times are seconds since the epoch, 0.0 when absent."""

    verdict: Verdict
    word: str
    created_s: float = 0.0
    finished_s: float = 0.0
    outputs: tuple[Output, ...] = ()
    reason: str = ""
    technical: str = ""
    instance_id: str = ""


@dataclass(frozen=True, slots=True)
class CancelReport:
    """Whether the wish to cancel was taken; the state of the request tells whether it came true."""

    accepted: bool
    word: str


class TooLarge(Problem):
    """A result that is there, and is more than is read here: in bytes, values or levels."""

    def __init__(self, why: str) -> None:
        super().__init__(
            _("The result is too large to be read here."),
            _(
                "The run has ended and is billed; without its files, its result has more in it "
                "than this program takes in."
            ),
            _("Look for it at runcomfy.com, and let the workflow save long texts as files."),
            kind=ProblemKind.UNREADABLE,
            technical=why,
        )


_PHASES: dict[str, Phase] = {
    "in_queue": Phase.QUEUED,
    "in_progress": Phase.RUNNING,
    "completed": Phase.ENDED,
    "succeeded": Phase.ENDED,
    "failed": Phase.ENDED,
    "canceled": Phase.CANCELLED,
    "cancelled": Phase.CANCELLED,
}
_VERDICTS: dict[str, Verdict] = {
    "succeeded": Verdict.SUCCEEDED,
    "completed": Verdict.SUCCEEDED,
    "failed": Verdict.FAILED,
    "canceled": Verdict.CANCELLED,
    "cancelled": Verdict.CANCELLED,
    "in_queue": Verdict.QUEUED,
    "in_progress": Verdict.RUNNING,
}
_WHOLE_ID = re.compile(rb'"request_id"\s*:\s*"([A-Za-z0-9_-]{1,128})"')
# It becomes a part of addresses, and is what the person may have to write down.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
_REFUSED = "not_cancellable"
_TOO_LATE = ("completed", "succeeded", "failed")


async def submit(
    client: Client,
    deployment_id: str,
    body: SubmitBody,
    on_sent: Callable[[int, int], object] | None = None,
    *,
    on_found: Callable[[str], Awaitable[object]] | None = None,
) -> Accepted:
    """Sends a job, once. `on_sent(sent, total)` hears how much of the body has gone out, `on_found`
    an id of which the service is yet to be asked whether it knows it.

    Raises Problem; with `uncertain` set the job may have been accepted all the same.
    """
    version = client.queue_version
    url = client.url(version, "deployments", deployment_id, "inference")
    await body.check()
    answer = await client.send_once("POST", url, body, Errand.SUBMIT, on_sent)
    try:
        value = await client.read(answer, Errand.SUBMIT)
    except Problem as problem:
        rescued = _rescued_id(answer) if problem.uncertain else ""
        found = RequestRef(deployment_id, rescued or _found_id(answer), queue_version=version)
        if rescued or await _is_known(client, found, on_found):
            return Accepted(found.request_id, "", "", "", version)
        if problem.unserved:
            raise unserved(problem, version) from None
        raise
    return _acceptance(answer, value, version)


def _acceptance(answer: Answer, value: Json, version: str) -> Accepted:
    request_id = wire.word(value, "request_id")
    if not _ID.fullmatch(request_id):
        raise unreadable(answer, "no request_id", Errand.SUBMIT)
    return Accepted(
        request_id,
        _address(value, "status_url"),
        _address(value, "result_url"),
        _address(value, "cancel_url"),
        version,
    )


async def status(client: Client, ref: RequestRef) -> StatusReport:
    """Where the request stands. Raises Problem; then nothing is known about the job."""
    answer = await client.get(_url(client, ref, "status", ref.status_url), errand=Errand.POLL)
    value = await client.read(answer, Errand.POLL, failed_is_result=True)
    word = _word(client, answer, value)
    check_id(answer, value, ref)
    phase = _PHASES.get(word.lower(), Phase.UNKNOWN)
    position = wire.field(value, "queue_position")
    number = wire.integer(position, -1)
    return StatusReport(
        phase,
        word,
        number if number >= 0 and phase is Phase.QUEUED else None,
        wire.word(value, "instance_id"),
    )


async def result(client: Client, ref: RequestRef) -> ResultReport:
    """What came of the request; asking early is allowed. Raises Problem, TooLarge among them."""
    answer = await client.get(
        _url(client, ref, "result", ref.result_url),
        errand=Errand.POLL,
        # Texts that nodes make stand in it as a whole.
        cap_bytes=constants.RESULT_CAP_BYTES,
    )
    value = await client.read(answer, Errand.POLL, failed_is_result=True, too_much=TooLarge)
    word = _word(client, answer, value)
    check_id(answer, value, ref)
    if len(answer.body) > constants.THREAD_PARSE_BYTES:
        return await asyncio.to_thread(_report, word, value, answer.secrets)
    return _report(word, value, answer.secrets)


def _report(word: str, value: Json, secrets: tuple[str, ...]) -> ResultReport:
    verdict = _VERDICTS.get(word.lower(), Verdict.UNKNOWN)
    reason, technical = "", ""
    if verdict is Verdict.FAILED:
        reason, technical = wire_outputs.failure(value, secrets)
    return ResultReport(
        verdict,
        word,
        wire.timestamp_s(wire.field(value, "created_at")),
        wire.timestamp_s(wire.field(value, "finished_at")),
        wire_outputs.outputs(value),
        reason,
        technical,
        wire.word(value, "instance_id"),
    )


async def cancel(client: Client, ref: RequestRef) -> CancelReport:
    """Asks to cancel. "Not cancellable" is an answer, not a Problem. Raises Problem otherwise."""
    answer = await client.post_empty(_url(client, ref, "cancel", ref.cancel_url), Errand.CANCEL)
    refused = await _refused_cancel(answer, ref)
    if refused is not None:
        return refused
    value = await client.read(answer, Errand.CANCEL)
    check_id(answer, value, ref, Errand.CANCEL)
    word = wire.word(value, "outcome") or wire.word(value)
    return CancelReport(word.lower() not in _TOO_LATE, word)


async def _refused_cancel(answer: Answer, ref: RequestRef) -> CancelReport | None:
    """The refusal in an answer of whatever HTTP status, None when it is none."""
    try:
        value = await parse_json(answer.body)
        check_id(answer, value, ref, Errand.CANCEL)
    except (Unreadable, Problem):
        return None
    for name in ("outcome", "status"):
        if wire.word(value, name).lower() == _REFUSED:
            return CancelReport(accepted=False, word=wire.word(value, name))
    return None


def _rescued_id(answer: Answer) -> str:
    """The id in an acceptance that broke off behind it: the only way to what will be paid."""
    body = answer.body.lstrip()
    is_acceptance = answer.is_success and body.startswith(b"{") and b'"error_code"' not in body
    found = _WHOLE_ID.search(body) if is_acceptance else None
    return found.group(1).decode("ascii") if found is not None else ""


def _found_id(answer: Answer) -> str:
    """The id in an answer that says no in the same breath. If the service knows such a request, it
    runs and costs money, whatever the answer says; else it may be a number of the refusal itself.
    """
    found = _WHOLE_ID.search(answer.body) if answer.is_success else None
    return found.group(1).decode("ascii") if found is not None else ""


async def _is_known(
    client: Client, ref: RequestRef, on_found: Callable[[str], Awaitable[object]] | None
) -> bool:
    if not ref.request_id:
        return False
    if on_found is not None:
        # Before the question: the program can end while that has no answer.
        await on_found(ref.request_id)
    try:
        await status(client, ref)
    except Problem:
        return False
    return True


def _word(client: Client, answer: Answer, value: Json) -> str:
    word = wire.word(value) or ("failed" if wire.says_failed(value) else "")
    if not word:
        raise unreadable(answer, "no status", Errand.POLL)
    return word


def check_id(answer: Answer, value: Json, ref: RequestRef, errand: Errand = Errand.POLL) -> None:
    """Another job's answer is none of ours. Raises Problem; an answer may name no request."""
    named = wire.word(value, "request_id")
    if named and named.lower() != wire.label(ref.request_id).lower():
        raise unreadable(answer, f"it speaks of request {named}", errand)


def _address(value: Json, name: str) -> str:
    """An address as the service gave it; whether it may be used is asked at each use."""
    address = wire.text(wire.field(value, name)).strip()
    return address if len(address) <= constants.URL_CHARS else ""


def _url(client: Client, ref: RequestRef, what: str, given: str) -> str:
    """The address the service gave if it is its own, else the one the ids make."""
    if given and client.same_origin(given):
        return given
    version = "v2" if ref.queue_version == "v2" else "v1"
    return client.url(version, "deployments", ref.deployment_id, "requests", ref.request_id, what)
