"""`manage.py audit`: the altered, missing or cut off row is named, also against a head that was kept."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mes.accounts.models import Seal
from mes.accounts.sealing import seal_all
from mes.lib.admin.audit import Criteria
from orders.models import Item
from quality.domain.audit import verify_trail
from quality.queries.audit import Trail
from tests.factories.accounts import SignatureFactory
from tests.factories.orders import ItemFactory
from tests.factories.quality import DispositionFactory, NonconformanceFactory

pytestmark = pytest.mark.django_db


def tamper(statement, *parameters):
    """As somebody with all rights who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = origin")


def verify(capsys, *options):
    code = 0
    try:
        call_command("audit", "verify", *options)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr().out


def test_an_altered_decision_and_an_altered_history_are_named(capsys):
    decided = DispositionFactory()
    seal_all()
    assert verify(capsys) == (0, "The audit trail is whole.\n")
    tamper("UPDATE quality_disposition SET quantity = 9 WHERE id = %s", decided.pk)
    tamper(
        "UPDATE quality_nonconformanceevent SET description = 'nothing' WHERE pgh_obj_id = %s",
        decided.nonconformance_id,
    )
    code, said = verify(capsys)
    assert code == 1
    assert f"quality_disposition {decided.pk}: was changed" in said
    assert "quality_nonconformanceevent" in said
    assert "2 breaks" in said


def test_a_chain_that_was_cut_off_is_found_by_the_head_that_somebody_kept(capsys, tmp_path):
    NonconformanceFactory()
    seal_all()
    call_command("audit", "head")
    kept = tmp_path / "head.json"
    kept.write_text(capsys.readouterr().out)
    assert set(json.loads(kept.read_text())) == {"digest", "tables"}
    assert verify(capsys, "--head", kept)[0] == 0
    tamper("DELETE FROM quality_nonconformanceevent")
    Seal.objects.filter(table="quality_nonconformanceevent").delete()
    assert verify_trail() == []  # nobody inside can tell
    code, said = verify(capsys, "--head", kept)
    assert code == 1
    assert "quality_nonconformanceevent : the chain does not contain the kept seal" in said
    kept.write_text("[]")
    with pytest.raises(CommandError, match="is no head of the audit trail"):
        call_command("audit", "verify", head=kept)


def test_an_entry_of_the_trail_is_told_only_when_its_page_is_read(django_assert_max_num_queries):
    ItemFactory.create_batch(30)
    signed = SignatureFactory()
    entries = Trail(Criteria())
    whole = entries[:]
    assert len(whole) == len(entries)
    assert [entry.at for entry in whole] == sorted((entry.at for entry in whole), reverse=True)
    assert signed.name in {entry.who for entry in whole if "SHA-256" in entry.details}
    assert entries[3] == whole[3]
    assert entries[-1] == whole[-1]
    only_items = Trail(Criteria(model=Item))
    with django_assert_max_num_queries(12) as asked:
        first = only_items[:3]
    assert first == only_items[:][:3]
    with django_assert_max_num_queries(len(asked)):
        only_items[:30]
    assert Trail(Criteria(model=Item), what="signatures")[:] == []
