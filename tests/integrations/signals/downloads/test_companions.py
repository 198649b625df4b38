"""Production datasets of Euromap 77/83 and PackML's product and parameters, against a real server."""

from dataclasses import replace

import pytest
import pytest_asyncio
from asyncua import ua, uamethod

from integrations.signals.downloads.base import CannotSend
from integrations.signals.downloads.companions import load_dataset, set_packml
from integrations.signals.opcua.roles import PACKML, PLASTICS
from tests.integrations.signals.downloads.test_folder import LOAD
from tests.support.opcua import ACME, Listener, MachineServer, models_or_skip

pytestmark = pytest.mark.asyncio(loop_scope="module")
MODELS = (
    "Opc.Ua.Di.NodeSet2.xml",
    "Opc.Ua.PlasticsRubber.GeneralTypes.NodeSet2.xml",
    "Opc.Ua.PackML.NodeSet2.xml",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plant():
    models_or_skip()
    async with MachineServer(models=MODELS) as running:
        await running.server.load_data_type_definitions()
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def server(plant):
    return await plant.new_machine()


def settings(server):
    return Listener(server.url, []).settings


def dataset(name, mes_id=""):
    return ua.ProductionDatasetInformationType(Name=name, MESId=mes_id)


@pytest_asyncio.fixture(loop_scope="module")
async def moulding(server):
    """A moulding machine with datasets O1 and O1234; ``refuse`` makes it refuse."""
    index = await server.server.get_namespace_index(PLASTICS)
    status = await server.machine.add_object(index, "ActiveProductionDatasetStatus")
    server.information = await status.add_variable(index, "Information", dataset("O1", "M-1"))
    server.modified = await status.add_variable(index, "Modified", False)
    server.loaded, server.refuse = [], False

    @uamethod
    async def load(_parent, name, components):
        server.loaded.append((name, components))
        if server.refuse:
            return ua.StatusCode(ua.StatusCodes.BadInvalidState)
        await server.information.write_value(dataset(name, "M-2"))
        return None

    types = [ua.VariantType.String, ua.VariantType.UInt16]
    await status.add_method(index, "Load", load, types, [])
    server.options = {
        "dataset": f"{{{ACME}}}{server.name}/{{{PLASTICS}}}ActiveProductionDatasetStatus",
        "parameters": {"force": await server.add("Force", 150.0)},
    }
    await server.nodes["Force"].set_writable()
    return server


async def test_the_dataset_is_loaded_its_parameters_written_and_both_read_back(moulding):
    sent = await load_dataset(LOAD, settings=settings(moulding), options=moulding.options)
    assert sent.old == {"program": "O1", "comment": "M-1", "parameters": {"force": 150.0}}
    assert sent.read_back == {"program": "O1234", "comment": "M-2", "parameters": {"force": 200.0}}
    assert sent.accepted
    assert [name for name, _components in moulding.loaded] == ["O1234"]


async def test_a_dataset_that_is_loaded_already_is_left(moulding):
    await moulding.information.write_value(dataset("O1234"))
    await load_dataset(LOAD, settings=settings(moulding), options=moulding.options)
    assert moulding.loaded == []


async def test_a_dataset_that_was_changed_at_the_machine_is_told(moulding):
    await moulding.modified.write_value(True)
    sent = await load_dataset(LOAD, settings=settings(moulding), options=moulding.options)
    assert "changed at the machine" in sent.comment


async def test_a_refused_dataset_may_be_sent_again(moulding):
    moulding.refuse = True
    with pytest.raises(CannotSend, match="Load was refused: BadInvalidState") as refused:
        await load_dataset(LOAD, settings=settings(moulding), options=moulding.options)
    assert refused.value.again


async def test_a_machine_without_the_method_is_told(server):
    options = {"dataset": f"{{{ACME}}}{server.name}"}
    with pytest.raises(CannotSend, match="no method Load"):
        await load_dataset(replace(LOAD, parameters={}), settings=settings(server), options=options)


@pytest_asyncio.fixture(loop_scope="module")
async def packing(server):
    """A PackML machine that takes what it is told."""
    index = await server.server.get_namespace_index(PACKML)
    status = await server.machine.add_object(index, "Status")
    server.product = await status.add_variable(index, "Product", [ua.PackMLProductDataType(ProductID=7)])
    server.parameter = await status.add_variable(
        index, "Parameter", [ua.PackMLDescriptorDataType(ID=4, Name="force", Value=150.0)]
    )

    @uamethod
    async def set_product(_parent, products):
        await server.product.write_value(products)

    @uamethod
    async def set_parameter(_parent, parameters):
        await server.parameter.write_value(parameters)

    types = [ua.VariantType.ExtensionObject]
    await server.machine.add_method(index, "SetProduct", set_product, types, [])
    await server.machine.add_method(index, "SetParameter", set_parameter, types, [])
    server.options = {"machine": f"{{{ACME}}}{server.name}", "parameters": {"force": 4}}
    return server


async def test_product_and_parameters_are_set_and_read_back(packing):
    load = replace(LOAD, program="12")
    sent = await set_packml(load, settings=settings(packing), options=packing.options)
    assert sent.old == {"program": "7", "parameters": {"force": 150.0}}
    assert sent.read_back == {"program": "12", "parameters": {"force": 200.0}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"program": "O1234"}, "by number"),
        ({"program": "12", "parameters": {"force": "much"}}, "takes numbers"),
        ({"program": "12", "parameters": {"speed": 5}}, "No number is named for the parameters speed"),
    ],
)
async def test_what_packml_can_not_say_is_refused_before_anything_is_set(packing, change, words):
    with pytest.raises(CannotSend, match=words) as refused:
        await set_packml(replace(LOAD, **change), settings=settings(packing), options=packing.options)
    assert not refused.value.again
    assert (await packing.product.read_value())[0].ProductID in (7, 12)
