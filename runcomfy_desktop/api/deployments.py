"""Deployments: list them, read one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, wire
from runcomfy_desktop.api.errors import unreadable_response_problem
from runcomfy_desktop.api.operations import ApiOperation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.deployments.deployment import Deployment

# Whole workflows come with the records.
_CAP_BYTES = constants.LARGE_JSON_CAP_BYTES

_log = logging.getLogger(__name__)


async def list_deployments(
    client: Client, *, ids: Sequence[str] = (), includes: Sequence[str] = ()
) -> tuple[Deployment, ...]:
    """The account's deployments, or those of `ids`. Raises Problem."""
    params = [("ids", each) for each in ids] + [("includes", each) for each in includes]
    response = await client.get(client.url("v2", "deployments"), params, cap_bytes=_CAP_BYTES)
    value = await client.read(response, ApiOperation.READ)
    found = wire.deployments(value)
    if found is None:
        raise unreadable_response_problem(response, "no list of deployments", ApiOperation.READ)
    if wire.has_more_pages(value):
        # No paging is documented. Should it come, this is how one will notice.
        _log.info("The list of deployments names a next page, which is not read")
    return found


async def read_deployment(
    client: Client, deployment_id: str, *, includes: Sequence[str] = ("payload", "readme")
) -> Deployment:
    """One deployment. Raises Problem."""
    params = [("includes", each) for each in includes]
    url = client.url("v2", "deployments", deployment_id)
    response = await client.get(
        url, params, operation=ApiOperation.DEPLOYMENT, cap_bytes=_CAP_BYTES
    )
    found = wire.deployment(await client.read(response, ApiOperation.DEPLOYMENT))
    if found is None:
        raise unreadable_response_problem(response, "no deployment", ApiOperation.DEPLOYMENT)
    return found
