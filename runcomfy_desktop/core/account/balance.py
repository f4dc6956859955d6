"""What the wallet says of a key: whoever may read it has a good one, and that costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from runcomfy_desktop.api import account
from runcomfy_desktop.api.deployments import list_deployments
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.deployments.deployment import Balance

# Answers that refuse the key. Whose the wallet is nobody can mistake, so any of them is about it.
_REFUSED_KINDS = (ProblemKind.AUTH, ProblemKind.FOREIGN)
# Answers that only somebody with a good key gets.
_ACCEPTED_KINDS = (ProblemKind.FUNDS, ProblemKind.DISABLED)


async def fetch_balance(client: Client) -> tuple[Balance | None, Problem | None]:
    """The balance, or why there is none; neither when the service has no such thing."""
    try:
        return await account.read_balance(client), None
    except Problem as problem:
        if problem.kind in _ACCEPTED_KINDS:
            return None, None
        if problem.kind is not ProblemKind.NOT_FOUND:
            return None, problem
    try:
        await list_deployments(client)
    except Problem as problem:
        return None, problem
    return None, None


def is_key_refused(problem: Problem | None) -> TypeGuard[Problem]:
    """Whether the wallet's answer says that the key is not good."""
    return problem is not None and problem.kind in _REFUSED_KINDS


def copy_key_advice() -> str:
    """Tells what to do about a key that was good once and is refused."""
    return _("If it stays so, copy the key from your RunComfy profile page and connect again.")
