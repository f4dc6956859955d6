"""Who may do what: the token, deployments of other people, and the gate before a deployment.

`World.strangers` are tokens of other accounts: valid, with no deployments and no money of their
own, and every deployment of this account is foreign to them (403003).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.wire import (
    DELETED,
    DISABLED,
    FORBIDDEN,
    INSUFFICIENT_FUNDS,
    UNAUTHORIZED,
    ApiError,
    Reply,
    Request,
    json_reply,
    not_found,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.deployments import Deployment
    from runcomfy_desktop.emulator.world import World


def carries(request: Request, token: str) -> bool:
    """True when the request has this bearer token."""
    scheme, _space, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def check_token(world: World, request: Request) -> bool:
    """Whether the caller is the account itself, and not a stranger. Raises ApiError 401001."""
    if carries(request, world.token):
        return True
    if any(carries(request, each) for each in world.strangers):
        return False
    raise unauthorized()


def unauthorized() -> ApiError:
    return ApiError(401, UNAUTHORIZED, "Token is missing, invalid or expired")


def foreign() -> ApiError:
    return ApiError(403, FORBIDDEN, "The account does not own this deployment")


def refused_token(kind: str) -> Reply:
    """What a token gets that is no longer good, in each form that was seen. Raises ApiError for
    those which may come in HTTP 200 as well."""
    if kind == "plain":
        return Reply(401, b"Unauthorized", "text/plain; charset=utf-8")
    if kind == "gateway":
        return json_reply({"message": "Forbidden"}, 403)
    raise foreign() if kind == "foreign" else unauthorized()


def answer_stranger(call: str, names: dict[str, str], world: World) -> Reply:
    """The answer to somebody else's valid token."""
    if call == "list":
        return json_reply({"deployments": []} if world.switches.wrapped_list else [])
    if call == "balance":
        return json_reply({"balance_usd": 0.0, "balance_microdollars": 0, "currency": "USD"})
    if names.get("deployment_id") in world.deployments:
        raise foreign()
    raise not_found("Deployment")


def find_deployment(world: World, deployment_id: str) -> Deployment:
    """A deployment of this account. Raises ApiError 403003 or 404001."""
    if deployment_id in world.foreign:
        raise foreign()
    deployment = world.deployments.get(deployment_id)
    if deployment is None:
        raise not_found("Deployment")
    return deployment


def open_deployment(world: World, deployment_id: str) -> Deployment:
    """A deployment that takes requests. Raises 10001 to 10003 as well.

    Without funds a deployment is stopped when it is next asked for something. It stays so until
    somebody has paid in and enabled it again, which is what the documents ask for.
    """
    status = world.gate_status
    if deployment_id in world.deleted:
        raise ApiError(status, DELETED, "DeletedDeployment")
    deployment = find_deployment(world, deployment_id)
    with world.lock:
        if deployment.is_enabled and world.balance_microdollars <= 0:
            deployment.is_enabled, deployment.stopped = False, True
        if deployment.stopped:
            raise ApiError(status, INSUFFICIENT_FUNDS, "InsufficientFunds")
        if not deployment.is_enabled:
            raise ApiError(status, DISABLED, "DisabledDeployment")
    return deployment
