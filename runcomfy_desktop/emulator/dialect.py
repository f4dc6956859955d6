"""Dialects of the API: one from its first documentation, and one from the newest.

Both can be used with both path versions, because in practice the wording does not depend on the
path version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.lifecycle import RequestState

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import JsonObject


@dataclass(frozen=True, slots=True)
class Dialect:
    """Words, fields and HTTP status codes of the responses."""

    name: str
    cancelled: str
    has_outcome: bool
    """True if a cancel response has `outcome`, and HTTP 202 when the cancel was accepted."""
    has_instance_id: bool
    submit_status: int
    gate_status: int
    """HTTP status code of errors 10001 to 10003."""
    needs_overrides: bool
    """True if a body with neither `overrides` nor a workflow is refused."""
    webhook_outputs: str
    """Name of the outputs field in a webhook."""

    def status_text(self, state: RequestState) -> str:
        return self.cancelled if state is RequestState.CANCELLED else state.value

    def cancel_reply(
        self, request_id: str, state: RequestState, *, accepted: bool
    ) -> tuple[int, JsonObject]:
        """Returns HTTP status code and body of a cancel response."""
        if self.has_outcome:
            outcome = "cancelled" if accepted else "not_cancellable"
            status = self.status_text(state)
            content: JsonObject = {"request_id": request_id, "status": status, "outcome": outcome}
            return (202 if accepted else 200), content
        reply_status = "cancellation_requested" if accepted else "not_cancellable"
        return 200, {"request_id": request_id, "status": reply_status}


SEED = Dialect("seed", "canceled", False, False, 200, 200, True, "outputs")
NEWEST = Dialect("newest", "cancelled", True, True, 202, 403, False, "output")
DIALECTS = {each.name: each for each in (SEED, NEWEST)}


def timestamp(seconds: float, *, whole: bool = False, zulu: bool = False) -> str:
    """Returns a time with six digits of microseconds and a numeric offset.

    Strict clients reject `Z`. `whole` omits the fraction; `zulu` writes `Z`. Both forms are seen
    elsewhere.
    """
    text = datetime.fromtimestamp(seconds, UTC).isoformat(
        timespec="seconds" if whole else "microseconds"
    )
    return text.removesuffix("+00:00") + "Z" if zulu else text
