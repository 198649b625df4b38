"""What the ERP changed, as people read it: names, numbers and times in their language."""

import pytest
from django.utils import timezone, translation

from orders.queries.erp_words import title_of, value_of
from tests.factories.accounts import PlannerFactory
from tests.factories.orders import ErpConflictFactory


@pytest.mark.parametrize(
    ("name", "kept", "language", "shown"),
    [
        ("quantity", "1250.500", "de", "1.250,5"),
        ("quantity", "100.000", "de", "100"),
        ("quantity", "100.000", "en", "100"),
        ("quantity", "", "en", ""),
        ("requested_at", "2026-12-23 23:00:00+00:00", "de", "Do 24.12. 00:00"),
        ("0010.state", "production", "en", "in production"),
        ("0010.machine_group", "SAW", "de", "SAW"),
        ("item", "GEH-0815", "de", "GEH-0815"),
        ("nonsense", "5", "de", "5"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(name, kept, language, shown):
    with translation.override(language), timezone.override("Europe/Berlin"):
        assert value_of(name, kept) == shown


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("quantity", "quantity"),
        ("0010.machine_group", "operation 0010, machine group"),
        ("0030", "operation 0030"),
        ("components", "components"),
    ],
)
def test_fields_have_their_names(name, title):
    with translation.override("en"):
        assert title_of(name) == title


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_conflicts_writes_numbers_as_people_do(client, rows, django_assert_max_num_queries):
    ErpConflictFactory.create_batch(rows, mes_value="1000.000", erp_value="20.000", name="quantity")
    client.force_login(PlannerFactory())
    client.get("/conflicts/")
    with django_assert_max_num_queries(20):
        page = client.get("/conflicts/").content.decode()
    assert page.count("<td>1,000</td><td><b>20</b></td>") == rows
    assert "20.000" not in page
