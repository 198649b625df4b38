"""Do inbox and outbox hold every message once, and is everything told that happened?"""

from __future__ import annotations

from django.db import connection

from mes.lib.books import Check, count, differences

# A fact is told to a connection once: as an item without gaps in the numbers of its messages.
_K5 = """
SELECT c.code || ' numbers', count(m.id), coalesce(max(m.sequence), 0)
FROM integrations_connection c JOIN integrations_outboundmessage m ON m.connection_id = c.id
GROUP BY c.id, c.code HAVING count(m.id) <> max(m.sequence) OR min(m.sequence) <> 1
UNION ALL
SELECT 'inbound ' || connection_id || ' ' || external_id, count(*), 1
FROM integrations_inboundmessage
WHERE state IN ('applied', 'partly') AND external_id <> '' AND channel = 'api'
GROUP BY connection_id, message_type, external_id HAVING count(*) > 1
UNION ALL
SELECT 'unsent ' || c.code || ' ' || m.sequence, 1, 0
FROM integrations_outboundmessage m JOIN integrations_connection c ON c.id = m.connection_id
WHERE m.state IN ('queued', 'sending') AND m.created_at < now() - interval '1 day' AND c.active
  AND c.delivery <> 'pull'
ORDER BY 1
"""
_NOTES = """
SELECT c.code || ' ' || m.sequence || ' is parked: ' || m.problem
FROM integrations_outboundmessage m JOIN integrations_connection c ON c.id = m.connection_id
WHERE m.state = 'parked'
UNION ALL
SELECT c.code || ' ' || coalesce(nullif(m.name, ''), nullif(m.external_id, ''), m.key::text) || ' was refused'
FROM integrations_inboundmessage m JOIN integrations_connection c ON c.id = m.connection_id
WHERE m.state = 'refused'
LIMIT 50
"""


def check_messages() -> Check:
    """K5: message numbers without gaps, every key of a partner applied once, nothing unsent for a day."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTES)
        notes = [note for (note,) in cursor.fetchall()]
    title = "Messages exist once, none is forgotten"
    messages = count("integrations_inboundmessage") + count("integrations_outboundmessage")
    return Check("K5", title, differences(_K5), messages, notes)
