import pytest

from machines.models import Machine
from tests.factories.machines import MachineFactory

pytestmark = pytest.mark.django_db


def test_any_finds_what_in_finds_by_keys_foreign_keys_and_texts():
    one, two, other = (MachineFactory() for _ in range(3))
    wanted = {one, two}
    assert set(Machine.objects.filter(pk__any=[one.pk, two.pk])) == wanted
    assert set(Machine.objects.filter(area__any={one.area_id, two.area_id})) == wanted
    assert set(Machine.objects.filter(code__any=[one.code, two.code])) == wanted
    assert set(Machine.objects.exclude(pk__any=[one.pk, two.pk])) == {other}


def test_any_of_nothing_finds_nothing(django_assert_num_queries):
    MachineFactory()
    with django_assert_num_queries(1):
        assert not Machine.objects.filter(pk__any=[])
