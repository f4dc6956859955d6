from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.api.proxies import Proxy, Route
from runcomfy_desktop.api.proxy_auth import ProxyAuthCache

ANNA = Proxy("http", "proxy.example", 8080, "anna", "hush")


async def test_each_password_at_each_proxy_is_remembered_apart() -> None:
    known = ProxyAuthCache()
    known.for_proxy(ANNA).refuse()
    assert known.for_proxy(replace(ANNA)).is_refused
    assert known.for_proxy(replace(ANNA, scheme="https")).is_refused
    for other in ({"password": "other"}, {"user": "bob"}, {"port": 81}, {"host": "b.example"}):
        assert not known.for_proxy(replace(ANNA, **other)).is_refused
    known.for_proxy(ANNA).forget_refusal()
    assert not known.for_proxy(ANNA).is_refused
    assert not known.for_proxy(ANNA).is_accepted


async def test_one_that_was_taken_can_be_refused_later() -> None:
    sign_in = ProxyAuthCache().for_proxy(ANNA)
    sign_in.is_accepted = True
    sign_in.refuse()
    assert not sign_in.is_accepted


async def test_a_route_tries_its_own_passwords_again_and_no_others() -> None:
    known, bob = ProxyAuthCache(), replace(ANNA, user="bob")
    for proxy in (ANNA, bob):
        known.for_proxy(proxy).refuse()
    route = Route({"https": ANNA}, auth_cache=known)
    route.forget_refusals()
    assert not known.for_proxy(ANNA).is_refused
    assert known.for_proxy(bob).is_refused
    assert "hush" not in f"{route!r} {known!r}"
