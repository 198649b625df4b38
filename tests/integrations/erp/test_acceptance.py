"""The acceptance run against the fakes, and against partners that have a defect."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrations.enums import Format
from integrations.models import InboundMessage
from tests.factories.integrations import CalledConnectionFactory, ConnectionFactory
from tests.factories.machines import PlantFactory
from tests.support.bc import COMPANY, BusinessCentral
from tests.support.s4 import S4

pytestmark = pytest.mark.django_db


@pytest.fixture
def s4(monkeypatch):
    monkeypatch.setenv("TEST_ERP_SECRET", "MES:secret")
    with S4() as s4:
        s4.add_order("1000001", material="BAR")
        yield s4


@pytest.fixture
def connection(s4):
    return CalledConnectionFactory(code="test", plant=PlantFactory(), address=s4.url)


def run(*options, order="1000001", operation="0010"):
    """The lines that the command prints, and whether it accepted the partner."""
    out = StringIO()
    try:
        call_command(
            "accept_partner", "test", "--order", order, "--operation", operation, *options, stdout=out
        )
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), None


def test_a_partner_that_does_everything_right(s4, connection):
    out, error = run("--test-system")
    assert error is None
    assert out.count("ok  ") == 9
    assert "FAILED" not in out
    assert s4.totals("1000001") == (0, 0, 0)
    assert len(s4.confirmations) == 2
    assert not InboundMessage.objects.exists()


def test_a_closed_period_is_tried_too(s4, connection):
    s4.open_since = date(2026, 2, 1)
    out, error = run("--test-system", "--closed-day", "2026-01-15")
    assert error is None
    assert "look which day it has there" in out
    assert s4.totals("1000001") == (0, 0, 0)


def test_business_central(monkeypatch):
    monkeypatch.setenv("TEST_ERP_SECRET", "mes:secret")
    with BusinessCentral() as bc:
        bc.add_order("RPO1", item="BAR")
        options = {"company": COMPANY, "token_url": bc.token_url}
        CalledConnectionFactory(
            code="test", plant=PlantFactory(), format=Format.BUSINESS_CENTRAL, address=bc.url, options=options
        )
        out, error = run("--test-system", order="RPO1", operation="10")
        assert (error, bc.totals("RPO1")) == (None, (0, 0))
    assert out.count("ok  ") == 9


def test_a_partner_that_forgets_our_identity_is_found_out_and_cleaned_up(s4, connection):
    booked = s4.book

    def forget(ticket):
        found = booked(ticket)
        found["ExternalSystemConfirmation"] = "00000000-0000-0000-0000-000000000000"
        return found

    s4.book = forget
    out, error = run("--test-system")
    assert error
    assert "FAILED  The same again books nothing" in out
    assert out.count("ok      Cleaning up") == 2
    assert s4.totals("1000001") == (0, 0, 0)


@pytest.mark.parametrize(
    ("values", "said"),
    [({"order": "999"}, "doesn't stand"), ({"operation": "0099"}, "no such operation, but 0010")],
)
def test_what_isnt_there_is_said(s4, connection, values, said):
    out, error = run("--test-system", **values)
    assert error
    assert said in out
    assert s4.confirmations == []


def test_nothing_is_booked_by_mistake(s4, connection):
    _out, error = run()
    assert "--test-system" in error
    assert s4.requests == []


def test_only_called_partners_can_be_tried():
    ConnectionFactory(code="test")
    _out, error = run("--test-system")
    assert "no connection" in error
