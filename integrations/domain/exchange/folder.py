"""The inbox folder of a connection: take complete files in, put them where they belong afterwards.

    <inbox folder>/                      partners drop files here (best: write name.tmp, then rename)
    <inbox folder>/archive/YYYY/MM/DD/   taken
    <inbox folder>/error/                refused or partly applied, each with a .txt of reasons
    <inbox folder>/ack/                  one answer per file, where the partner wants them

The order of steps makes a crash harmless at any point: the raw row is committed first, the file is moved
last; a file found again is recognised by its content and only moved.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from integrations.domain import inbox
from integrations.domain.exchange import rules as agreed
from integrations.domain.exchange.answers import acknowledgement, note
from integrations.domain.exchange.appended import take_appended
from integrations.domain.exchange.places import LARGEST, Content, LocalPlace, Place, free_name, inbox_place
from integrations.domain.exchange.rules import Complete, Look
from integrations.domain.formats import answer_format, order_format
from integrations.enums import FileCheck, FileOutcome, InboundState
from integrations.models import Connection, FileRules, InboundMessage, ReceivedFile
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _

logger = structlog.get_logger(__name__)

DONE = (InboundState.APPLIED, InboundState.OBSOLETE)
GOOD = (*DONE, InboundState.WAITING)


@dataclass(slots=True)
class Folder:
    """One connection's inbox folder, and what its files looked like at the last look."""

    connection: Connection
    place: Place
    seen: dict[str, Look] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection) -> Folder:
        """The folder below our exchange folder. Raises MesError when it lies outside."""
        return cls(connection, inbox_place(connection.inbox_folder))

    @property
    def rules(self) -> FileRules:
        return rules_of(self.connection)

    def scan(self, *, now: float | None = None) -> int:
        """Take every complete file, by number and name. Returns how many were taken."""
        now = time.monotonic() if now is None else now
        rules = self.rules
        if rules.appended and isinstance(self.place, LocalPlace):
            take_appended(self.place, rules.appended)
        self.seen = agreed.looks(self.place.entries(), self.seen, now)
        taken = 0
        for file in agreed.complete_files(self.seen, rules, now):
            if self._take(file):
                taken += 1
                for name in (file.stored, file.trigger, file.digest):
                    self.seen.pop(name, None)
        return taken

    def _take(self, file: Complete) -> bool:
        try:
            content = self.place.read(file.stored)
            broken = self._broken(file, content)
        except FileNotFoundError:
            return False
        except OSError as error:
            logger.warning("inbox_file_unreadable", file=file.stored, reason=str(error))
            return False
        with transaction.atomic():  # nobody may apply a broken file in between
            receipt = self._receive(file.name, content)
            outcome, remark = self._judge(file.name, receipt, broken)
            if broken and receipt.message.state in (InboundState.RECEIVED, InboundState.REFUSED):
                inbox.refuse(receipt.message, broken)
        # Somebody who drops a refused file again has put something right meanwhile.
        again = receipt.duplicate and receipt.message.state not in DONE and not broken
        message = inbox.process(receipt.message, again=again)
        if message.state == InboundState.RECEIVED:
            return True
        self._remember(file.name, message, outcome, remark)
        self._put_away(file, message, outcome, remark)
        return True

    def _broken(self, file: Complete, content: Content) -> Problem | None:
        if content.body is None:
            return None
        if file.digest:
            said = self.place.read(file.digest).body or b""
            return agreed.digest_problem(content.body, said, self.rules)
        if self.rules.check_by == FileCheck.TRAILER:
            return agreed.trailer_problem(content.body, self.rules)
        return None

    def _receive(self, name: str, content: Content) -> inbox.Receipt:
        if content.body is None:
            return inbox.refuse_oversized(
                connection=self.connection,
                channel=inbox.FILES,
                name=name,
                size=content.size,
                sha256=content.sha256,
                limit=LARGEST,
            )
        identity = order_format(self.connection.format).identify(content.body)
        return inbox.receive(
            connection=self.connection,
            channel=inbox.FILES,
            body=content.body,
            name=name,
            message_type=identity.message_type,
            external_id=identity.external_id,
        )

    def _judge(self, name: str, receipt: inbox.Receipt, broken: Problem | None) -> tuple[FileOutcome, str]:
        """What to think of a file, and a remark for people; never a reason to refuse it."""
        message = receipt.message
        if broken:
            return FileOutcome.BROKEN, broken.message
        # Known but never seen as a file: the worker before us died between storing and putting away.
        if receipt.duplicate and message.files.exists():
            at = timezone.localtime(message.received_at).isoformat(timespec="seconds")
            text = _("The same content was received before, at %s; nothing was applied twice.") % at
            logger.info("inbox_duplicate", file=name, message=message.pk)
            return FileOutcome.SKIPPED, text
        earlier = self.connection.received_files.filter(name=name).exclude(message__sha256=message.sha256)
        if earlier.exists():
            text = _("A file of this name came before with other content: this is taken as its new version.")
            logger.warning("inbox_new_version", file=name, message=message.pk)
            return FileOutcome.VERSION, text
        return FileOutcome.NEW, ""

    def _remember(self, name: str, message: InboundMessage, outcome: FileOutcome, remark: str) -> None:
        ReceivedFile.objects.create(
            connection=self.connection,
            message=message,
            name=name.replace("\x00", "")[:255],
            number=agreed.file_number(name, self.rules),
            outcome=outcome,
            remark=remark[:500],
        )

    def _put_away(self, file: Complete, message: InboundMessage, outcome: FileOutcome, remark: str) -> None:
        skipped = outcome == FileOutcome.SKIPPED and message.state == InboundState.PARTLY
        is_good = (message.state in GOOD or skipped) and outcome != FileOutcome.BROKEN
        folder = f"archive/{timezone.now():%Y/%m/%d}" if is_good else "error"
        target = free_name(self.place, folder, file.name)
        if text := note(message, file.name, remark, is_good=message.state in GOOD):
            self.place.write(f"{target}.txt", text.encode())
        if self.rules.acknowledge:
            self._acknowledge(file.name, message, outcome, remark)
        try:
            self.place.move(file.stored, target)
            if file.digest:
                self.place.move(file.digest, f"{target}.{file.digest.rpartition('.')[2]}")
        except FileNotFoundError:
            logger.warning("inbox_file_gone", file=file.stored)
        if file.trigger:
            self.place.remove(file.trigger)

    def _acknowledge(self, name: str, message: InboundMessage, outcome: FileOutcome, remark: str) -> None:
        """As CSV, or with the option ``status_messages`` in the partner's own format, where that has one."""
        target = f"ack/{name}.{message.sha256[:8]}"
        speaker = answer_format(self.connection.format)
        wants_own = self.connection.options.get("status_messages")
        if speaker is None or not wants_own or not message.body:
            self.place.write(f"{target}.csv", acknowledgement(message, name, outcome, remark))
            return
        rendered = speaker.answer(
            inbox.body_of(message),
            inbox.problems_of(message),
            message_id=message.key.hex,
            created=timezone.now(),
            zone=ZoneInfo(self.connection.plant.time_zone),
            settings=inbox.settings_of(self.connection),
        )
        if rendered is not None:
            self.place.write(f"{target}.{rendered.extension}", rendered.body)


def rules_of(connection: Connection) -> FileRules:
    """The rules agreed for a connection, or those that hold where nothing was agreed."""
    return getattr(connection, "file_rules", None) or FileRules(connection=connection)
