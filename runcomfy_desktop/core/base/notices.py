"""Notices: things worth telling the person, kept until a view is there to show them."""

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
"""The subject of the notice on a file that was converted, or not read whole. It is withdrawn when
the workflow in view has no report."""
KEY_REFUSED = "key refused"
"""The subject of the notice on a key in use that is refused. It is withdrawn when the account or
an answer about a job shows that the key is good."""


CANCEL_UNANSWERED = "cancel unanswered"
"""The subject of the notice on a cancel that got no answer. It is outdated when none waits."""


class NoticeLevel(Enum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `action` runs when the person presses the button named `action_text`.

    A newer notice takes the place of an older one that has the same `subject`, if it has any.
    """

    level: NoticeLevel
    title: str
    detail: str = ""
    technical: str = ""
    action_text: str = ""
    action: Callable[[], object] | None = None
    subject: str = ""


class Notices:
    """The one place where the core speaks to the person; publishes `posted`.

    Whoever shows the notices publishes `dismissed` with one that is not there any more. `outdated`
    is published with the `subject` of notices that are no longer true.
    """

    def __init__(self) -> None:
        self.posted: Topic[Notice] = Topic()
        self.dismissed: Topic[Notice] = Topic()
        self.outdated: Topic[str] = Topic()
        self._waiting: list[Notice] = []
        self._has_listener = False

    def listen(self, listener: Callable[[Notice], object]) -> Callable[[], None]:
        """Hears what waited first, then everything new, until the returned function is called."""
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
        """Tells of an error: a Problem in its own words, anything else as a bug."""
        if isinstance(error, Problem):
            detail = " ".join(part for part in (error.detail, error.advice) if part)
            self.post(
                Notice(NoticeLevel.ERROR, error.title, detail, error.technical, subject=subject)
            )
        else:
            self.post_failure(unexpected_problem(error), subject)

    def _publish(self, notice: Notice) -> None:
        # Written down when it is shown. `technical` stays out: it quotes the service, which may
        # name what belongs to the account.
        _log.debug("Told %s: %s %s", notice.level.value, notice.title, notice.detail)
        self.posted.publish(notice)


def unexpected_problem(error: Exception) -> Problem:
    """A bug, in the words for it."""
    return Problem(
        _("Something unexpected happened in this program."),
        _("Your jobs and inputs are kept. The log has the details."),
        technical=f"{type(error).__name__}: {error}",
    )
