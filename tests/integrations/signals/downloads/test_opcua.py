"""Values written to a real server and read back; job orders given to a server with ISA-95 Job Control."""

from dataclasses import replace

import pytest
import pytest_asyncio
from asyncua import ua, uamethod

from integrations.signals.downloads.base import CannotSend
from integrations.signals.downloads.opcua import send_job, write_items
from tests.integrations.signals.downloads.test_folder import LOAD
from tests.support.opcua import ACME, Listener, MachineServer, models_or_skip

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOBS = "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant():
    models_or_skip()
    async with MachineServer(models=("opc.ua.isa95-jobcontrol.nodeset2.xml",)) as running:
        await running.server.load_data_type_definitions()
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def server(plant):
    return await plant.new_machine()


def settings(server):
    return Listener(server.url, []).settings


async def test_items_are_written_and_read_back(server):
    options = {
        "program": await server.add("Program", "O1"),
        "parameters": {"force": await server.add("Force", 150.0)},
    }
    for node in server.nodes.values():
        await node.set_writable()
    sent = await write_items(LOAD, settings=settings(server), options=options)
    assert sent.old == {"program": "O1", "parameters": {"force": 150.0}}
    assert sent.read_back == {"program": "O1234", "parameters": {"force": 200.0}}
    assert await server.nodes["Force"].read_value() == 200.0


async def test_a_parameter_without_an_item_is_refused_before_anything_is_written(server):
    options = {"program": await server.add("Program", "O1")}
    with pytest.raises(CannotSend, match="force") as refused:
        await write_items(LOAD, settings=settings(server), options=options)
    assert not refused.value.again
    assert await server.nodes["Program"].read_value() == "O1"


async def test_an_item_that_takes_no_such_value_is_told(server):
    options = {"parameters": {"force": await server.add("Force", 1)}}
    await server.nodes["Force"].set_writable()
    load = replace(LOAD, program="", parameters={"force": "much"})
    with pytest.raises(CannotSend, match="doesn't take 'much'"):
        await write_items(load, settings=settings(server), options=options)


async def test_an_item_the_server_lacks_is_told(server):
    options = {"program": f"{{{ACME}}}{server.name}/Nowhere", "parameters": {}}
    with pytest.raises(CannotSend, match="no item"):
        await write_items(replace(LOAD, parameters={}), settings=settings(server), options=options)


class Receiver:
    """The machine's side of Job Control: ``status`` is what its methods return, ``stores`` what they do."""

    def __init__(self, *, status=1, stores=True, most=10):
        self.status, self.stores, self.most = status, stores, most
        self.calls = []

    async def put_up(self, server):
        index = await server.server.get_namespace_index(JOBS)
        name = f"JobOrderReceiver {server.name}"
        self.node = await server.machine.add_object(server.index, name)
        kind = ua.ISA95JobOrderAndStateDataType.data_type
        empty = ua.Variant([], ua.VariantType.ExtensionObject, is_array=True)
        self.list = await self.node.add_variable(index, "JobOrderList", empty, datatype=kind)
        most = ua.Variant(self.most, ua.VariantType.UInt16)
        await self.node.add_property(index, "MaxDownloadableJobOrders", most)
        takes = [ua.VariantType.ExtensionObject, ua.VariantType.LocalizedText]
        for method in ("Store", "StoreAndStart"):
            await self.node.add_method(index, method, self._take(method), takes, [ua.VariantType.UInt64])
        return {"receiver": f"{{{ACME}}}{server.name}/{name}"}

    def _take(self, method):
        @uamethod
        async def take(_parent, order, _comment):
            self.calls.append((method, order))
            if self.stores:
                entries = await self.list.read_value() or []
                entry = ua.ISA95JobOrderAndStateDataType(JobOrder=order)
                await self.list.write_value(
                    ua.Variant([*entries, entry], ua.VariantType.ExtensionObject, is_array=True)
                )
            return ua.Variant(self.status, ua.VariantType.UInt64)

        return take


async def test_a_job_order_carries_program_revision_hash_and_values(server):
    receiver = Receiver()
    options = await receiver.put_up(server)
    sent = await send_job(LOAD, settings=settings(server), options=options)
    assert sent.accepted
    assert sent.read_back == {
        "program": "O1234",
        "revision": "B",
        "sha256": LOAD.sha256,
        "parameters": {"force": "200"},
    }
    [(method, order)] = receiver.calls
    assert (method, order.JobOrderID) == ("Store", LOAD.job)
    assert {one.ID: one.Value.Value for one in order.JobOrderParameters}["quantity"] == "100"


async def test_sent_twice_the_job_is_stored_once(server):
    receiver = Receiver()
    options = {**await receiver.put_up(server), "start": True}
    first = await send_job(LOAD, settings=settings(server), options=options)
    second = await send_job(LOAD, settings=settings(server), options=options)
    assert [method for method, _ in receiver.calls] == ["StoreAndStart"]
    assert first.read_back == second.read_back
    assert second.old == {"jobs": [LOAD.job]}


async def test_a_return_status_of_zero_is_decided_by_the_list(server):
    stored = await send_job(LOAD, settings=settings(server), options=await Receiver(status=0).put_up(server))
    assert stored.accepted
    await server.new_machine()
    not_stored = await send_job(
        LOAD, settings=settings(server), options=await Receiver(status=0, stores=False).put_up(server)
    )
    assert not not_stored.accepted
    assert "isn't in the machine's list" in not_stored.comment


@pytest.mark.parametrize(
    ("bit", "words"),
    [(3, "state doesn't allow"), (4, "unable to accept"), (32, "invalid request"), (40, "own reason 40")],
)
async def test_a_refusal_is_told_in_words(server, bit, words):
    receiver = Receiver(status=1 << bit, stores=False)
    sent = await send_job(LOAD, settings=settings(server), options=await receiver.put_up(server))
    assert not sent.accepted
    assert words in sent.comment


async def test_a_full_list_is_tried_again(server):
    receiver = Receiver(most=1)
    options = await receiver.put_up(server)
    await send_job(LOAD, settings=settings(server), options=options)
    with pytest.raises(CannotSend, match="full: 1 of 1") as refused:
        await send_job(replace(LOAD, id="b" * 32), settings=settings(server), options=options)
    assert refused.value.again
