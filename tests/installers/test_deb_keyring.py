"""The installed program with a real keyring service, with a locked one, and with none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linux import roots
from linux.places import USER_ID
from tests.installers.clean_systems import (
    OFFSCREEN,
    PROGRAM,
    SUITES,
    end,
    install,
    log,
    start,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linux.places import Place
    from tests.installers.clean_systems import CleanSystems

pytestmark = pytest.mark.timeout(400)
_DATA = "/home/person/data"
_BUS = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{USER_ID}/bus"}
# Queries the bus, with its own tool, for a running keyring service.
_HAS_SECRETS = (
    "dbus-send --session --print-reply --dest=org.freedesktop.DBus / "
    "org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'"
)
_ROUND_TRIP = {"RUNCOMFY_DESKTOP_SELF_TEST_KEYRING": "1"}


def _add_keyring(place: Place) -> None:
    place.apt("install", "gnome-keyring", "dbus-bin", "dbus-daemon", "procps")


@pytest.fixture(
    scope="module", params=[pytest.param(SUITES[0], marks=pytest.mark.one_system), *SUITES[1:]]
)
def desktop(systems: CleanSystems, request: pytest.FixtureRequest) -> Iterator[Place]:
    """System with the program and gnome-keyring, which is not started yet."""
    suite = str(request.param)
    layers = roots.current(suite).with_layer(f"{suite}-keyring", "gnome-keyring", _add_keyring)
    with systems.clean(layers) as place:
        install(place, systems.deb)
        yield place


@pytest.fixture
def bus(desktop: Place) -> Iterator[Place]:
    """System with a session bus for the user; services started on the bus end with it."""
    daemon = desktop.start(
        ["dbus-daemon", "--session", "--nofork", "--address", _BUS["DBUS_SESSION_BUS_ADDRESS"]],
        user=True,
    )
    socket = _BUS["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=")
    is_up = ["test", "-S", socket]
    wait_until("the bus is there", lambda: desktop.run(is_up, user=True).returncode == 0, 20, str)
    yield desktop
    desktop.run(["pkill", "-u", str(USER_ID), "gnome-keyring"])
    desktop.run(["pkill", "-u", str(USER_ID), "dbus-daemon"])
    daemon.communicate(timeout=20)


def start_keyring(place: Place, *, unlocked: bool) -> None:
    words = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
    script = 'printf open-sesame | exec "$@" --unlock' if unlocked else 'exec "$@" </dev/null'
    place.start(["sh", "-c", script, "sh", *words], user=True, env=_BUS)

    def is_there() -> bool:
        return place.run(["sh", "-c", _HAS_SECRETS], user=True, env=_BUS).returncode == 0

    wait_until("the keyring is on the bus", is_there, 20, str)


def starts(systems: CleanSystems, place: Place, environment: dict[str, str]) -> None:
    """Starts the program up to the first-run page, without an account, and ends it."""
    place.run(["rm", "-rf", _DATA])
    screen = {**systems.display.environment, **environment}
    program = start(place, ["--log-level", "debug"], screen, _DATA)
    systems.display.wait_for_window("RunComfy Desktop")
    wait_until(
        "the keyring has answered",
        lambda: "Account is signed_out" in log(place, _DATA),
        40,
        lambda: log(place, _DATA),
    )
    assert "Traceback" not in end(program, place)


def test_a_secret_is_kept_by_the_real_keyring(systems: CleanSystems, bus: Place) -> None:
    start_keyring(bus, unlocked=True)
    done = bus.run([PROGRAM, "--self-test"], user=True, env={**OFFSCREEN, **_BUS, **_ROUND_TRIP})
    assert "SecretService" in done.stdout
    assert "an entry came back" in done.stdout
    assert done.returncode == 0, done.stdout
    starts(systems, bus, _BUS)


def test_it_starts_with_a_locked_keyring(systems: CleanSystems, bus: Place) -> None:
    # A keyring with a password must exist; otherwise a new, unlocked one is created.
    start_keyring(bus, unlocked=True)
    bus.must([PROGRAM, "--self-test"], user=True, env={**OFFSCREEN, **_BUS, **_ROUND_TRIP})
    bus.run(["pkill", "-u", str(USER_ID), "gnome-keyring"])
    start_keyring(bus, unlocked=False)
    done = bus.run([PROGRAM, "--self-test"], user=True, env={**OFFSCREEN, **_BUS, **_ROUND_TRIP})
    assert "an entry came back" not in done.stdout
    starts(systems, bus, _BUS)


def test_it_starts_without_any_keyring(systems: CleanSystems, desktop: Place) -> None:
    """Without a bus there is no keyring service; the self-test does not report that as an error."""
    done = desktop.run([PROGRAM, "--self-test"], user=True, env=OFFSCREEN)
    assert "keyring.backends.fail" in done.stdout
    assert done.returncode == 0, done.stdout
    starts(systems, desktop, {"DBUS_SESSION_BUS_ADDRESS": "disabled:"})
