"""Problem: the one kind of error that is meant for people."""

from __future__ import annotations

from enum import Enum


class ProblemKind(Enum):
    """What the core may decide by; a person reads the texts instead."""

    OFFLINE = "offline"
    """The service could not be reached at all."""
    TIMEOUT = "timeout"
    BUSY = "busy"
    """429, or 408: asked too often."""
    SERVER = "server"
    """5xx."""
    UNREADABLE = "unreadable"
    """An answer that is not what the API promises: HTML, cut, empty."""
    AUTH = "auth"
    """401 / 403: the key is missing or wrong."""
    FOREIGN = "foreign"
    """What was asked for belongs to another account; the key itself may be good."""
    NOT_FOUND = "not_found"
    FUNDS = "funds"
    DISABLED = "disabled"
    REJECTED = "rejected"
    """422 and other 4xx: the request itself is wrong."""
    LOCAL = "local"
    """Disk, keyring, file: nothing to do with the network."""


class Problem(Exception):  # noqa: N818 - it is what a person has, not only an exception
    """What happened, what it means for the job and the money, and what to do next.

    `title` is one short sentence, `detail` says what it means, `advice` what to do. `technical` is
    for the Details area only: server text, already cut and cleaned. `is_uncertain` is true when
    what was asked for may have been done although no answer says so: a submit may have been
    accepted, a deployment changed. `is_unsent` is true when it is sure that nothing of it left this
    computer: no connection was made. `is_endpoint_missing` is true when the service did not say in
    its own way that it has no such thing: it may no longer serve the whole call, such as an old
    version of the API. `field_errors` has what it said of single fields, by their names in the body
    that was sent.
    """

    def __init__(
        self,
        title: str,
        detail: str = "",
        advice: str = "",
        *,
        kind: ProblemKind = ProblemKind.LOCAL,
        technical: str = "",
    ) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.advice = advice
        self.kind = kind
        self.technical = technical
        self.is_uncertain = False
        self.is_unsent = False
        self.is_endpoint_missing = False
        self.field_errors: dict[str, str] = {}
        self.retry_after_s: float | None = None

    def sentence(self) -> str:
        """All texts as one line, for places that have only one."""
        return " ".join(part for part in (self.title, self.detail, self.advice) if part)
