"""A database that doesn't answer in time: the sender learns that it may repeat."""

from django.db import OperationalError

from integrations.erp.api import production_orders


def test_a_timeout_is_no_defect_and_says_when_to_come_back(partner, monkeypatch):
    def never(*_arguments, **_more):
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(production_orders, "take_once", never)
    answer = partner.post("production-orders", [{"number": "1"}])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "busy"
    assert "same key" in answer.json()["message"]
