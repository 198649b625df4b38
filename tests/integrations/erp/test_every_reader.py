"""Every registered reader gives a reading for any bytes: the finds of ``make fuzz``, and spoilt documents."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.domain.formats import Reading
from tests.fuzz.subjects import subjects

READERS = {one.name: one for one in subjects()}
DEEP = 100_000


@pytest.mark.parametrize("name", READERS)
def test_kept_finds_and_real_documents_are_read_or_refused(name):
    for body in READERS[name].seeds():
        assert isinstance(READERS[name].read(body), Reading)


@pytest.mark.parametrize("body", [b"\xef", b"\xef\xbb", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", READERS)
def test_nothing_but_a_piece_of_a_byte_order_mark_is_read_or_refused(name, body):
    assert isinstance(READERS[name].read(body), Reading)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_spoilt_documents_are_read_or_refused(name, data):
    seeds = [seed[:4000] for seed in READERS[name].seeds()]
    body = bytearray(data.draw(st.sampled_from(seeds)))
    for _change in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body)))
        put = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"", b"\x00", b"9" * 400, b"\xff\xfe", b"<", b"\r"])
        )
        body[at : at + data.draw(st.integers(0, 30))] = put
    assert isinstance(READERS[name].read(bytes(body)), Reading)


HOSTILE = {
    "deep JSON": b"[" * DEEP + b"]" * DEEP,
    "deep JSON objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep XML": b"<a>" * DEEP + b"</a>" * DEEP,
    "entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
    "entity from a file": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "entity from the net": b'<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x"> %e;]><x/>',
    "huge number": b'{"number": "1", "quantity": 1' + b"0" * 100_000 + b"}",
    "huge exponent": b'{"number": "1", "quantity": 1e999999999}',
    "exponent out of bounds": b'{"number": "1", "quantity": 5e' + b"5" * 40 + b"}",
    "NUL": b"\x00" * 1000,
    "half a character": b'{"number": "\\ud800"}',
}


@pytest.mark.parametrize("attack", HOSTILE)
@pytest.mark.parametrize("name", READERS)
def test_hostile_documents_are_refused(name, attack):
    found = READERS[name].read(HOSTILE[attack])
    assert isinstance(found, Reading)
    assert found.documents == ()
    assert "root:" not in str(found.problems)
