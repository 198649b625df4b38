"""The cyclic collector is on again behind every way out."""

import gc

import pytest

from mes.lib.collecting import uncollected


def test_it_is_off_within_and_on_behind_also_behind_an_error():
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="out"), uncollected():
        raise ValueError("out")
    assert gc.isenabled()


def test_it_stays_off_where_it_was():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
