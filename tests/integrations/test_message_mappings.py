"""Message mappings: draft, publish, never changed afterwards; messages are read by the one in force."""

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from integrations.domain import inbox
from integrations.domain.message_mappings import (
    create_mapping,
    discard_draft,
    keep_sample,
    publish,
    save_draft,
    stamp,
)
from integrations.models import MessageMapping, MessageMappingVersion
from integrations.queries.message_mappings import differences, message_mappings
from mes.lib.errors import InvalidInput, Refused
from orders.models import ProductionOrder
from tests.factories.accounts import UserFactory
from tests.factories.integrations import (
    ConnectionFactory,
    MappedConnectionFactory,
    MessageMappingFactory,
    MessageMappingVersionFactory,
)
from tests.factories.orders import ItemFactory
from tests.support.mappings import orders_by_line, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer():
    return UserFactory()


def draft_of(definition, by):
    return create_mapping(code="old-erp", name="Old ERP", direction="in", definition=definition, by=by)


def test_a_draft_is_published_and_the_next_edit_makes_a_new_version(engineer):
    mapping = draft_of(orders_by_line(), engineer)
    assert mapping.published is None
    first = publish(mapping=mapping, by=engineer, note="First")
    assert (first.number, first.published_by, first.note) == (1, engineer, "First")
    save_draft(mapping=mapping, definition=orders_by_line(encoding="cp850"), by=engineer)
    save_draft(mapping=mapping, definition=orders_by_line(encoding="cp1252"), by=engineer)
    assert (mapping.published.number, mapping.draft.number, mapping.draft.revision) == (1, 2, 2)
    assert publish(mapping=mapping, by=engineer).number == 2
    assert mapping.published.definition["file"]["encoding"] == "cp1252"


def test_a_draft_with_faults_is_kept_but_not_published(engineer):
    mapping = draft_of({**orders_by_line(), "fields": [row("order", "colour", "c")]}, engineer)
    with pytest.raises(InvalidInput):
        publish(mapping=mapping, by=engineer)
    assert mapping.published is None
    with pytest.raises(InvalidInput):
        draft_of(orders_by_line(), engineer)


def test_two_people_do_not_overwrite_each_other(engineer):
    mapping = draft_of(orders_by_line(), engineer)
    seen = stamp(mapping)
    save_draft(mapping=mapping, definition=orders_by_line(), by=engineer, seen=seen)
    with pytest.raises(Refused):
        save_draft(mapping=mapping, definition=orders_by_line(), by=UserFactory(), seen=seen)


def test_a_published_version_never_changes():
    version = MessageMappingVersionFactory()
    for change in (
        lambda: MessageMappingVersion.objects.filter(pk=version.pk).update(note="x"),
        lambda: version.delete(),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


def test_discarding_goes_back_to_the_version_in_force_or_takes_the_mapping_away(engineer):
    mapping = draft_of(orders_by_line(), engineer)
    assert discard_draft(mapping=mapping, by=engineer) is False
    assert not MessageMapping.objects.exists()
    mapping = draft_of(orders_by_line(), engineer)
    publish(mapping=mapping, by=engineer)
    save_draft(mapping=mapping, definition=orders_by_line(encoding="cp850"), by=engineer)
    assert discard_draft(mapping=mapping, by=engineer) is True
    with pytest.raises(Refused):
        discard_draft(mapping=mapping, by=engineer)


def test_the_database_keeps_drafts_and_publications_straight(engineer):
    mapping = MessageMappingFactory()
    MessageMappingVersionFactory(mapping=mapping, draft=True)
    for wrong in ({"mapping": mapping, "draft": True}, {"published_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MessageMappingVersionFactory(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        MappedConnectionFactory(mapping=None)
    version = MessageMappingVersionFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageMappingVersionFactory(mapping=version.mapping, number=version.number)


def test_a_sample_has_a_bounded_size():
    mapping = MessageMappingFactory()
    keep_sample(mapping=mapping, body=b"a;b", name="a.csv")
    with pytest.raises(InvalidInput):
        keep_sample(mapping=mapping, body=b"x" * (2 * 1024 * 1024 + 1), name="b.csv")


def message_for(connection, item, quantity="10"):
    text = f"number;item;quantity;unit;due\n4711;{item.code};{quantity};ST;2026-12-31\n"
    return inbox.receive(connection=connection, channel="file", body=text.encode(), name="a.csv").message


def test_a_message_is_read_by_the_mapping_in_force_and_remembers_it():
    connection = MappedConnectionFactory()
    item = ItemFactory()
    message = inbox.process(message_for(connection, item, "12,5"))
    assert message.problems == []
    assert ProductionOrder.objects.get(number="4711").quantity == 12.5
    message.refresh_from_db()
    assert message.mapping_version == connection.mapping.published


def test_an_old_message_is_replayed_by_the_version_of_now_or_of_then(engineer):
    connection = MappedConnectionFactory()
    message = inbox.process(message_for(connection, ItemFactory()))
    message.refresh_from_db()
    then = message.mapping_version
    other = orders_by_line()
    other["fields"][0]["source"] = "'N-' & number"
    save_draft(mapping=connection.mapping, definition=other, by=engineer)
    now = publish(mapping=connection.mapping, by=engineer)

    again = inbox.replay(message=message, by=engineer, version=then)
    again.refresh_from_db()
    assert (again.orders, again.mapping_version) == (["4711"], then)
    again = inbox.replay(message=message, by=engineer)
    again.refresh_from_db()
    assert (again.orders, again.mapping_version) == (["N-4711"], now)


def test_without_a_published_version_a_message_is_refused_in_plain_words():
    mapping = MessageMappingFactory()
    MessageMappingVersionFactory(mapping=mapping, draft=True)
    connection = MappedConnectionFactory(mapping=mapping)
    message = inbox.process(message_for(connection, ItemFactory()))
    assert message.problems[0]["code"] == "no_mapping"


def test_versions_differ_entry_by_entry():
    before, after = orders_by_line(), orders_by_line(encoding="cp850")
    after["fields"][1]["convert"] = ["strip_zeros"]
    del after["fields"][4]
    after["tables"] = {"status": {"values": {"20": "released"}}}
    assert [(one.where, one.before, one.after) for one in differences(before, after)] == [
        ("file · encoding", "", "cp850"),
        ("order · item", "item", "item | strip_zeros"),
        ("table status · 20", "", "released"),
        ("order · due", "due", ""),
    ]


def test_the_list_says_what_is_in_force_and_used_in_one_query(django_assert_num_queries):
    mapping = MessageMappingVersionFactory(number=3).mapping
    MessageMappingVersionFactory(mapping=mapping, draft=True, number=4)
    for _again in range(2):
        MappedConnectionFactory(mapping=mapping)
    ConnectionFactory(confirmation_mapping=mapping)
    with django_assert_num_queries(1):
        (found,) = message_mappings()
    assert (found.in_force, found.has_draft, found.used_by) == (3, 1, 3)
