"""Problem: the only kind of error that is meant for users."""

from __future__ import annotations

from enum import Enum


class ProblemKind(Enum):
    """Category of a problem, for decisions in code; users read the messages instead."""

    OFFLINE = "offline"
    """The service cannot be reached at all."""
    TIMEOUT = "timeout"
    BUSY = "busy"
    """Status 429 or 408: too many requests."""
    SERVER = "server"
    """Status 5xx."""
    UNREADABLE = "unreadable"
    """A response that breaks the API's contract: HTML, truncated, empty."""
    AUTH = "auth"
    """Status 401 or 403: the key is missing or wrong."""
    FOREIGN = "foreign"
    """The requested object belongs to another account; the key itself may be good."""
    NOT_FOUND = "not_found"
    FUNDS = "funds"
    DISABLED = "disabled"
    REJECTED = "rejected"
    """Status 422 and other 4xx: the request itself is wrong."""
    LOCAL = "local"
    """Disk, keyring or file; not related to the network."""


class Problem(Exception):  # noqa: N818 - also a value shown to the user
    """Error with texts for the user: what happened, the effect on job and money, the next step.

    `title` is one short sentence, `detail` says what it means, `advice` what to do. `technical` is
    for the Details area only: server text, already cut and cleaned. `is_uncertain` is true if the
    operation may have been carried out although no response confirms it: a submit may have been
    accepted, a deployment changed. `is_unsent` is true if nothing can have left this computer,
    because no connection was made. `is_endpoint_missing` is true if a "not found" does not have the
    service's own format: the service may no longer support the whole call, for example in an old
    version of the API. `field_errors` has the service's messages about single fields, by their
    names in the body that was sent.
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
        """Returns title, detail and advice on one line, for places that show only one line."""
        return " ".join(part for part in (self.title, self.detail, self.advice) if part)
