"""ALEAUD and STATUS in, STATUS out."""

from datetime import UTC, datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest

from integrations.domain.exchange.folder import Folder
from integrations.domain.inbox import process, receive
from integrations.domain.outbox.manual import resend
from integrations.enums import InboundState, Mend, OutboundState
from integrations.erp.idoc.codec import read_idocs
from integrations.erp.idoc.reading import read_message
from integrations.erp.idoc.statuses import StatusFormat
from integrations.models import FileRules, OutboundMessage
from mes.lib.errors import Problem
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import IdocConnectionFactory, OutboundMessageFactory
from tests.integrations.erp.flats import flat, node_of
from tests.integrations.erp.idocs import document, fields, idoc, order
from tests.integrations.erp.test_idoc_flat import CONTROL, DICTIONARY, ORDER
from tests.integrations.plants import idoc_partner

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OURS = "0B6E7E396C0B4B1D8D668C7D2F7D5B10"
KEY = f"mes:outbox:{OURS.lower()}"


def state(number, inner="", **values):
    shown = {"DOCNUM": "0000000000004711", "STATUS": number, **values}
    shown = {name: escape(value) for name, value in shown.items()}
    return f"<E1STATE>{fields(shown)}{inner}</E1STATE>"


def audit(*states, **control):
    return idoc(f"<E1ADHDR><MESTYP>PPCC2PRETTICKET</MESTYP>{''.join(states)}</E1ADHDR>", **control)


def read(*idocs):
    return read_message(document(*idocs), zone=BERLIN)


def one(*idocs):
    reading = read(*idocs)
    assert reading.problems == ()
    (answer,) = reading.answers
    return answer


@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        *((number, True) for number in ("53", "41", "16")),
        *((number, False) for number in ("51", "52", "56", "40")),
        *((number, None) for number in ("50", "62", "64", "66", "69", "12")),
    ],
)
def test_what_a_number_says(number, accepted):
    answer = one(audit(state(number, ARCKEY=KEY)))
    assert (answer.identity, answer.accepted, answer.code) == (OURS, accepted, number)
    assert answer.text.startswith(f"{number}: ")
    assert answer.reference == "0000000000004711"


def test_where_our_key_may_stand():
    in_object = state("53", f"<E1PRTOB><ARCKEY>{KEY}</ARCKEY></E1PRTOB>")
    assert one(audit(in_object)).identity == OURS
    assert one(audit(state("53"), ARCKEY=KEY)).identity == OURS
    status = f"<E1STATS>{fields({'DOCNUM': '1', 'STATUS': '51', 'ARCKEY': KEY})}</E1STATS>"
    assert (one(idoc(status)).identity, one(idoc(status)).accepted) == (OURS, False)


def test_the_control_record_speaks_for_a_single_state_only():
    reading = read(audit(state("53"), state("51"), ARCKEY=KEY))
    assert reading.answers == ()
    assert [(p.code, p.field) for p in reading.problems] == [
        ("unknown_message", "E1ADHDR[1]/E1STATE[1]/ARCKEY"),
        ("unknown_message", "E1ADHDR[1]/E1STATE[2]/ARCKEY"),
    ]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"STATXT": "Order &1 is locked by &2", "STAPA1": "1003456", "STAPA2": "MILLER"}, "by MILLER"),
        ({"STATXT": "Operation & of & is closed", "STAPA1": "0010", "STAPA2": "1003456"}, "0010 of 1003456"),
        ({"STATXT": "Nothing to fill"}, "51: Nothing to fill"),
        ({"STACOD": "RU505", "STAPA1": "0010"}, "51: SAP did not post it. RU505 0010"),
    ],
)
def test_the_reason_in_plain_words(values, text):
    assert text in one(audit(state("51", ARCKEY=KEY, **values))).text


def test_many_states_in_one_message():
    states = [state("53", ARCKEY=f"mes:outbox:{place:032x}") for place in range(500)]
    assert len(read(audit(*states)).answers) == 500


# --- into the database


@pytest.fixture
def sent(db):
    connection = IdocConnectionFactory()
    return OutboundMessageFactory(connection=connection, state=OutboundState.DELIVERED)


def answered(message, number, **values):
    body = document(audit(state(number, ARCKEY=f"mes:outbox:{message.identity.hex}", **values)))
    inbound = process(receive(connection=message.connection, channel="file", body=body).message)
    message.refresh_from_db()
    return inbound


def test_taken_is_never_posted(sent):
    inbound = answered(sent, "53")
    assert (inbound.state, inbound.problems) == (InboundState.APPLIED, [])
    assert sent.state == OutboundState.DELIVERED
    assert inbound.results[0]["number"] == sent.order.number


def test_a_refusal_is_parked_with_saps_words(sent):
    inbound = answered(sent, "51", STATXT="Posting period &1 is closed", STAPA1="2026/02")
    assert inbound.state == InboundState.APPLIED
    assert sent.state == OutboundState.PARKED
    assert "51: Posting period 2026/02 is closed" in sent.problem
    assert sent.code == "51"


def test_a_ticket_of_a_closed_period_goes_again_with_todays_date_and_its_own_in_the_text(sent):
    refusal = "Posting only possible in periods 2026/11 and 2026/12"
    sent.canonical = {**sent.canonical, "posting_date": "2026-01-31"}
    sent.save()
    answered(sent, "51", STATXT=refusal)
    assert (sent.state, sent.rendered) == (OutboundState.QUEUED, "")
    assert sent.canonical["posting_date"] > "2026-01-31"
    assert sent.canonical["first_posting_date"] == "2026-01-31"
    OutboundMessage.objects.update(state=OutboundState.DELIVERED)
    answered(sent, "51", STATXT=refusal, DOCNUM="2")
    assert (sent.state, sent.mend) == (OutboundState.PARKED, Mend.REDATE)


def test_the_connection_may_leave_a_closed_period_to_a_person(sent):
    sent.connection.options = {"closed_period": "park"}
    sent.connection.save()
    sent.canonical = {**sent.canonical, "posting_date": "2026-01-31"}
    sent.save()
    answered(sent, "51", STATXT="Posting only possible in periods 2026/11 and 2026/12")
    assert (sent.state, sent.mend) == (OutboundState.PARKED, Mend.REDATE)


def test_what_sap_took_in_the_end_is_no_longer_parked(sent):
    answered(sent, "51")
    answered(sent, "53")
    assert (sent.state, sent.problem) == (OutboundState.DELIVERED, "")


def test_a_refusal_of_the_attempt_before_leaves_the_one_on_its_way(sent):
    resend(message=sent, by=PlannerFactory())
    answered(sent, "51")
    assert sent.state == OutboundState.QUEUED


def test_an_answer_that_is_not_decided_changes_nothing(sent):
    assert answered(sent, "64").results[0]["outcome"] == "unchanged"
    assert sent.state == OutboundState.DELIVERED


def test_an_answer_to_somebody_else_is_a_problem(sent):
    body = document(audit(state("53", ARCKEY=KEY)))
    inbound = process(receive(connection=sent.connection, channel="file", body=body).message)
    assert (inbound.state, inbound.problems[0]["code"]) == (InboundState.REFUSED, "unknown_message")


# --- out


def answer(body, problems=(), **settings):
    return StatusFormat().answer(
        body, problems, message_id="a" * 32, created=NOON, zone=BERLIN, settings=settings
    )


def stated(rendered, **kwargs):
    (found,), problems = read_idocs(rendered.body, **kwargs)
    assert problems == []
    return found.control, [node_of(child).fields for child in found.body.all("E1STATS")]


def test_what_was_taken_and_what_was_not():
    body = document(idoc(order()), idoc(order(GAMNG="x"), DOCNUM="43"))
    problem = Problem("not_a_number", "“x” is not a number.", "E1AFKOL/GAMNG", 2, "x")
    control, (first, second) = stated(answer(body, [problem]))
    assert (control["MESTYP"], control["RCVPRN"], control["DIRECT"]) == ("STATUS", "P01", "2")
    assert (first["DOCNUM"], first["STATUS"]) == ("0000000000000042", "16")
    assert (second["DOCNUM"], second["STATUS"], second["SEGFLD"]) == ("43", "17", "GAMNG")
    assert second["STATXT"] == "“x” is not a number."
    assert (second["LOGDAT"], second["LOGTIM"]) == ("20260302", "130000")
    assert second["ARCKEY"] == "mes:inbox:" + "a" * 32


def test_as_an_audit_message():
    body = document(idoc(order()), idoc(order(GAMNG="x"), DOCNUM="43"))
    problem = Problem("not_a_number", "“x” is not a number.", "E1AFKOL/GAMNG", 2, "x")
    (found,), problems = read_idocs(answer(body, [problem], status_messages="ALEAUD", flat=True).body)
    assert (problems, found.control["MESTYP"], found.control["IDOCTYP"]) == ([], "ALEAUD", "ALEAUD01")
    (header,) = found.body.all("E1ADHDR")
    assert header.first("MESTYP").text == "LOIPRO"
    states = [node_of(state).fields for state in header.all("E1STATE")]
    assert [(one["DOCNUM"], one["STATUS"]) for one in states] == [("0000000000000042", "53"), ("43", "51")]
    assert states[1]["STATXT"] == "“x” is not a number."
    assert header.all("E1STATE")[0].first("E1PRTOB").first("OBJKEY").text == "mes:inbox:" + "a" * 32
    assert answer(answer(body, status_messages="ALEAUD").body, status_messages="ALEAUD") is None


def test_status_as_a_flat_file():
    rendered = answer(document(idoc(order())), flat=True, line_end="none")
    assert len(rendered.body) == 524 + 1063
    _control, (first,) = stated(rendered, encoding="cp1252")
    assert (first["DOCNUM"], first["STATUS"]) == ("0000000000000042", "16")


def test_a_quarantined_idoc_gets_its_answer_too():
    body = flat(CONTROL, ORDER)[:-500]
    reading = read_message(body, zone=BERLIN, dictionary=DICTIONARY)
    _control, (first,) = stated(answer(body, reading.problems))
    assert (first["STATUS"], first["STAPA1"]) == ("17", "truncated")


@pytest.mark.parametrize("body", [document(audit(state("53"))), document(idoc(order(), DOCNUM="")), b"<x/>"])
def test_nobody_answers_an_answer(body):
    assert answer(body) is None


@pytest.mark.django_db
def test_the_folder_answers_in_saps_own_form(tmp_path, settings):
    settings.INBOX_DIR = tmp_path
    connection = idoc_partner(options={"status_messages": True})
    FileRules.objects.create(connection=connection, acknowledge=True)
    folder = Folder.of(connection)
    (tmp_path / "partner").mkdir()
    (tmp_path / "partner" / "order.xml").write_bytes(document(idoc(order())))
    folder.scan(now=0)
    folder.scan(now=3)
    (written,) = (tmp_path / "partner" / "ack").iterdir()
    (found,), _problems = read_idocs(written.read_bytes())
    assert found.body.first("E1STATS").first("STATUS").text == "16"
