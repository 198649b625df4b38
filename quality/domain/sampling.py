"""How many pieces of a lot are looked at, and how many of them may be wrong. Pure.

Single sampling of ISO 2859-1: code letters of Table 1, plans of the master tables 2-A (normal), 2-B
(tightened) and 2-C (reduced; as in the edition of 1989, ANSI/ASQ Z1.4 and MIL-STD-105E, where acceptance and
rejection numbers have a gap: a lot in the gap is accepted and normal inspection is resumed). The edition of
1999 has another table 2-C, without gaps. What was checked against what: docs/reference/sampling.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from quality.enums import AQLS, InspectionLevel, Severity

LETTERS = "ABCDEFGHJKLMNPQRS"
"""S is not a letter of Table 1: table 2-B has it for one plan, that of the AQL 0.025."""
LOTS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
"""The largest lot of each line of Table 1; larger ones are the last line."""
CODES = {
    InspectionLevel.S1: "AAAABBBBCCCCDDD",
    InspectionLevel.S2: "AAABBBCCCDDDEEE",
    InspectionLevel.S3: "AABBCCDDEEFFGGH",
    InspectionLevel.S4: "AABCCDEEFGGHJJK",
    InspectionLevel.I: "AABCCDEFGHJKLMN",
    InspectionLevel.II: "ABCDEFGHJKLMNPQ",
    InspectionLevel.III: "BCDEFGHJKLMNPQR",
}
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150)
REDUCED_SIZES = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)
AQL_VALUES = [value for value, _text in AQLS]

R = LETTERS.index("R")
S_ONLY = Decimal("0.025")
UP, DOWN = -1, -2
FIRST = 14
"""Letter A has its first plan in normal inspection (0/1) at the AQL of this number (6.5); each further letter
one AQL earlier. All three tables repeat themselves along that diagonal."""
NORMAL = (0, UP, DOWN, 1, 2, 3, 5, 7, 10, 14, 21)
TIGHTENED = (0, DOWN, DOWN, 1, 2, 3, 5, 8, 12, 18)
REDUCED = ((0, 1), None, None, (0, 2), (1, 3), (1, 4), (2, 5), (3, 6), (5, 8), (7, 10), (10, 13))
LARGE_NORMAL, LARGE_TIGHTENED, LARGE_REDUCED = (30, 44), (27, 41), ((14, 17), (21, 24))
STOP = 5
"""So many lots not accepted while tightened end sampling inspection."""
SMALL = 5
"""Letters A to E have plans for AQLs that larger samples don't need."""
TWO_PIECES = (
    (None, (1, 2), (2, 3), (3, 4), (5, 6), (7, 8), (10, 11), (14, 15), (21, 22), (30, 31)),
    ((0, 2), (1, 3), (2, 4), (3, 5), (5, 6), (7, 8), (10, 11), (14, 15), (21, 22), (30, 31)),
    ((0, 2), (1, 3), (1, 4), (2, 5), (3, 6), (5, 8), (7, 10), (10, 13), (14, 17), (21, 24), (30, 31)),
)
"""Letters A, B and C look at two pieces each in reduced inspection: their numbers from the AQLs 15, 15 and 10
on stand beside the diagonal."""


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """Look at ``size`` pieces; accept up to ``accept`` wrong ones, reject the lot from ``reject`` on."""

    letter: str
    size: int
    accept: int
    reject: int

    def accepts(self, wrong: int) -> bool:
        return wrong < self.reject


def code_letter(lot: int, level: InspectionLevel) -> str:
    """Table 1. Raises ``ValueError`` for a lot of less than two pieces."""
    if lot < 2:
        raise ValueError("A lot has at least two pieces.")
    return CODES[level][bisect_left(LOTS, lot)]


def sampling_plan(
    lot: int, level: InspectionLevel, aql: Decimal, severity: Severity = Severity.NORMAL
) -> SamplingPlan:
    """The plan for a lot. A sample as large as the lot means every piece; one piece is looked at itself, and
    where sampling is discontinued every piece is.

    Raises ``ValueError`` for an AQL that isn't one of the preferred values.
    """
    if aql not in AQL_VALUES:
        raise ValueError(f"{aql} is no preferred AQL.")
    if severity is Severity.ALL:
        return SamplingPlan("", max(lot, 1), 0, 1)
    if lot < 2:
        return SamplingPlan("A", max(lot, 1), 0, 1)
    plan = letter_plan(code_letter(lot, level), aql, severity)
    return replace(plan, size=min(plan.size, lot))


def letter_plan(letter: str, aql: Decimal, severity: Severity) -> SamplingPlan:
    """The plan of a letter of Table 1 in the master table, arrows followed; ``letter`` names its row."""
    row, accept, reject = _follow(LETTERS.index(letter), AQL_VALUES.index(aql), severity)
    sizes = REDUCED_SIZES if severity is Severity.REDUCED else SIZES
    return SamplingPlan(LETTERS[row], sizes[row], accept, reject)


def _follow(row: int, column: int, severity: Severity) -> tuple[int, int, int]:
    """The row at which the arrows end, with its numbers."""
    while True:
        found = cell(row, column, severity)
        if found == UP:
            row -= 1
        elif found == DOWN:
            row += 1
        else:
            assert isinstance(found, tuple)
            return row, *found


def cell(row: int, column: int, severity: Severity) -> tuple[int, int] | int:
    """The acceptance and rejection number at a letter's row and an AQL's column, or ``UP`` or ``DOWN``."""
    if severity is Severity.REDUCED:
        return _reduced(row, column)
    tightened = severity is Severity.TIGHTENED
    last = R + (tightened and AQL_VALUES[column] == S_ONLY)
    place = row + column - FIRST - tightened
    if place < 0 or (tightened and row == place == 0):
        return DOWN if row < last else UP
    plain = TIGHTENED if tightened else NORMAL
    large = LARGE_TIGHTENED if tightened else LARGE_NORMAL
    # Of the small letters only those go on whose sample was the last one in its column.
    numbers = plain + large if row < SMALL else plain
    if place >= len(numbers):
        return UP
    accept = numbers[place]
    if accept == UP and row == 0:
        return DOWN
    if accept == DOWN and row == last:
        return UP
    return accept if accept < 0 else (accept, accept + 1)


def _reduced(row: int, column: int) -> tuple[int, int] | int:
    place = row + column - FIRST
    if place < 0:
        return DOWN if row < R else UP
    if row < len(TWO_PIECES) and place >= REDUCED.index((0, 2)):
        own = TWO_PIECES[row]
        found = own[column - len(AQL_VALUES) + len(own)]
        return found if found is not None else DOWN
    numbers = REDUCED + LARGE_REDUCED if row < SMALL else REDUCED
    if place >= len(numbers):
        return UP
    found = numbers[place]
    if found is not None:
        return found
    if place == 1:
        return UP if row else DOWN
    return DOWN if row < R else UP


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that was sampled: its size and the wrong pieces of its sample. ``improved``: between the lot
    before and this one an action against the cause took effect."""

    size: int
    wrong: int
    improved: bool = False


@dataclass(frozen=True, slots=True)
class Switching:
    """Where the switching rules stand after some lots. ``stopped``: sampling inspection is discontinued until
    quality has been improved; then it goes on tightened."""

    severity: Severity = Severity.NORMAL
    stopped: bool = False


def switching(
    lots: Iterable[Lot],
    *,
    level: InspectionLevel,
    aql: Decimal,
    reduced_allowed: bool = False,
    improved: bool = False,
) -> Switching:
    """The severity for the next lot, by the rules of ISO 2859-1, 9.3 and 9.4, from the oldest lot on;
    ``improved`` as in ``Lot``, for the next lot.

    Normal to tightened: two of five or fewer lots in a row not accepted. Tightened to normal: five in a row
    accepted; five not accepted while tightened: stop. Normal to reduced: a switching score of 30, if allowed.
    Reduced to normal: a lot not accepted, or in the gap.
    """
    severity, score, good, rejected = Severity.NORMAL, 0, 0, 0
    recent: list[bool] = []
    for lot in lots:
        if rejected >= STOP:
            if not lot.improved:
                continue
            good = rejected = 0
        plan = sampling_plan(lot.size, level, aql, severity)
        accepted = plan.accepts(lot.wrong)
        before = severity
        if severity is Severity.NORMAL:
            recent = [*recent[-4:], accepted]
            score = _score(score, lot, plan, level, aql, accepted)
            if recent.count(False) >= 2:
                severity = Severity.TIGHTENED
            elif reduced_allowed and score >= 30:
                severity = Severity.REDUCED
        elif severity is Severity.TIGHTENED:
            good = good + 1 if accepted else 0
            rejected += not accepted
            if good >= 5:
                severity = Severity.NORMAL
        elif lot.wrong > plan.accept:
            severity = Severity.NORMAL
        if severity is not before:
            recent, score, good, rejected = [], 0, 0, 0
    return Switching(severity, stopped=rejected >= STOP and not improved)


def _score(
    score: int, lot: Lot, plan: SamplingPlan, level: InspectionLevel, aql: Decimal, accepted: bool
) -> int:
    """The switching score (9.3.3.2): 2 for a lot accepted under an acceptance number of 0 or 1, 3 for one
    that would have been accepted at the next tighter AQL; anything else begins anew.
    """
    if not accepted:
        return 0
    if plan.accept <= 1:
        return score + 2
    tighter = AQL_VALUES[max(AQL_VALUES.index(aql) - 1, 0)]
    return score + 3 if sampling_plan(lot.size, level, tighter).accepts(lot.wrong) else 0
