"""Kinds of API calls, and the consequences of their failure for the job and its cost."""

from __future__ import annotations

from enum import Enum

from runcomfy_desktop.i18n import _


class ApiOperation(Enum):
    """Kind of API call: determines what a failure means for the job and its cost."""

    READ = "read"
    PROBE = "trial"
    """Checking whether the service exists at an address at all."""
    DEPLOYMENT = "record"
    """Reading one deployment."""
    POLL = "poll"
    SUBMIT = "submit"
    CANCEL = "cancel"
    FILE = "file"
    CHANGE = "change"
    DELETE = "delete"
    INSTANCE = "instance"

    @property
    def is_unrepeatable(self) -> bool:
        """True if the operation changes something at the service.

        It is then never repeated automatically, and after a lost response it is unknown whether it
        was carried out.
        """
        return self in (
            ApiOperation.SUBMIT,
            ApiOperation.CHANGE,
            ApiOperation.DELETE,
            ApiOperation.INSTANCE,
        )


def consequence(operation: ApiOperation, *, uncertain: bool = False) -> str:
    """Returns what a failure of the operation means for the job and its cost."""
    if uncertain:
        return _uncertain_consequence(operation)
    return {
        ApiOperation.READ: _("Nothing was changed, and it costs nothing."),
        ApiOperation.PROBE: _("Nothing was changed, and it costs nothing."),
        ApiOperation.DEPLOYMENT: _("Nothing was changed, and it costs nothing."),
        ApiOperation.POLL: _(
            "This says nothing about the job: what was sent goes on at the service."
        ),
        ApiOperation.SUBMIT: _("The job was not accepted and costs nothing."),
        ApiOperation.CANCEL: _("The job was not cancelled by this, and may go on and cost money."),
        ApiOperation.FILE: _("The job itself is finished; this file is not on your computer yet."),
        ApiOperation.CHANGE: _("The deployment was not changed."),
        ApiOperation.DELETE: _("The deployment is still there, and costs what it cost before."),
        ApiOperation.INSTANCE: _("Nothing was changed on the instance; no job is touched by it."),
    }[operation]


def _uncertain_consequence(operation: ApiOperation) -> str:
    return {
        ApiOperation.CHANGE: _(
            "The deployment may have been changed all the same. "
            "The change is not repeated by itself."
        ),
        ApiOperation.DELETE: _(
            "The deployment may have been deleted all the same. "
            "If it is still there, it costs what it cost before."
        ),
        ApiOperation.INSTANCE: _("It may have been done all the same; no job is touched by it."),
    }.get(operation) or _(
        "The job may have been accepted all the same; then it runs and costs money. "
        "It is not sent again by itself."
    )


def consequence_when_gone(operation: ApiOperation) -> str:
    """Returns the consequence if the service reports that the object does not exist."""
    if operation is ApiOperation.POLL:
        return _(
            "The job has expired there or was never accepted; nothing more can be fetched. "
            "If it ran, it was billed."
        )
    if operation is ApiOperation.CANCEL:
        return _("There is nothing left to cancel.")
    if operation is ApiOperation.FILE:
        return _("The job itself is finished, but this file cannot be fetched any more.")
    if operation is ApiOperation.INSTANCE:
        return _("What it had in memory went with it; no job is touched by it.")
    return consequence(operation)
