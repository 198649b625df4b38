"""Flat IDocs made to measure, from the same segments as XML."""

from collections import defaultdict

from integrations.domain.field_lists import FieldRow
from integrations.erp.idoc.dictionary import Dictionary, Place
from integrations.erp.idoc.flat import write_flat
from integrations.erp.idoc.node import Node


def node_of(element):
    """What was read, as something to be written."""
    leaves = {child.name: child.text for child in element.children if child.is_leaf}
    inner = [child for child in element.children if not child.is_leaf]
    return Node(element.name.replace("_-", "/"), leaves, tuple(node_of(child) for child in inner))


def dictionary_for(*nodes):
    """A dictionary with room for these segments: each field as long as its longest value."""
    lengths = defaultdict(dict)

    def measure(node):
        for name, value in node.fields.items():
            lengths[node.name][name] = max(len(value), lengths[node.name].get(name, 1))
        lengths[node.name] = lengths[node.name]
        for child in node.children:
            measure(child)

    for node in nodes:
        measure(node)
    segments = {}
    for segment, fields in lengths.items():
        places, offset = [], 0
        for name, length in fields.items():
            places.append(Place(name, offset, length))
            offset += length
        segments[segment] = places
    return Dictionary(segments)


def flat(control, *nodes, dictionary=None, **kwargs):
    options = {"definitions": {}, "encoding": "utf-8", "line_end": "\n", **kwargs}
    return write_flat(control, nodes, dictionary=dictionary or dictionary_for(*nodes), **options)


def shared_dictionary(text):
    """A CSV of the shared dictionaries."""
    from integrations.domain.field_lists import read_field_lists

    rows, problems = read_field_lists(text)
    assert not problems, problems
    return Dictionary.of(rows)


def rows_of(dictionary):
    return [
        FieldRow(segment, place.name, place.length, place.offset)
        for segment, places in dictionary.segments.items()
        for place in places
    ]
