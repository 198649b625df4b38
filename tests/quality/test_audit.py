"""`manage.py audit`: the altered, missing or cut off row is named, also against a head that was kept."""

import json
import uuid
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mes.accounts.models import Seal
from mes.accounts.sealing import seal_all
from mes.lib.admin.audit import Criteria
from mes.lib.tracking import changes_by_command
from orders.domain.reports import Quantities, report, reverse
from orders.domain.rework import Standing, reclassify
from orders.enums import CountingSource
from orders.models import Item
from quality.domain.audit import verify_trail
from quality.queries.audit import Trail
from tests.factories.accounts import OperatorFactory, QualityFactory, SignatureFactory
from tests.factories.orders import (
    ItemFactory,
    OperationFactory,
    ProductionEventFactory,
    ScrapReasonFactory,
)
from tests.factories.quality import DispositionFactory, InspectionResultFactory, NonconformanceFactory

pytestmark = pytest.mark.django_db


def tamper(statement, *parameters):
    """As somebody with all rights who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = origin")


def verify(capsys, *options):
    """As `manage.py` does it, which tells changes by command."""
    code = 0
    try:
        with changes_by_command("audit"):
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


def test_the_review_of_corrections_has_what_was_changed_after_entry_and_no_plain_report():
    work = OperationFactory(in_production=True, counting=CountingSource.MACHINE, good=50)
    operator, reason = OperatorFactory(), ScrapReasonFactory(plant=work.plant)

    def scrapped(pieces):
        return report(
            operation=work,
            quantities=Quantities(scrap=Decimal(pieces)),
            scrap_reason=reason,
            by=operator,
            key=uuid.uuid4(),
        )

    wrong = scrapped(3)
    scrapped(2)
    assert Trail(Criteria(), what="corrections")[:] == []
    reverse(
        event=wrong,
        by=operator,
        key=uuid.uuid4(),
        comment="One too many",
        replacement=Quantities(scrap=Decimal(2)),
        scrap_reason=reason,
    )
    reclassify(
        operation=work,
        quantity=Decimal(1),
        source=Standing.SCRAP,
        target=Standing.GOOD,
        by=QualityFactory(),
        key=uuid.uuid4(),
        reference="NC000001",
        comment="Good enough",
    )
    result = InspectionResultFactory(operation=work, value=Decimal("25.1"))
    InspectionResultFactory(
        operation=work,
        characteristic=result.characteristic,
        value=Decimal("25.01"),
        corrects=result,
        comment="Point",
    )
    details = [entry.details for entry in Trail(Criteria(), what="corrections")]
    assert details == [
        "25.1 mm → 25.01 mm Point",
        "Good +1, Scrap −1 Good enough",
        "Good +3, Scrap −3; instead: Good −2, Scrap +2 One too many",
    ]
    only_hers = Trail(Criteria(person=operator.pk), what="corrections")
    assert [entry.who for entry in only_hers] == [str(operator)]


def test_a_page_of_corrections_takes_the_same_queries_whatever_its_length(django_assert_num_queries):
    def correct(times):
        for _ in range(times):
            event = ProductionEventFactory(good=5)
            reverse(
                event=event,
                by=OperatorFactory(),
                key=uuid.uuid4(),
                comment="typed twice",
                replacement=Quantities(good=Decimal(4)),
            )

    correct(1)
    with CaptureQueriesContext(connection) as one:
        Trail(Criteria(), what="corrections")[:]
    correct(2)
    with django_assert_num_queries(len(one)):
        assert len(Trail(Criteria(), what="corrections")[:]) == 3
