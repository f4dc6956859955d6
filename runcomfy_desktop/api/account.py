"""Wallet of the account; reading it is also the cheapest way to test a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import wire
from runcomfy_desktop.api.errors import unreadable_response_problem
from runcomfy_desktop.api.operations import ApiOperation

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.deployments.deployment import Balance


async def read_balance(client: Client) -> Balance:
    """Returns the balance; it may be zero or negative. Raises Problem."""
    response = await client.get(client.url("v2", "balance"))
    found = wire.balance(await client.read(response, ApiOperation.READ))
    if found is None:
        raise unreadable_response_problem(response, "no balance", ApiOperation.READ)
    return found
