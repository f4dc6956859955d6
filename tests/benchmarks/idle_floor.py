"""Baseline of `idle`: polls with only asyncio and httpx.

Arguments: `URL TOKEN PER_SECOND`.
"""

from __future__ import annotations

import asyncio
import sys
import time

import httpx

from tests.benchmarks.json_output import print_result

_POLLERS = 50
_WARM_S = 2.0
_MEASURED_S = 8.0


async def _main(url: str, token: str, per_s: float) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers) as client, asyncio.TaskGroup() as group:

        async def poll(at: int) -> None:
            apart_s = _POLLERS / per_s
            await asyncio.sleep(apart_s * at / _POLLERS)
            while True:
                (await client.get(f"{url}/prod/v2/balance")).json()
                await asyncio.sleep(apart_s)

        tasks = [group.create_task(poll(at)) for at in range(_POLLERS)]
        await asyncio.sleep(_WARM_S)
        used_s = time.process_time()
        await asyncio.sleep(_MEASURED_S)
        print_result({"busy": 100 * (time.process_time() - used_s) / _MEASURED_S})
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
