"""Documents of agents of all versions, and everything that is none."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.mtconnect.decode import (
    Devices,
    Refusal,
    Streams,
    Undecodable,
    moment,
    read,
    type_of,
)
from integrations.signals.mtconnect.multipart import Parts, boundary_of
from mes.runtime.simulator.mtconnect_agent import Agent, Item
from tests.support.shared_data import shared_bytes

AGENT = "machines/mtconnect-agent"
HEADER = '<Header instanceId="7" nextSequence="3" firstSequence="1" lastSequence="2"/>'


def document(inner, header=HEADER, version="1.3"):
    return (
        f'<m:MTConnectStreams xmlns:m="urn:mtconnect.org:MTConnectStreams:{version}">{header}'
        f'<Streams><DeviceStream name="M7" uuid="u"><ComponentStream component="Path">{inner}'
        "</ComponentStream></DeviceStream></Streams></m:MTConnectStreams>"
    ).encode()


def test_a_recorded_current_document_of_version_2():
    streams = read(shared_bytes(f"{AGENT}/current/Current-Mazak-2.0.xml"))
    by_item = {seen.item: seen for seen in streams.seen if seen.device == "HCN001"}
    assert streams.header.instance == "1665746507"
    assert (streams.header.first, streams.header.last, streams.header.next) == (2572470, 2703541, 2703542)
    assert by_item["PartCountAct"].text == "125"
    assert (by_item["execution"].kind, by_item["execution"].text) == ("EXECUTION", "ACTIVE")
    assert by_item["program"].text == "TH-6965-OP2"
    assert by_item["functionalmode"].unavailable
    assert (by_item["Sload_cond"].level, by_item["Stemp_cond"].level) == ("NORMAL", "UNAVAILABLE")
    assert [seen.sequence for seen in streams.seen] == sorted(seen.sequence for seen in streams.seen)
    assert not streams.broken


def test_a_recorded_document_of_version_1_5_and_one_in_json_read_alike():
    old = read(shared_bytes(f"{AGENT}/current/Current-Mazak-1.5.xml"))
    new = read(shared_bytes(f"{AGENT}/current/streams-json-v2.json"))
    for streams in (old, new):
        assert isinstance(streams, Streams)
        kinds = {seen.kind for seen in streams.seen}
        assert {"EXECUTION", "PROGRAM", "CONTROLLER_MODE", "PART_COUNT", "AVAILABILITY"} <= kinds
        assert not streams.broken
    assert new.header.next == 247
    assert sum(seen.level == "UNAVAILABLE" for seen in new.seen) >= 24


@pytest.mark.parametrize(
    "name",
    ["demo-okuma-mazak", "fanuc", "haas", "discrete_example", "data_set", "two_devices", "SimpleDevlce"],
)
def test_every_recorded_device_model_is_read(name):
    body = shared_bytes(f"{AGENT}/devices/{name}.xml")
    devices = read(body)
    assert isinstance(devices, Devices)
    assert len(devices.items) == body.count(b"<DataItem ")
    assert [item.name for item in devices.items if item.discrete] == (
        ["message"] if name == "discrete_example" else ["", "vars2"] if name == "data_set" else []
    ) or name == "demo-okuma-mazak"


def test_json_of_the_first_layout():
    execution = {"dataItemId": "e", "sequence": 2, "timestamp": "2026-01-01T00:00:00Z", "value": "READY"}
    component = {"ComponentStream": {"component": "Path", "Events": [{"Execution": execution}]}}
    device = {"DeviceStream": {"name": "M7", "ComponentStreams": [component]}}
    header = {"instanceId": 7, "nextSequence": 3}
    body = json.dumps({"MTConnectStreams": {"Header": header, "Streams": [device]}}).encode()
    [seen] = read(body).seen
    assert (seen.address, seen.kind, seen.text) == ("M7/e", "EXECUTION", "READY")


def test_names_are_types():
    assert type_of("PartCountDiscrete") == "PART_COUNT"
    assert type_of("x:ProgramEditName") == "PROGRAM_EDIT_NAME"
    assert type_of("ToolOffsetDataSet") == "TOOL_OFFSET"
    assert type_of("PART_COUNT") == "PART_COUNT"


def test_times_of_all_kinds_are_utc():
    assert moment("2022-10-20T22:07:36.1933Z") == datetime(2022, 10, 20, 22, 7, 36, 193300, UTC)
    assert moment("2023-12-09T18:01:38.0133172Z") == datetime(2023, 12, 9, 18, 1, 38, 13317, UTC)
    assert moment("2022-10-20T22:07:36") == datetime(2022, 10, 20, 22, 7, 36, tzinfo=UTC)
    assert moment("2022-10-20T22:07:36+02:00") == datetime(2022, 10, 20, 20, 7, 36, tzinfo=UTC)
    assert moment("2022-10-20T22:07:36Z@10.5") == datetime(2022, 10, 20, 22, 7, 36, tzinfo=UTC)


def test_conditions_resets_and_data_sets():
    streams = read(
        document(
            "<Condition>"
            '<Fault dataItemId="c" sequence="2" timestamp="2026-01-01T00:00:01Z" nativeCode=" 763 " '
            'type="SYSTEM">START</Fault></Condition><Events>'
            '<PartCount dataItemId="p" sequence="1" timestamp="2026-01-01T00:00:00Z" resetTriggered="SHIFT">0'
            "</PartCount>"
            '<VariableDataSet dataItemId="v" sequence="3" timestamp="2026-01-01T00:00:00Z" count="2">'
            '<Entry key="a">1</Entry><Entry key="b"><Cell key="x">2</Cell></Entry></VariableDataSet></Events>'
        )
    )
    part, fault, variable = streams.seen
    assert (part.kind, part.reset) == ("PART_COUNT", "SHIFT")
    assert (fault.level, fault.code, fault.text, fault.kind) == ("FAULT", "763", "START", "SYSTEM")
    assert (variable.kind, variable.text) == ("VARIABLE", "a=1; b=x=2")


def test_one_broken_observation_leaves_the_others():
    streams = read(
        document(
            "<Events>"
            '<Execution dataItemId="e" sequence="one" timestamp="2026-01-01T00:00:00Z">READY</Execution>'
            '<Execution dataItemId="e" sequence="2" timestamp="yesterday">READY</Execution>'
            '<Execution sequence="2" timestamp="2026-01-01T00:00:00Z">READY</Execution>'
            f'<Execution dataItemId="e" sequence="{2**70}" timestamp="2026-01-01T00:00:00Z">READY</Execution>'
            '<Execution dataItemId="e" sequence="5" timestamp="2026-01-01T00:00:00Z">ACTIVE</Execution>'
            "</Events>"
        )
    )
    assert [seen.text for seen in streams.seen] == ["ACTIVE"]
    assert len(streams.broken) == 4
    assert "sequence" in streams.broken[0]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    b"<MTConnectStreams>&b;</MTConnectStreams>"
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "no_mtconnect"),
        (b"<html><body>Sign in</body></html>", "no_mtconnect"),
        (b"{}", "no_mtconnect"),
        (b'{"MTConnectStreams"', "broken_json"),
        (b"<MTConnectStreams>", "broken_xml"),
        (document("<Events>")[:-40], "broken_xml"),
        (document("", header=""), "broken_header"),
        (document("", header='<Header instanceId="7"/>'), "broken_header"),
        (document("", header='<Header instanceId="7" nextSequence="-1"/>'), "broken_header"),
        (
            document("", header='<Header instanceId="7" nextSequence="1" creationTime="now"/>'),
            "broken_header",
        ),
        (BOMB, "dtd_refused"),
        (b"<MTConnectAssets></MTConnectAssets>", "unknown_document"),
        (b"<MTConnectStreams>" + b"<a>" * 100, "too_deep"),
        (b'{"MTConnectStreams":' + b'{"a":' * 200 + b"1" + b"}" * 201, "too_deep"),
        (b'<MTConnectStreams a="' + b"x" * 3_000_000, "token_too_long"),
        (b" " * (33 * 1024 * 1024), "too_large"),
    ],
)
def test_what_is_no_document_says_why(body, code):
    with pytest.raises(Undecodable) as problem:
        read(body)
    assert problem.value.code == code


def test_an_edge_gateway_without_settings_reads_and_refuses():
    program = (
        "from integrations.signals.edge.__main__ import speak_english; speak_english()\n"
        "from integrations.signals.mtconnect.decode import Undecodable, read\n"
        "try: read(b'<MTConnectStreams><a')\n"
        "except Undecodable as problem: print(problem.code)"
    )
    clean = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=clean)
    assert answer.stdout.strip() == "broken_xml", answer.stderr


def test_errors_of_old_and_new_agents():
    old = b'<MTConnectError><Error errorCode="OUT_OF_RANGE">from must be greater</Error></MTConnectError>'
    new = (
        b"<MTConnectError><Errors><OutOfRange errorCode='OUT_OF_RANGE'>"
        b"<ErrorMessage>'1' must be</ErrorMessage></OutOfRange></Errors></MTConnectError>"
    )
    other = b'<MTConnectError><Errors><Error errorCode="NO_DEVICE">none</Error></Errors></MTConnectError>'
    assert read(old).out_of_range
    assert read(new).out_of_range
    assert isinstance(read(other), Refusal)
    assert not read(other).out_of_range
    assert str(read(other)) == "NO_DEVICE: none"


def small_agent():
    agent = Agent([Item("M7", "e", "EXECUTION"), Item("M7", "c", "SYSTEM", "CONDITION")])
    agent.put(agent.items["M7", "e"], datetime(2026, 1, 1, tzinfo=UTC), "ACTIVE")
    return agent


GOOD = small_agent().current()


def read_or_refuse(body):
    """Anything but ``Undecodable`` fails the test."""
    with suppress(Undecodable):
        read(body)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body):
    for candidate in (body, b"<MTConnectStreams>" + body, b'{"MTConnectStreams": ' + body):
        read_or_refuse(candidate)


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=4), st.integers(0, 12))
def test_a_document_damaged_anywhere_is_read_or_refused(place, inserted, removed):
    read_or_refuse(GOOD[:place] + inserted + GOOD[place + removed :])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Header", "Streams", "DeviceStream", "ComponentStream", "Events", "Condition", "value", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused(value):
    header = {"instanceId": 1, "nextSequence": 1}
    inner = {**value, "Header": header} if isinstance(value, dict) else {"Header": header, "Streams": value}
    read_or_refuse(json.dumps({"MTConnectStreams": inner}).encode())


PARTS = [b"<a/>", b"<b>--x</b>", b"<c>" + b"y" * 300 + b"</c>"]


@given(st.lists(st.integers(1, 40), min_size=1), st.booleans())
def test_parts_are_found_however_the_bytes_are_cut(cuts, with_length):
    bodies = PARTS if with_length else [PARTS[0], PARTS[2]]
    stream = b"preamble\r\n"
    for body in bodies:
        length = f"Content-length: {len(body)}\r\n" if with_length else ""
        stream += f"--x\r\nContent-type: text/xml\r\n{length}\r\n".encode() + body + b"\r\n"
    stream += b"--x--\r\n"
    parts, found, place = Parts(b"x", 1000), [], 0
    while place < len(stream):
        size = cuts[place % len(cuts)]
        found += parts.feed(stream[place : place + size])
        place += size
    assert [part.strip() for part in found] == bodies


@pytest.mark.parametrize(
    "stream",
    [
        b"--x\r\nContent-length: 99999\r\n\r\n",
        b"y" * 20_000,
        b"--x\r\n\r\n" + b"y" * 20_000,
        b"--x\r\n" + b"y" * 20_000,
    ],
)
def test_a_part_without_end_is_cut_off(stream):
    parts = Parts(b"x", 1000)
    assert list(parts.feed(stream)) == []
    assert parts.overflow is not None


def test_boundaries():
    assert boundary_of('multipart/x-mixed-replace; boundary="ab c"') == b"ab c"
    assert boundary_of("multipart/x-mixed-replace;boundary=--ab") == b"ab"
    assert boundary_of("text/xml") is None
