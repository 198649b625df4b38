"""One server for all tests of the folder: it takes seconds to build. Each test gets a machine of its own."""

import pytest_asyncio

from tests.support.opcua import MachineServer


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def plant():
    async with MachineServer() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="package")
async def server(plant):
    return await plant.new_machine()
