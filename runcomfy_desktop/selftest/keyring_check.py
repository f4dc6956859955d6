"""Check of the keyring: the system's back end is present with all its dependencies.

No entry is read or created, unless the variable in `ROUND_TRIP_VARIABLE` enables a round trip.
"""

from __future__ import annotations

import os
import secrets
import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from pathlib import Path

ROUND_TRIP_VARIABLE = "RUNCOMFY_DESKTOP_SELF_TEST_KEYRING"
"""Variable that, set to 1, makes the check create, read and delete an entry in the real keyring."""
_SERVICE = "runcomfy-desktop-self-test"
_REQUIRED_MODULES = {
    "linux": (
        "keyring.backends.SecretService",
        "secretstorage",
        "jeepney.io.blocking",
        "cryptography.hazmat.primitives.ciphers",
    ),
    "win32": ("keyring.backends.Windows", "win32ctypes.core"),
    "darwin": ("keyring.backends.macOS", "keyring.backends.macOS.api"),
}
_ENTRY_POINT = {"linux": "SecretService", "win32": "Windows", "darwin": "macOS"}


def keyring_backend(_folder: Path) -> str:
    """Checks the back end, and returns the keyring that would be used, which may be none."""
    names = {each.name for each in entry_points(group="keyring.backends")}
    required = _ENTRY_POINT.get(sys.platform, "SecretService")
    require(
        required in names, f"keyring does not find its back ends (its .dist-info): {sorted(names)}"
    )
    for module in _REQUIRED_MODULES.get(sys.platform, ()):
        import_module(module)
    if sys.platform == "linux":
        _encrypt()
    import keyring

    backend = keyring.get_keyring()
    message = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if os.environ.get(ROUND_TRIP_VARIABLE):
        _round_trip()
        message += ", an entry came back"
    return message


def _encrypt() -> None:
    """Checks encryption as the Secret Service's client uses it."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES(bytes(16)), modes.CBC(bytes(16)))
    secret = bytes(range(32))
    encryptor, decryptor = cipher.encryptor(), cipher.decryptor()
    encrypted = encryptor.update(secret) + encryptor.finalize()
    decrypted = decryptor.update(encrypted) + decryptor.finalize()
    require(encrypted != secret and decrypted == secret, "cryptography does not encrypt")


def _round_trip() -> None:
    import keyring

    user, secret = secrets.token_hex(8), secrets.token_hex(16)
    keyring.set_password(_SERVICE, user, secret)
    try:
        if keyring.get_password(_SERVICE, user) != secret:
            raise SelfTestFailure("the keyring does not give back what it was given")
    finally:
        keyring.delete_password(_SERVICE, user)
