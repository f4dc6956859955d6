"""Separate program that uses Credentials: `python -m tests.support.ask_credentials URL ...`.

The commands after the URL are executed in order: `get`, `set=KEY`, `delete`. Each prints one line
of JSON. RCD_LIMIT_S in the environment is the time limit for the keyring in seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from runcomfy_desktop.store.credentials import TIMEOUT_S, Credentials


async def main(url: str, commands: list[str]) -> None:
    credentials = Credentials(float(os.environ.get("RCD_LIMIT_S", TIMEOUT_S)))
    for word in commands:
        verb, _equals, key = word.partition("=")
        token = ""
        if verb == "get":
            token = await credentials.get(url)
        elif verb == "set":
            await credentials.set(url, key)
        else:
            await credentials.delete(url)
        stored = credentials.location(url)
        record = credentials.message(url)
        print(
            json.dumps({"token": token, "kept": stored and stored.value, "note": record}),
            flush=True,
        )
    await credentials.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
