"""Which values satisfy which requirement."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.lib.errors import InvalidInput
from orders.enums import RequirementKind
from orders.models import OrderRequirement
from quality.domain.judgement import judge
from quality.enums import Verdict


def limit(lower=None, upper=None):
    return OrderRequirement(kind=RequirementKind.LIMIT, lower=lower, upper=upper)


def choice(value="", choices=("red", "blue")):
    return OrderRequirement(kind=RequirementKind.CHOICE, value=value, choices=list(choices))


numbers = st.decimals(-1000, 1000, places=3)


@given(numbers, numbers, numbers)
def test_a_limit_passes_within_its_borders_and_fails_outside(a, b, value):
    lower, upper = sorted((a, b))
    expected = Verdict.PASSED if lower <= value <= upper else Verdict.FAILED
    assert judge(limit(lower, upper), str(value), None) == expected
    assert (
        judge(limit(lower, upper), str(lower), None)
        == judge(limit(lower, upper), str(upper), None)
        == Verdict.PASSED
    )


@pytest.mark.parametrize(
    ("requirement", "value", "verdict"),
    [
        (limit(lower=Decimal(5)), "1000000", Verdict.PASSED),
        (limit(lower=Decimal(5)), "4.999", Verdict.FAILED),
        (limit(upper=Decimal(5)), "-7", Verdict.PASSED),
        (limit(upper=Decimal(5)), " 5,001 ", Verdict.FAILED),
        (limit(upper=Decimal(5)), " 4,999 ", Verdict.PASSED),
        (choice(), "red", Verdict.PASSED),
        (choice(), "green", Verdict.FAILED),
        (choice("blue"), " blue ", Verdict.PASSED),
        (choice("blue"), "red", Verdict.FAILED),
    ],
)
def test_values_judge_themselves(requirement, value, verdict):
    assert judge(requirement, value, None) == verdict
    # a person's word doesn't overrule a measured value
    assert judge(requirement, value, verdict is not Verdict.PASSED) == verdict


@pytest.mark.parametrize("kind", [RequirementKind.TEXT, RequirementKind.DOCUMENT])
def test_texts_and_documents_are_judged_by_a_person(kind):
    requirement = OrderRequirement(kind=kind)
    assert judge(requirement, "", True) == Verdict.PASSED
    assert judge(requirement, "seen", False) == Verdict.FAILED
    with pytest.raises(InvalidInput) as refusal:
        judge(requirement, "seen", None)
    assert [(p.code, p.field) for p in refusal.value.problems] == [("verdict_missing", "passed")]


@pytest.mark.parametrize("value", ["", "abc", "1.2.3", "1,234.5", "NaN", "Infinity", "--1"])
def test_a_measured_value_is_a_number(value):
    with pytest.raises(InvalidInput) as refusal:
        judge(limit(Decimal(1)), value, True)
    assert [(p.code, p.value) for p in refusal.value.problems] == [("not_a_number", value)]


def test_an_empty_choice_and_a_novel_are_refused():
    with pytest.raises(InvalidInput):
        judge(choice(), "  ", None)
    with pytest.raises(InvalidInput) as refusal:
        judge(OrderRequirement(kind=RequirementKind.TEXT), "x" * 201, True)
    assert refusal.value.problems[0].code == "too_long"
