"""How proxies took passwords: one that was refused is not sent again by another pool of
connections, another client, or a test of the connection. Many companies lock an account out.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants

if TYPE_CHECKING:
    from runcomfy_desktop.api.proxies import Proxy


class ProxyAuth:
    """One password at one proxy. Who is not `is_accepted` yet goes alone, holding `lock`."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.is_accepted = False
        self._blocked_until_s = 0.0

    @property
    def is_refused(self) -> bool:
        """Whether it was a moment ago, so that it is not sent again."""
        return asyncio.get_running_loop().time() < self._blocked_until_s

    def refuse(self) -> None:
        self.is_accepted = False
        now_s = asyncio.get_running_loop().time()
        self._blocked_until_s = now_s + constants.WRONG_PASSWORD_BLOCK_S

    def forget_refusal(self) -> None:
        """It was typed once more: whoever runs the proxy may have set it right there."""
        self._blocked_until_s = 0.0


class ProxyAuthCache:
    """All of them, since the program began."""

    def __init__(self) -> None:
        self._auths: dict[tuple[str, int, str, str], ProxyAuth] = {}

    def for_proxy(self, proxy: Proxy) -> ProxyAuth:
        # Whatever the way of speaking to it: behind one port there is one list of accounts.
        key = (proxy.host, proxy.port, proxy.user, proxy.password)
        return self._auths.setdefault(key, ProxyAuth())
