"""Titles and advice of Problems: what happened, and what to do next."""

from __future__ import annotations

from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.domain.base.problem import ProblemKind
from runcomfy_desktop.i18n import _

_K = ProblemKind


def uncertain_advice(operation: ApiOperation) -> str:
    """What to do when nobody knows whether it was done."""
    if operation is ApiOperation.SUBMIT:
        return _("Choose Resolve… at its row in the queue before you run it again.")
    if operation is ApiOperation.INSTANCE:
        return _("Try again in a moment.")
    return _("Refresh the list of deployments to see what is so now, before you try again.")


def unserved_texts(title: str, version: str, *, is_web_page: bool) -> tuple[str, str]:
    """(title, advice) for a submit that met a place where there is no queue (any more).

    `title` is what a web page in its place is called, and stays: it may be the network's own.
    """
    other = "v1" if version == "v2" else "v2"
    if is_web_page:
        advice = _(
            "Check whether this network wants a log-in. If not, the service may have stopped "
            "answering %s: choose %s under “Queue API version” in Settings, then run again."
        )
        return title, advice % (version, other)
    advice = _(
        "Choose %s under “Queue API version” in Settings, then run again. "
        "If the deployment was deleted, choose another one."
    )
    return _("The service may have stopped answering %s of its queue.") % version, advice % other


def response_texts(
    kind: ProblemKind, code: int | str | None, status: int, operation: ApiOperation
) -> tuple[str, str]:
    """(title, advice) for an answer that says no."""
    if code in (10003, 403003) or kind is _K.NOT_FOUND:
        return _not_found(code, operation)
    if status == 408:
        return (
            _("The request reached the service too slowly."),
            _("Check your network connection, then try again."),
        )
    if kind is _K.AUTH and status == 403:
        return (
            _("The service does not allow this with your key."),
            _("Check that the key belongs to the account which owns the deployment."),
        )
    if kind is _K.AUTH and operation is ApiOperation.POLL:
        # It was good when the job was sent.
        return (
            _("The service does not accept your key."),
            _(
                "The program asks again by itself. If it stays so, copy the key from your RunComfy "
                "profile page and connect again."
            ),
        )
    if kind is _K.SERVER and operation is ApiOperation.INSTANCE:
        return (
            _("The instance cannot be reached."),
            _("It may be starting or shutting down. Try again in a moment."),
        )
    return _by_kind().get(kind) or _rejected(status, operation)


def _by_kind() -> dict[ProblemKind, tuple[str, str]]:
    return {
        _K.AUTH: (
            _("The service does not accept your key."),
            _("Copy the key from your RunComfy profile page and connect again."),
        ),
        _K.FUNDS: (
            _("There is not enough credit for this."),
            _("Add funds on runcomfy.com and enable the deployment there again."),
        ),
        _K.DISABLED: (
            _("This deployment is disabled."),
            _("Enable it again, or choose another deployment."),
        ),
        _K.BUSY: (
            _("The service is asked too often just now."),
            _("Wait a little, then try again."),
        ),
        _K.SERVER: (
            _("The service has a fault of its own."),
            _("Try again in some minutes."),
        ),
        _K.UNREADABLE: (
            _("A web page came instead of an answer of the service."),
            _("Check the API address in Settings, and whether this network wants a log-in."),
        ),
    }


def _rejected(status: int, operation: ApiOperation) -> tuple[str, str]:
    if status == 413:
        return (
            _("The service finds this request too large."),
            _("Use smaller pictures, or give their addresses instead."),
        )
    if operation is ApiOperation.SUBMIT:
        return (
            _("The service refuses this job."),
            _("Correct what it names, then run again."),
        )
    title = {
        ApiOperation.CHANGE: _("The service refuses this change."),
        ApiOperation.DELETE: _("The service refuses to delete this deployment."),
        ApiOperation.INSTANCE: _("The instance refuses this."),
    }.get(operation)
    return title or _("The service refuses this request."), _("The details have its own words.")


def _not_found(code: int | str | None, operation: ApiOperation) -> tuple[str, str]:
    if code == 403003:
        return (
            _("This belongs to another RunComfy account."),
            _("Check the key, or choose a deployment of your own."),
        )
    if code == 10003:
        return (
            _("This deployment has been deleted."),
            _("Choose another deployment."),
        )
    if operation is ApiOperation.FILE:
        return (
            _("This file is no longer at the service."),
            _("Results are kept there for 7 days. Run the job again to get a new one."),
        )
    if operation in (ApiOperation.POLL, ApiOperation.CANCEL):
        return (
            _("The service does not know this job (any more)."),
            _(
                "Run it again if you need it. "
                "If this happens to every job, choose the other “Queue API version” in Settings."
            ),
        )
    if operation is ApiOperation.INSTANCE:
        return (
            _("This instance is not running any more."),
            _("The next job starts a new one."),
        )
    if operation in (
        ApiOperation.SUBMIT,
        ApiOperation.DEPLOYMENT,
        ApiOperation.CHANGE,
        ApiOperation.DELETE,
    ):
        return _no_deployment(operation)
    return (
        _("The service does not know what was asked for."),
        _("Refresh the list of deployments, and check the API address and version in Settings."),
    )


def _no_deployment(operation: ApiOperation) -> tuple[str, str]:
    title = _("The service does not know this deployment (any more).")
    if operation is not ApiOperation.SUBMIT:
        return title, _("Refresh the list of deployments.")
    return title, _(
        "Refresh the list of deployments and choose another one. If this one is still listed, "
        "choose the other “Queue API version” in Settings, then run again."
    )
