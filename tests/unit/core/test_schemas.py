"""What inputs may hold is read once for each state of a deployment; test_catalogue has the rest."""

from __future__ import annotations

from runcomfy_desktop.api.deployments import read_deployment
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.core.schemas import Schemas
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment
from tests.support.line import Line
from tests.support.until import until


async def test_a_deployment_that_is_wanted_twice_is_read_once() -> None:
    line, bench, notices = Line(), Workbench(), Notices()
    client, tasks = line.client(), Tasks(notices.failure)
    schemas = Schemas(client, bench, tasks, notices)
    async with client:
        deployment = await read_deployment(client, next(iter(line.world.deployments)))
        bench.open_deployment(deployment)
        schemas.want(Deployment("none", "without an address"))
        schemas.want(deployment)
        schemas.want(deployment)
        await until(lambda: bench.state.schema is not None)
        schemas.want(deployment)
        await tasks.close()
        assert sum(call.endswith(".json") for call in line.calls) == 1
