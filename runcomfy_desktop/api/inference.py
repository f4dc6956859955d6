"""The four calls to the queue (submit, status, result, cancel), in all dialects of the service."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, wire
from runcomfy_desktop.api.errors import unreadable_response_problem, unserved_submit_problem
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.response import UnreadableBody, parse_json
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.request_body import SubmitBody
    from runcomfy_desktop.api.response import ApiResponse
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.jobs.output import Output


@dataclass(frozen=True, slots=True)
class RequestRef:
    """Reference to a request: its ids, and the URLs that the service gave for it.

    The URLs belong to the queue version that accepted the request.
    """

    deployment_id: str
    request_id: str
    status_url: str = ""
    result_url: str = ""
    cancel_url: str = ""
    queue_version: str = "v1"

    def on_other_version(self) -> RequestRef:
        """Returns the reference for the other version of the queue."""
        version = "v1" if self.queue_version == "v2" else "v2"
        return RequestRef(self.deployment_id, self.request_id, queue_version=version)


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """Request that the service has accepted; from now on it may cost money."""

    request_id: str
    status_url: str
    result_url: str
    cancel_url: str
    queue_version: str


class RequestPhase(Enum):
    """State of a request. ENDED covers success and failure: only the result distinguishes them."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class ResultState(Enum):
    """State that a result reports."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUEUED = "queued"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Response about a request's state; `raw_status` is the service's own status, verbatim."""

    phase: RequestPhase
    raw_status: str
    queue_position: int | None = None
    instance_id: str = ""


@dataclass(frozen=True, slots=True)
class ResultReport:
    """Response about a request's result; times are seconds since the epoch, 0.0 if absent."""

    state: ResultState
    raw_status: str
    created_s: float = 0.0
    finished_s: float = 0.0
    outputs: tuple[Output, ...] = ()
    reason: str = ""
    technical: str = ""
    instance_id: str = ""


@dataclass(frozen=True, slots=True)
class CancelReport:
    """Response to a cancel request: accepted or not. The status shows whether it took effect."""

    is_accepted: bool
    raw_status: str


class ResultTooLarge(Problem):
    """Raised if a result exceeds this program's limits: in bytes, values or nesting levels."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            _("The result is too large to be read here."),
            _(
                "The run has ended and is billed; without its files, its result has more in it "
                "than this program takes in."
            ),
            _("Look for it at runcomfy.com, and let the workflow save long texts as files."),
            kind=ProblemKind.UNREADABLE,
            technical=reason,
        )


_PHASES: dict[str, RequestPhase] = {
    "in_queue": RequestPhase.QUEUED,
    "in_progress": RequestPhase.RUNNING,
    "completed": RequestPhase.ENDED,
    "succeeded": RequestPhase.ENDED,
    "failed": RequestPhase.ENDED,
    "canceled": RequestPhase.CANCELLED,
    "cancelled": RequestPhase.CANCELLED,
}
_RESULT_STATES: dict[str, ResultState] = {
    "succeeded": ResultState.SUCCEEDED,
    "completed": ResultState.SUCCEEDED,
    "failed": ResultState.FAILED,
    "canceled": ResultState.CANCELLED,
    "cancelled": ResultState.CANCELLED,
    "in_queue": ResultState.QUEUED,
    "in_progress": ResultState.RUNNING,
}
_COMPLETE_ID = re.compile(rb'"request_id"\s*:\s*"([A-Za-z0-9_-]{1,128})"')
# The id becomes part of URLs, and the user may have to write it down.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
_NOT_CANCELLABLE = "not_cancellable"
_ENDED_STATES = ("completed", "succeeded", "failed")


async def submit(
    client: Client,
    deployment_id: str,
    body: SubmitBody,
    on_sent: Callable[[int, int], object] | None = None,
    *,
    on_id_found: Callable[[str], Awaitable[object]] | None = None,
) -> AcceptedRequest:
    """Sends a job once.

    `on_sent(sent, total)` reports the progress of the body. `on_id_found` receives an id found in a
    refusal, before the service is queried for that id.

    Raises Problem; if its `is_uncertain` is set, the job may have been accepted nevertheless.
    """
    version = client.queue_version
    url = client.url(version, "deployments", deployment_id, "inference")
    await body.check()
    response = await client.send_once("POST", url, body, ApiOperation.SUBMIT, on_sent)
    try:
        value = await client.read(response, ApiOperation.SUBMIT)
    except Problem as problem:
        truncated_id = _id_in_truncated(response) if problem.is_uncertain else ""
        ref = RequestRef(
            deployment_id, truncated_id or _id_in_refusal(response), queue_version=version
        )
        if truncated_id or await _is_known(client, ref, on_id_found):
            return AcceptedRequest(ref.request_id, "", "", "", version)
        if problem.is_endpoint_missing:
            raise unserved_submit_problem(problem, version) from None
        raise
    return _accepted_request(response, value, version)


def _accepted_request(response: ApiResponse, value: Json, version: str) -> AcceptedRequest:
    request_id = wire.label_field(value, "request_id")
    if not _ID.fullmatch(request_id):
        raise unreadable_response_problem(response, "no request_id", ApiOperation.SUBMIT)
    return AcceptedRequest(
        request_id,
        _given_url(value, "status_url"),
        _given_url(value, "result_url"),
        _given_url(value, "cancel_url"),
        version,
    )


async def read_status(client: Client, ref: RequestRef) -> StatusReport:
    """Returns the state of a request. Raises Problem; then nothing is known about the job."""
    response = await client.get(
        _url(client, ref, "status", ref.status_url), operation=ApiOperation.POLL
    )
    value = await client.read(response, ApiOperation.POLL, accepts_failure=True)
    raw_status = _raw_status(client, response, value)
    check_id(response, value, ref)
    phase = _PHASES.get(raw_status.lower(), RequestPhase.UNKNOWN)
    position = wire.field(value, "queue_position")
    number = wire.integer(position, -1)
    return StatusReport(
        phase,
        raw_status,
        number if number >= 0 and phase is RequestPhase.QUEUED else None,
        wire.label_field(value, "instance_id"),
    )


async def read_result(client: Client, ref: RequestRef) -> ResultReport:
    """Returns the result of a request; it can be called before the request has ended.

    Raises Problem, including ResultTooLarge.
    """
    response = await client.get(
        _url(client, ref, "result", ref.result_url),
        operation=ApiOperation.POLL,
        # Texts made by nodes are included in full.
        cap_bytes=constants.RESULT_CAP_BYTES,
    )
    value = await client.read(
        response, ApiOperation.POLL, accepts_failure=True, on_too_large=ResultTooLarge
    )
    raw_status = _raw_status(client, response, value)
    check_id(response, value, ref)
    if len(response.body) > constants.MIN_THREAD_PARSE_BYTES:
        return await asyncio.to_thread(_result_report, raw_status, value, response.secrets)
    return _result_report(raw_status, value, response.secrets)


def _result_report(raw_status: str, value: Json, secrets: tuple[str, ...]) -> ResultReport:
    state = _RESULT_STATES.get(raw_status.lower(), ResultState.UNKNOWN)
    reason, technical = "", ""
    if state is ResultState.FAILED:
        reason, technical = wire.failure_texts(value, secrets)
    return ResultReport(
        state,
        raw_status,
        wire.timestamp_s(wire.field(value, "created_at")),
        wire.timestamp_s(wire.field(value, "finished_at")),
        wire.outputs(value),
        reason,
        technical,
        wire.label_field(value, "instance_id"),
    )


async def cancel(client: Client, ref: RequestRef) -> CancelReport:
    """Sends a cancel request. "Not cancellable" is reported; any other refusal raises Problem."""
    response = await client.post_empty(
        _url(client, ref, "cancel", ref.cancel_url), ApiOperation.CANCEL
    )
    refusal = await _refused_cancel(response, ref)
    if refusal is not None:
        return refusal
    value = await client.read(response, ApiOperation.CANCEL)
    check_id(response, value, ref, ApiOperation.CANCEL)
    raw_status = wire.label_field(value, "outcome") or wire.label_field(value)
    return CancelReport(raw_status.lower() not in _ENDED_STATES, raw_status)


async def _refused_cancel(response: ApiResponse, ref: RequestRef) -> CancelReport | None:
    """Returns the report if the response means "not cancellable", else None.

    The HTTP status does not matter.
    """
    try:
        value = await parse_json(response.body)
        check_id(response, value, ref, ApiOperation.CANCEL)
    except (UnreadableBody, Problem):
        return None
    for name in ("outcome", "status"):
        if wire.label_field(value, name).lower() == _NOT_CANCELLABLE:
            return CancelReport(is_accepted=False, raw_status=wire.label_field(value, name))
    return None


def _id_in_truncated(response: ApiResponse) -> str:
    """Returns the id in an acceptance that was cut off after the id, or "" if there is none.

    The id is the only way to reach a job that will be billed.
    """
    body = response.body.lstrip()
    is_acceptance = response.is_success and body.startswith(b"{") and b'"error_code"' not in body
    found = _COMPLETE_ID.search(body) if is_acceptance else None
    return found.group(1).decode("ascii") if found is not None else ""


def _id_in_refusal(response: ApiResponse) -> str:
    """Returns the id in a 2xx response that is nevertheless a refusal, or "" if there is none.

    If the service knows a request with this id, that request is running and costs money, whatever
    the response says. If it does not, the id may identify the refusal itself.
    """
    found = _COMPLETE_ID.search(response.body) if response.is_success else None
    return found.group(1).decode("ascii") if found is not None else ""


async def _is_known(
    client: Client, ref: RequestRef, on_id_found: Callable[[str], Awaitable[object]] | None
) -> bool:
    if not ref.request_id:
        return False
    if on_id_found is not None:
        # Reported before the query: the program may end before the response arrives.
        await on_id_found(ref.request_id)
    try:
        await read_status(client, ref)
    except Problem:
        return False
    return True


def _raw_status(client: Client, response: ApiResponse, value: Json) -> str:
    raw_status = wire.label_field(value) or ("failed" if wire.is_failed_request(value) else "")
    if not raw_status:
        raise unreadable_response_problem(response, "no status", ApiOperation.POLL)
    return raw_status


def check_id(
    response: ApiResponse, value: Json, ref: RequestRef, operation: ApiOperation = ApiOperation.POLL
) -> None:
    """Raises Problem if a response names another request; it does not have to name any."""
    request_id = wire.label_field(value, "request_id")
    if request_id and request_id.lower() != wire.label(ref.request_id).lower():
        raise unreadable_response_problem(response, f"it speaks of request {request_id}", operation)


def _given_url(value: Json, name: str) -> str:
    """Returns a URL given by the service; its origin is checked at each use."""
    url = wire.text(wire.field(value, name)).strip()
    return url if len(url) <= constants.MAX_URL_CHARS else ""


def _url(client: Client, ref: RequestRef, endpoint: str, given_url: str) -> str:
    """Returns the URL from the service if it has the API's origin, else one built from the ids."""
    if given_url and client.same_origin(given_url):
        return given_url
    version = "v2" if ref.queue_version == "v2" else "v1"
    return client.url(
        version, "deployments", ref.deployment_id, "requests", ref.request_id, endpoint
    )
