import pytest
from django.urls import reverse

from tests.factories.accounts import OperatorFactory
from tests.factories.orders import OperationFactory


@pytest.fixture
def scan(terminal, work):
    work.operation.confirmation_number = "0000123456"
    work.operation.save()

    def send(code):
        return terminal.post(reverse("terminal-scan", args=[work.machine.pk]), {"code": code})

    return send


def test_an_operation_by_each_of_its_names(scan, work, at):
    number = work.operation.order.number
    for code in ("0000123456", number, f"{number}/0010", f"{number}-10", f"{number} 0010", number[-5:]):
        assert scan(code).url == at("terminal-operation", work), code


def test_several_are_offered(scan, work):
    OperationFactory(
        order=work.operation.order, position=2, machine_group=work.operation.machine_group, state="released"
    )
    page = scan(work.operation.order.number).content.decode()
    assert "/ 0010" in page
    assert "/ 0020" in page


@pytest.mark.parametrize("code", ["", "nothing", "../../etc", "<script>alert(1)</script>", "%"])
def test_what_nobody_knows_says_so(scan, code):
    answer = scan(code)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_badge_switches_to_its_person(scan, terminal, work):
    ben = OperatorFactory(badge="BADGE-BEN")
    assert scan("BADGE-BEN").url == reverse("terminal-machine", args=[work.machine.pk])
    assert terminal.session["_auth_user_id"] == str(ben.pk)
