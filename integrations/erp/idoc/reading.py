"""The inbox's door to this folder: an IDoc document, XML or flat, -> what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from integrations.domain.formats import Answer, Identity, PartnerWord, Reading
from integrations.erp.idoc import lists, opera, statuses, tables
from integrations.erp.idoc.codec import Idoc, first_identity, identity_of, read_idocs
from integrations.erp.idoc.dictionary import Dictionary
from integrations.erp.idoc.imported import dictionary_of
from integrations.erp.idoc.mapping import HEADER, orders_of
from integrations.erp.idoc.master import READERS, master_of
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import OrderDocument
from orders.domain.master_documents import MasterDocument


class IdocFormat:
    name = "idoc"

    def identify(self, body: bytes) -> Identity:
        return first_identity(body)

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        return read_message(
            body,
            zone=zone,
            profile=tables.profile(settings),
            encoding=str(settings.get("encoding") or "utf-8"),
            dictionary=dictionary_of(settings.get("dictionary")),
        )


def read_message(
    body: bytes,
    *,
    zone: tzinfo,
    profile: tables.Profile | None = None,
    encoding: str = "utf-8",
    dictionary: Dictionary | None = None,
) -> Reading:
    """Everything in the document that can be taken whole; problems for the rest."""
    profile = profile or tables.Profile()
    idocs, problems = read_idocs(body, encoding=encoding, dictionary=dictionary)
    if not idocs and not problems:
        return Reading(problems=(Problem("no_idoc", _("The document holds no element IDOC."), row=1),))
    orders: list[OrderDocument] = []
    master: list[MasterDocument] = []
    answers: list[Answer] = []
    words: list[PartnerWord] = []
    for idoc in idocs:
        known = (HEADER, *READERS, *statuses.HEADERS, *opera.HEADERS)
        if not any(idoc.body.first(name) for name in known) and not lists.is_list(idoc):
            problems.append(_not_understood(idoc))
        orders += orders_of(idoc, zone=zone, profile=profile, problems=problems)
        orders += opera.downloads_of(idoc, zone=zone, profile=profile, problems=problems)
        master += master_of(idoc, profile=profile, problems=problems)
        master += lists.work_centres_of(idoc, problems=problems)
        master += lists.conversions_of(idoc, profile=profile, problems=problems)
        answers += statuses.answers_of(idoc, problems=problems)
        words += lists.words_of(idoc, profile=profile, problems=problems)
    return Reading(
        tuple(orders),
        tuple(problems),
        identity_of(idocs) if idocs else Identity(),
        master=tuple(master),
        answers=tuple(answers),
        partial=any(idoc.body.first(name) for idoc in idocs for name in opera.HEADERS),
        words=tuple(words),
        full=any(opera.is_full_load(idoc) for idoc in idocs),
    )


def _not_understood(idoc: Idoc) -> Problem:
    message_type = idoc.control.get("MESTYP", "")
    found = ", ".join(child.name for child in idoc.body.children[1:4]) or "–"
    reason = _(
        "Line %(line)d: nothing in this IDoc (message type “%(type)s”, segments %(segments)s) is read here."
    )
    return Problem(
        "not_understood",
        reason % {"line": idoc.body.line, "type": message_type, "segments": found},
        field="MESTYP",
        row=idoc.row,
        value=message_type,
    )
