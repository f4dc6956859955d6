"""Client for the emulator's control paths that only needs the standard library."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def ask_control(base_url: str, token: str, name: str, body: bytes | None = None) -> Any:
    """Returns the response of the control path `name`; `token` is the control token.

    A `body` sets a value first.
    """
    request = urllib.request.Request(
        f"{base_url}/__emulator__/{name}", body, {"Authorization": f"Bearer {token}"}
    )
    # No proxy: the emulator is on this computer.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as answer:
        return json.load(answer)
