"""The API's description is whole and its page loads without foreign addresses."""

import pytest
from django.core.management import call_command

from tests.factories.accounts import ApiKeyFactory, EngineerFactory


def test_the_schema_is_without_warnings(tmp_path):
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(target))
    text = target.read_text()
    for path in ("production-orders", "operation-commands", "confirmations/acknowledge", "stop-codings"):
        assert f"/api/v1/{path}:" in text


@pytest.mark.django_db
def test_the_documentation_page_uses_own_files_only(client):
    client.force_login(EngineerFactory())
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"cdn" not in page.content
    assert client.get("/api/schema/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/docs/", "/api/schema/"])
def test_the_description_is_for_those_who_are_known(client, address):
    assert client.get(address).status_code == 401
    key = ApiKeyFactory(text="the-key-of-a-gateway", role="gateway")
    known = {"Authorization": "Api-Key the-key-of-a-gateway"}
    assert client.get(address, headers=known).status_code == 200
    key.active = False
    key.save()
    assert client.get(address, headers=known).status_code == 401
