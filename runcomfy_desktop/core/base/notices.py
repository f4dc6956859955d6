"""Notices for the user, kept until a view is there to show them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

CONVERSION = "conversion"
"""Subject of the notice about a file that was converted, or not read completely. It is withdrawn
when the current workflow has no report."""
KEY_REFUSED = "key refused"
"""Subject of the notice about a key in use that is refused. It is withdrawn when the account or a
response about a job shows that the key is good."""


CANCEL_UNANSWERED = "cancel unanswered"
"""Subject of the notice about an unanswered cancel; withdrawn when no such cancel is pending."""


class NoticeLevel(Enum):
    """Severity of a notice."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """Message to the user. `action` runs when the user presses the button named `action_text`.

    A newer notice replaces an older one with the same non-empty `subject`.
    """

    level: NoticeLevel
    title: str
    detail: str = ""
    technical: str = ""
    action_text: str = ""
    action: Callable[[], object] | None = None
    subject: str = ""


class Notices:
    """Queue of all messages from the core to the user; publishes `posted`.

    The view that shows the notices publishes `dismissed` with each notice that it no longer shows.
    `outdated` is published with the `subject` of notices that are no longer true.
    """

    def __init__(self) -> None:
        self.posted: Topic[Notice] = Topic()
        self.dismissed: Topic[Notice] = Topic()
        self.outdated: Topic[str] = Topic()
        self._waiting: list[Notice] = []
        self._has_listener = False

    def listen(self, listener: Callable[[Notice], object]) -> Callable[[], None]:
        """Passes waiting and later notices to `listener` until the returned function is called."""
        unsubscribe = self.posted.subscribe(listener)
        self._has_listener = True
        waiting, self._waiting = self._waiting, []
        for notice in waiting:
            self._publish(notice)

        def stop() -> None:
            self._has_listener = False
            unsubscribe()

        return stop

    def post(self, notice: Notice) -> None:
        if self._has_listener:
            self._publish(notice)
        else:
            self._waiting.append(notice)

    def post_info(self, title: str, detail: str = "") -> None:
        self.post(Notice(NoticeLevel.INFO, title, detail))

    def post_failure(self, error: Exception, subject: str = "") -> None:
        """Posts an error: the text of a Problem, or a general text for any other exception."""
        if isinstance(error, Problem):
            detail = " ".join(part for part in (error.detail, error.advice) if part)
            self.post(
                Notice(NoticeLevel.ERROR, error.title, detail, error.technical, subject=subject)
            )
        else:
            self.post_failure(unexpected_problem(error), subject)

    def _publish(self, notice: Notice) -> None:
        # Notices are logged when they are shown. `technical` is left out: it quotes the service,
        # which may name data of the account.
        _log.debug("Told %s: %s %s", notice.level.value, notice.title, notice.detail)
        self.posted.publish(notice)


def unexpected_problem(error: Exception) -> Problem:
    """Returns the problem that reports a bug in this program."""
    return Problem(
        _("Something unexpected happened in this program."),
        _("Your jobs and inputs are kept. The log has the details."),
        technical=f"{type(error).__name__}: {error}",
    )
