"""How names of programs are compared (rule Y5)."""

import pytest

from mes.lib.programs import normalise_program


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        (r"TNC:\BRIAN\Box one.H", "BOXONE"),
        ("/nc/NIST_MTC_CRADA_BOX_REV-A_OP1.NC", "NIST_MTC_CRADA_BOX_REV-A_OP1"),
        ("valve-1.25000", "VALVE-1.25000"),
        (" 217 ", "217"),
        (217, "217"),
        (None, ""),
        ("", ""),
        ("UNAVAILABLE", ""),
    ],
)
def test_path_extension_blanks_and_case_do_not_count(name, normal):
    assert normalise_program(name) == normal
