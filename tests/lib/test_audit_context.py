"""Audit rows know who and where, however often the context is told."""

import pghistory
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from machines.models import Plant
from mes.lib.audit_context import told_once
from tests.factories.machines import PlantFactory

pytestmark = pytest.mark.django_db(transaction=True)


def rename(name):
    Plant.objects.update(name=name)


def said():
    """The context of each audit row of a changed name, in order."""
    rows = Plant.pgh_event_model.objects.filter(pgh_label="update").order_by("pgh_id")
    return [row.pgh_context and row.pgh_context["url"] for row in rows]


def test_one_telling_serves_a_transaction():
    PlantFactory()
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        told_once(url="/a"),
        transaction.atomic(),
    ):
        rename("one")
        rename("two")
    assert sum("set_config" in query["sql"] for query in asked) == 1
    assert said() == ["/a", "/a"]


def test_each_transaction_is_told_anew():
    PlantFactory()
    with told_once(url="/a"):
        rename("one")
        rename("two")
    rename("three")
    assert said() == ["/a", "/a", None]


def test_what_an_undone_savepoint_took_back_is_told_again():
    PlantFactory()
    with told_once(url="/a"), transaction.atomic():
        with transaction.atomic():
            rename("undone")
            transaction.set_rollback(True)
        rename("done")
    assert said() == ["/a"]


def test_a_failed_statement_is_no_telling():
    PlantFactory()
    with told_once(url="/a"):
        with pytest.raises(Exception, match="no_such_table"), connection.cursor() as cursor:
            cursor.execute("UPDATE no_such_table SET x = 1")
        rename("done")
    assert said() == ["/a"]


def test_what_is_learned_later_is_told_too():
    PlantFactory()
    with told_once(url="/a"), transaction.atomic():
        rename("one")
        pghistory.context(url="/b")
        rename("two")
    assert said() == ["/a", "/b"]


def test_within_another_context_that_one_tells():
    PlantFactory()
    with pghistory.context(url="/outer"), told_once(command="inner"):
        rename("one")
    assert said() == ["/outer"]
