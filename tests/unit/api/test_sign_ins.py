from __future__ import annotations

from dataclasses import replace

from runcomfy_desktop.api.proxies import Proxy, Route
from runcomfy_desktop.api.sign_ins import SignIns

ANNA = Proxy("http", "proxy.example", 8080, "anna", "hush")


async def test_each_password_at_each_proxy_is_remembered_apart() -> None:
    known = SignIns()
    known.of(ANNA).refuse()
    assert known.of(replace(ANNA)).is_refused
    assert known.of(replace(ANNA, scheme="https")).is_refused
    for other in ({"password": "other"}, {"user": "bob"}, {"port": 81}, {"host": "b.example"}):
        assert not known.of(replace(ANNA, **other)).is_refused
    known.of(ANNA).forget()
    assert not known.of(ANNA).is_refused
    assert not known.of(ANNA).is_let_in


async def test_one_that_was_taken_can_be_refused_later() -> None:
    sign_in = SignIns().of(ANNA)
    sign_in.is_let_in = True
    sign_in.refuse()
    assert not sign_in.is_let_in


async def test_a_route_tries_its_own_passwords_again_and_no_others() -> None:
    known, bob = SignIns(), replace(ANNA, user="bob")
    for proxy in (ANNA, bob):
        known.of(proxy).refuse()
    route = Route({"https": ANNA}, sign_ins=known)
    route.try_again()
    assert not known.of(ANNA).is_refused
    assert known.of(bob).is_refused
    assert "hush" not in f"{route!r} {known!r}"
