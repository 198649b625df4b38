"""Addresses say and mean the same, whatever names machines have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.opcua.addresses import BASE, Address, BadAddress, Name, parse, written

NAMES = st.builds(
    Name,
    st.sampled_from([BASE, "urn:acme", "http://opcfoundation.org/UA/DI/"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)
PATHS = st.lists(NAMES, min_size=1, max_size=5)
PARTS = st.lists(st.text("ab0/!#{}%", min_size=1, max_size=4), min_size=1, max_size=3)


@given(PATHS, st.one_of(st.just([]), PARTS))
def test_a_path_is_read_as_it_was_written(path, inside):
    assert parse(written(path, inside=inside)) == Address(path=tuple(path), inside=tuple(inside))


@given(PATHS, PATHS)
def test_an_event_is_read_as_it_was_written(path, event):
    address = parse(written(path, event=event))
    assert (address.path, address.event, address.field) == (tuple(path), event[0], tuple(event[1:]))


@given(st.text("{}/#!ab=;nsui%", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        address = parse(text)
    except BadAddress:
        return
    assert address.path or address.node_id


@pytest.mark.parametrize("text", ["", "{urn:x}", "{unclosed", "a}b", "a!b#c", "/"])
def test_what_names_nothing_is_refused(text):
    with pytest.raises(BadAddress):
        parse(text)


def test_an_element_without_a_namespace_has_that_of_the_one_before():
    address = parse("{urn:a}Press/Counters/{urn:b}Good")
    assert address.path == (Name("urn:a", "Press"), Name("urn:a", "Counters"), Name("urn:b", "Good"))
