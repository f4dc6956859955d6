"""Command line of the emulator: prints one JSON line when ready and ends on a signal."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.backend import EmulatedBackend
from runcomfy_desktop.emulator.control import new_token
from runcomfy_desktop.emulator.dialect import DIALECTS
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from runcomfy_desktop.emulator.server import EmulatorServer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from runcomfy_desktop.emulator.http_messages import Json

# On Windows a signal cannot interrupt a wait without a timeout.
_POLL_INTERVAL_S = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM, SIGINT or the idle limit; returns the exit code."""
    options = _parser().parse_args(arguments)
    control_token = new_token() if options.control else ""
    timing = EmulatorTiming(options.cold_start, options.run_time, min(1.0, options.run_time))
    backend = EmulatedBackend(
        options.token or str(uuid.uuid4()), dialect=DIALECTS[options.dialect], timing=timing
    )
    try:
        backend.switches = backend.switches.changed(dict(map(_switch, options.switch)))
        backend.balance_microdollars = round(options.balance * 1_000_000)
        backend.faults.seed = options.fault_seed
        backend.faults.set(options.faults)
        server = EmulatorServer(backend, options.port, control_token=control_token)
    except (ValueError, OSError, OverflowError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.start()
    ready = {
        "base_url": server.base_url,
        "token": backend.token,
        "storage_url": server.storage_url,
    }
    if control_token:
        # The control token goes to the parent process through this pipe: a command line is visible
        # to all users of the computer.
        ready["control_token"] = control_token
    print(json.dumps(ready), flush=True)
    while not server.stopping.wait(_POLL_INTERVAL_S):
        if options.idle_exit and server.idle_s() > options.idle_exit:
            break
    server.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runcomfy_desktop.emulator",
        description="A stand-in for RunComfy's Serverless API on this computer. No model runs "
        "here: outputs are drawn from the inputs, and nothing is billed.",
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0 takes a free one")
    parser.add_argument("--token", default="", help="the token to accept; one is made up if absent")
    parser.add_argument(
        "--control",
        action="store_true",
        help="serve the paths of emulator/control.py; the first line has the token for them",
    )
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="seed")
    parser.add_argument("--cold-start", type=_seconds, default=4.0, metavar="S")
    parser.add_argument("--run-time", type=_seconds, default=6.0, metavar="S")
    parser.add_argument("--faults", default="", metavar="SPEC", help="see emulator/faults.py")
    parser.add_argument(
        "--fault-seed", type=int, default=0, metavar="N", help="decides which calls a rate strikes"
    )
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value as JSON; may be repeated; see emulator/switches.py",
    )
    parser.add_argument("--balance", type=_dollars, default=12.34, metavar="USD")
    parser.add_argument(
        "--idle-exit", type=_seconds, default=0.0, metavar="S", help="end after S idle seconds"
    )
    return parser


def _switch(text: str) -> tuple[str, Json]:
    name, _sign, value = text.partition("=")
    return name, json.loads(value)


def _dollars(text: str) -> float:
    dollars = float(text)
    if not -1e9 < dollars < 1e9:
        raise ValueError
    return dollars


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 1e6:
        raise ValueError
    return seconds


if __name__ == "__main__":
    sys.exit(main())
