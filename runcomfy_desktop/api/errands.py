"""What was asked for, and what it means for the job and the money when that fails."""

from __future__ import annotations

from enum import Enum

from runcomfy_desktop.i18n import _


class Errand(Enum):
    """What was asked for: it decides what a failure means for the job and the money."""

    READ = "read"
    POLL = "poll"
    SUBMIT = "submit"
    CANCEL = "cancel"
    FILE = "file"


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


def meaning_when_gone(errand: Errand) -> str:
    """The same, of something that the service says it does not have."""
    if errand is Errand.POLL:
        return _("It has expired there or was never accepted; nothing more can be fetched.")
    if errand is Errand.CANCEL:
        return _("There is nothing left to cancel.")
    if errand is Errand.FILE:
        return _("The job itself is finished, but this file cannot be fetched any more.")
    return meaning(errand)
