"""From what machines call their state to one vocabulary of raw states."""

from __future__ import annotations

from collections.abc import Collection

from machines.domain.measure.samples import Raw, Value

_WORDS: dict[Raw, str] = {
    Raw.RUNNING: "ACTIVE EXECUTE EXECUTING RUNNING PRODUCING PRODUCTION RUN ON IN_PRODUCTION",
    Raw.IDLE: (
        "READY WAIT PROGRAM_COMPLETED OPTIONAL_STOP PROGRAM_OPTIONAL_STOP "
        "IDLE COMPLETE COMPLETED STARTING RESETTING COMPLETING SUSPENDED SUSPENDING UNSUSPENDING "
        "NOTEXECUTING NOT_EXECUTING READY_FOR_PRODUCTION NO_PRODUCTION ALLOWEDTOSTART ALLOWED_TO_START "
        "ENDED OFF STANDBY"
    ),
    Raw.FAULT: (
        "INTERRUPTED STOPPED FEED_HOLD PROGRAM_STOPPED HELD ABORTED ABORTING STOPPING CLEARING HOLDING "
        "UNHOLDING OUTOFSERVICE OUT_OF_SERVICE FAULT ALARM ERROR DOWN STANDSTILL"
    ),
    Raw.SETUP: "SETUP SET_UP TEARDOWN TEAR_DOWN MOULD_CHANGE START_UP DRY_RUN",
    Raw.MAINTENANCE: "MAINTENANCE SERVICE",
    Raw.UNKNOWN: "UNAVAILABLE NOTAVAILABLE NOT_AVAILABLE OFFLINE UNKNOWN",
}
RAW_OF_WORD: dict[str, Raw] = {word: raw for raw, words in _WORDS.items() for word in words.split()}

MODES_SETUP = frozenset({"SETUP", "SET_UP", "TEARDOWN", "TEAR_DOWN", "MOULD_CHANGE", "START_UP", "DRY_RUN"})
MODES_MAINTENANCE = frozenset({"MAINTENANCE", "SERVICE"})
MODES_BY_HAND = frozenset({"MANUAL", "MANUAL_DATA_INPUT", "EDIT"})
MODES_OFF = frozenset({"SLEEP"})

COMPLETED = frozenset({"PROGRAM_COMPLETED", "COMPLETE", "COMPLETED", "ENDED"})
HELD = frozenset(
    {
        "INTERRUPTED",
        "FEED_HOLD",
        "OPTIONAL_STOP",
        "PROGRAM_STOPPED",
        "PROGRAM_OPTIONAL_STOP",
        "WAIT",
        "HELD",
        "HOLDING",
        "UNHOLDING",
        "SUSPENDED",
        "SUSPENDING",
        "UNSUSPENDING",
    }
)
ABSENT = frozenset({"UNAVAILABLE", "FALSE", "0", "NO", "OFFLINE"})
READY = frozenset({"READY", "IDLE", "NOTEXECUTING", "NOT_EXECUTING"})


def word(value: Value) -> str:
    """The state name as machines mean it: upper case, blanks and hyphens as one underscore."""
    if value is None:
        return "UNAVAILABLE"
    return "_".join(str(value).replace("-", " ").replace("_", " ").split()).upper()


def raw_state(
    state: str, mode: str, alarms: Collection[str], *, available: bool = True, setting_up: bool = False
) -> Raw | None:
    """Join state, mode, alarms and availability of one moment. None: the machine has no state signal."""
    if not available:
        return Raw.UNKNOWN
    if mode in MODES_MAINTENANCE:
        return Raw.MAINTENANCE
    if mode in MODES_SETUP or (setting_up and mode in MODES_BY_HAND):
        return Raw.SETUP
    if alarms:
        return Raw.FAULT
    if not state:
        return None
    if mode in MODES_OFF:
        return Raw.IDLE
    return RAW_OF_WORD.get(state, Raw.UNKNOWN)


def change_alarms(active: tuple[str, ...], value: Value) -> tuple[str, ...]:
    """Active alarm codes after an ``alarm`` sample.

    ``FAULT|code`` or a bare code sets one, ``NORMAL|code`` clears it; ``NORMAL``, an empty text or null clear
    all. Warnings don't stop a machine.
    """
    level, _, code = str(value if value is not None else "").partition("|")
    level, code = level.strip().upper(), code.strip()
    if level in ("", "NORMAL", "UNAVAILABLE", "FALSE", "0"):
        return tuple(alarm for alarm in active if code and alarm != code)
    if level == "WARNING":
        return active
    name = code if level == "FAULT" else str(value).strip()
    return active if name in active else (*active, name or "FAULT")
