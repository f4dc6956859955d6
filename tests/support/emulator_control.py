"""The emulator's control paths, asked by the standard library alone."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def ask_control(base_url: str, token: str, name: str, body: bytes | None = None) -> Any:
    """What one of them says; with a body it is set first. `token` is the one for control."""
    request = urllib.request.Request(
        f"{base_url}/__emulator__/{name}", body, {"Authorization": f"Bearer {token}"}
    )
    # No proxy: it is this computer.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        return json.load(answer)
