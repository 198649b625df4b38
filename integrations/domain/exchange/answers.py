"""What we write beside a partner's files: reasons for people, an acknowledgement for its programs."""

from __future__ import annotations

import csv
import io

from django.utils import timezone

from integrations.enums import FileOutcome
from integrations.models import InboundMessage
from mes.lib.sentences import gettext as _
from mes.lib.sheets import harmless, one_line

COLUMNS = (
    "file",
    "sha256",
    "received_at",
    "outcome",
    "state",
    "applied",
    "problems",
    "row",
    "field",
    "reason",
)


def note(message: InboundMessage, name: str, remark: str, *, is_good: bool) -> str:
    """The text beside a file: the remark, and a line for each problem. Empty when there is nothing to say."""
    lines = [remark] if remark else []
    if not is_good:
        lines.append("\t".join((_("file"), _("row"), _("field"), _("value"), _("reason"))))
        for problem in message.problems:
            row = "" if problem["row"] is None else str(problem["row"])
            cells = (name, row, problem["field"], problem["value"], problem["message"])
            lines.append("\t".join(one_line(cell) for cell in cells))
    return "\n".join(lines) + "\n" if lines else ""


def acknowledgement(message: InboundMessage, name: str, outcome: FileOutcome, remark: str) -> bytes:
    """A CSV file: one line per problem, or one line in all. ``applied`` counts documents."""
    refused = {"refused", "obsolete"}
    common = {
        "file": name,
        "sha256": message.sha256,
        "received_at": timezone.localtime(message.received_at).isoformat(timespec="seconds"),
        "outcome": outcome.value,
        "state": message.state,
        "applied": sum(result.get("outcome") not in refused for result in message.results),
        "problems": len(message.problems),
    }
    rows = [
        {"row": problem["row"] or "", "field": problem["field"], "reason": problem["message"]}
        for problem in message.problems
    ] or [{"reason": remark}]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\r\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(str(value)) for key, value in {**common, **row}.items()})
    return out.getvalue().encode("utf-8-sig")
