"""Frees the memory of a live instance, through the service's proxy to its ComfyUI.

An instance exists from its first job until its keep-warm time is over; responses about jobs contain
its id. The proxy cannot replace the queue: each call keeps the instance awake, at its owner's cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import service_messages
from runcomfy_desktop.api.errors import unreadable_response_problem
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.request_body import JsonBody
from runcomfy_desktop.api.response import UnreadableBody, parse_json

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.base.json_value import JsonObject


async def free_memory(
    client: Client, deployment_id: str, instance_id: str, *, clear_cache: bool
) -> None:
    """Makes an instance unload its models and, with `clear_cache`, its cached results.

    Raises Problem; its kind is NOT_FOUND if the instance is no longer running.
    """
    body: JsonObject = {"unload_models": True}
    if clear_cache:
        body["free_memory"] = True
    url = client.url(
        "v2", "deployments", deployment_id, "instances", instance_id, "proxy", "api", "free"
    )
    response = await client.send_once("POST", url, JsonBody(body), ApiOperation.INSTANCE)
    try:
        await parse_json(response.body)
    except UnreadableBody:
        # ComfyUI itself returns an empty body; any other text is fine, too.
        if response.is_success and response.body_error is None and not response.is_too_large:
            if service_messages.is_web_page(response):
                raise unreadable_response_problem(
                    response, "a web page", ApiOperation.INSTANCE
                ) from None
            return
    await client.read(response, ApiOperation.INSTANCE)
