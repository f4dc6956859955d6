"""Access control: token, deployments of other accounts, and whether a deployment accepts requests.

`EmulatedBackend.other_account_tokens` are tokens of other accounts: they are valid, but those
accounts have no deployments and no money. All deployments of the emulated account are foreign to
them (403003).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import (
    DELETED,
    DISABLED,
    FORBIDDEN,
    INSUFFICIENT_FUNDS,
    UNAUTHORIZED,
    ApiError,
    Reply,
    Request,
    json_reply,
    not_found_error,
)

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.backend import EmulatedBackend
    from runcomfy_desktop.emulator.deployments import EmulatedDeployment


def has_bearer_token(request: Request, token: str) -> bool:
    """Returns True if the request has this bearer token."""
    scheme, _space, token_given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token_given.encode(), token.encode())


def is_account_owner(backend: EmulatedBackend, request: Request) -> bool:
    """Returns True for this account's token, False for the token of another account.

    Raises ApiError 401001 for an unknown token.
    """
    if has_bearer_token(request, backend.token):
        return True
    if any(has_bearer_token(request, each) for each in backend.other_account_tokens):
        return False
    raise unauthorized_error()


def unauthorized_error() -> ApiError:
    return ApiError(401, UNAUTHORIZED, "Token is missing, invalid or expired")


def foreign_deployment_error() -> ApiError:
    return ApiError(403, FORBIDDEN, "The account does not own this deployment")


def invalid_token_reply(kind: str) -> Reply:
    """Returns the response to an expired or revoked token, in one of the forms seen in practice.

    `kind` is `json`, `plain`, `gateway` or `foreign`. Raises ApiError for `json` and `foreign`,
    which may also come in HTTP 200.
    """
    if kind == "plain":
        return Reply(401, b"Unauthorized", "text/plain; charset=utf-8")
    if kind == "gateway":
        return json_reply({"message": "Forbidden"}, 403)
    raise foreign_deployment_error() if kind == "foreign" else unauthorized_error()


def other_account_reply(call: str, path_params: dict[str, str], backend: EmulatedBackend) -> Reply:
    """Returns the response to a valid token of another account.

    Raises ApiError 403003 or 404001.
    """
    if call == "list":
        return json_reply({"deployments": []} if backend.switches.wrapped_list else [])
    if call == "balance":
        return json_reply({"balance_usd": 0.0, "balance_microdollars": 0, "currency": "USD"})
    if path_params.get("deployment_id") in backend.deployments:
        raise foreign_deployment_error()
    raise not_found_error("Deployment")


def find_deployment(backend: EmulatedBackend, deployment_id: str) -> EmulatedDeployment:
    """Returns a deployment of this account. Raises ApiError 403003 or 404001."""
    if deployment_id in backend.foreign_deployment_ids:
        raise foreign_deployment_error()
    deployment = backend.deployments.get(deployment_id)
    if deployment is None:
        raise not_found_error("Deployment")
    return deployment


def find_accepting_deployment(backend: EmulatedBackend, deployment_id: str) -> EmulatedDeployment:
    """Returns a deployment that accepts requests. Raises ApiError 10001 to 10003 as well.

    If the account has no funds, the deployment is stopped at its next call. It stays stopped until
    it is enabled again after funds have been added, as the documentation requires.
    """
    status = backend.gate_status
    if deployment_id in backend.deleted:
        raise ApiError(status, DELETED, "DeletedDeployment")
    deployment = find_deployment(backend, deployment_id)
    with backend.lock:
        if deployment.is_enabled and backend.balance_microdollars <= 0:
            deployment.is_enabled, deployment.is_out_of_funds = False, True
        if deployment.is_out_of_funds:
            raise ApiError(status, INSUFFICIENT_FUNDS, "InsufficientFunds")
        if not deployment.is_enabled:
            raise ApiError(status, DISABLED, "DisabledDeployment")
    return deployment
