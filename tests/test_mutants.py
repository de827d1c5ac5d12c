"""The catalogue of mutants: each fits the code as it is, so that none falls out unseen."""

import ast
from collections import Counter
from functools import cache

import pytest

from mutants import ROOT, Mutant
from mutants.catalogue import by_package

LEAST = 150
ALL = [mutant for mutants in by_package().values() for mutant in mutants]


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_there_are_many_and_no_two_have_one_name() -> None:
    assert len(ALL) >= LEAST
    assert [name for name, times in Counter(each.id for each in ALL).items() if times > 1] == []


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.id)
def test_it_fits_the_code_and_its_tests_exist(mutant: Mutant) -> None:
    mutant.applied((ROOT / mutant.file).read_text(encoding="utf-8"))
    assert mutant.suffers.endswith(".")
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert (ROOT / file).exists()
        assert not name or name.partition("[")[0] in functions_of(file)
