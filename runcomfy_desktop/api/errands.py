"""What was asked for, and what it means for the job and the money when that fails."""

from __future__ import annotations

from enum import Enum

from runcomfy_desktop.i18n import _


class Errand(Enum):
    """What was asked for: it decides what a failure means for the job and the money."""

    READ = "read"
    TRIAL = "trial"
    """Asking whether the service is at an address at all."""
    RECORD = "record"
    """Reading one deployment."""
    POLL = "poll"
    SUBMIT = "submit"
    CANCEL = "cancel"
    FILE = "file"
    CHANGE = "change"
    DELETE = "delete"
    INSTANCE = "instance"

    @property
    def is_done_once(self) -> bool:
        """Whether it changes something at the service, so that it is never repeated by itself,
        and a lost answer leaves open whether it was done."""
        return self in (
            Errand.SUBMIT,
            Errand.CHANGE,
            Errand.DELETE,
            Errand.INSTANCE,
        )


def meaning(errand: Errand, *, uncertain: bool = False) -> str:
    """What a failure of this errand means for the job and the money."""
    if uncertain:
        return _when_uncertain(errand)
    return {
        Errand.READ: _("Nothing was changed, and it costs nothing."),
        Errand.TRIAL: _("Nothing was changed, and it costs nothing."),
        Errand.RECORD: _("Nothing was changed, and it costs nothing."),
        Errand.POLL: _("This says nothing about the job: what was sent goes on at the service."),
        Errand.SUBMIT: _("The job was not accepted and costs nothing."),
        Errand.CANCEL: _("The job was not cancelled by this, and may go on and cost money."),
        Errand.FILE: _("The job itself is finished; this file is not on your computer yet."),
        Errand.CHANGE: _("The deployment was not changed."),
        Errand.DELETE: _("The deployment is still there, and costs what it cost before."),
        Errand.INSTANCE: _("Nothing was changed on the instance; no job is touched by it."),
    }[errand]


def _when_uncertain(errand: Errand) -> str:
    return {
        Errand.CHANGE: _(
            "The deployment may have been changed all the same. "
            "The change is not repeated by itself."
        ),
        Errand.DELETE: _(
            "The deployment may have been deleted all the same. "
            "If it is still there, it costs what it cost before."
        ),
        Errand.INSTANCE: _("It may have been done all the same; no job is touched by it."),
    }.get(errand) or _(
        "The job may have been accepted all the same; then it runs and costs money. "
        "It is not sent again by itself."
    )


def meaning_when_gone(errand: Errand) -> str:
    """The same, of something that the service says it does not have."""
    if errand is Errand.POLL:
        return _(
            "The job has expired there or was never accepted; nothing more can be fetched. "
            "If it ran, it was billed."
        )
    if errand is Errand.CANCEL:
        return _("There is nothing left to cancel.")
    if errand is Errand.FILE:
        return _("The job itself is finished, but this file cannot be fetched any more.")
    if errand is Errand.INSTANCE:
        return _("What it had in memory went with it; no job is touched by it.")
    return meaning(errand)
