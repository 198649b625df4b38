"""The extension's source can't be compiled here; at least its names are those that the client asks for."""

import re
from pathlib import Path

import pytest

from integrations.erp.bc import client, mapping, tables
from tests.integrations.erp.test_idoc_tickets import confirmation
from tests.support.bc import BusinessCentral

SOURCE = Path(client.__file__).parent / "al/src"


def pages():
    """Entity set → the names of its fields and parts."""
    found = {}
    for file in SOURCE.glob("*.Page.al"):
        text = file.read_text()
        name = re.findall(r"EntitySetName = '(\w+)'", text)[0]
        found[name] = set(re.findall(r"(?:field|part)\((\w+);", text))
    return found


def test_each_question_of_the_client_has_its_page():
    asked = {resource for resource, _name in client.CHANGES} | {client.ENTRIES, client.LEDGER}
    assert asked == set(pages())
    for resource, name in client.CHANGES:
        assert {name, "systemModifiedAt"} <= pages()[resource]


def test_an_entry_holds_only_fields_of_the_page():
    plain = confirmation(order="RPO1#20000")
    taken_back = confirmation(reverses="0" * 32)
    for one in (plain, taken_back):
        fields = mapping.output(one, tables.Profile(), on=one.created.date())
        assert set(fields) <= pages()[client.ENTRIES]


@pytest.mark.parametrize("resource", ["productionOrders", "orderLines", "routingLines", "components"])
def test_the_fake_offers_what_the_extension_offers(resource):
    bc = BusinessCentral()
    bc.server.server_close()
    bc.add_order("RPO1", item="BAR")
    for row in bc.rows(resource):
        assert {name for name in row if not name.startswith("@")} <= pages()[resource]


def test_object_numbers_are_in_range_and_used_once():
    numbers = [
        int(number)
        for file in SOURCE.glob("*.al")
        for number in re.findall(
            r"^(?:table|page|codeunit|permissionset) (\d+)", file.read_text(), re.MULTILINE
        )
    ]
    assert len(numbers) == len(set(numbers)) == len(list(SOURCE.glob("*.al")))
    assert all(50100 <= number <= 50119 for number in numbers)
