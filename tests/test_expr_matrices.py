"""Elements and properties of matrices inside expressions."""

from __future__ import annotations

import numpy as np
import pytest
from test_expr_evaluate import dataset

from mixedcli.data.storage import MISSING
from mixedcli.errors import StataError
from mixedcli.expr.environment import Environment
from mixedcli.expr.evaluate import evaluate
from mixedcli.results.base import Matrix
from mixedcli.results.stripe import StripeName
from mixedcli.syntax.parser import parse, parse_expression


def matrix(values, rows, columns):
    def stripe(names):
        return tuple(StripeName(*name.rpartition(":")[::2]) for name in names.split())

    return Matrix(np.array(values, dtype=float), stripe(rows), stripe(columns))


MATRICES = {
    "A": matrix([[1, 2], [3, np.nan]], "r1 r2", "c1 c2"),
    "S": matrix([[4, 1], [1, 3]], "x y", "x y"),
    "R": matrix([[1, 2, 3]], "y1", "a b c"),
    "e(b)": matrix([[0.5, -1]], "y1", "gcse:lrt gcse:_cons"),
}
ENV = Environment(matrices=MATRICES.get)
DATA = dataset(i=([1, 2, 3, MISSING], "byte"), name=(["c1", "c2", "?", ""], "str2"))


def value(text):
    return evaluate(parse_expression(text), DATA, ENV)


@pytest.mark.parametrize(("text", "expected"), [
    ("A[1,2]", 2), ("A[2,1]^2", 9), ("A[2,2]", MISSING), ("A[3,1]", MISSING), ("A[0,1]", MISSING), ("A[1.9,2.2]", 2),
    ("A[.,1]", MISSING), ('A["r2","c1"]', 3), ('A["r2","nowhere"]', MISSING), ("e(b)[1,2]", -1), ('e(b)[1,"lrt"]', 0.5),
    ('e(b)[1,"gcse:_cons"]', -1), ("el(A,1,2)", 2), ("el(e(b),1,1)", 0.5), ("el(nosuch,1,1)", MISSING),
    ("el(A,9,9)", MISSING),
    ("rowsof(R)", 1), ("colsof(R)", 3), ("colsof(e(b))", 2), ("det(S)", 11), ("trace(S)", 7), ("trace(A)", MISSING),
    ("det(A)", MISSING), ("issymmetric(S)", 1), ("issymmetric(R)", 0), ("matmissing(A)", 1), ("matmissing(S)", 0),
    ("diag0cnt(S)", 0), ('colnumb(e(b),"_cons")', 2), ('colnumb(e(b),"gcse:")', 1), ('rownumb(A,"r2")', 2),
    ('colnumb(A,"zz")', MISSING), ("mreldif(S,S)", 0), ("A[1,1] + S[A[1,2], 1]", 2),
])
def test_values(text, expected):
    assert value(text) == pytest.approx(expected, rel=1e-14)


def test_rows_of_the_data_may_choose_the_element():
    assert value("R[1,i]").tolist() == [1, 2, 3, MISSING]
    assert value("el(R, 1, i)").tolist() == [1, 2, 3, MISSING]
    assert value("colnumb(A, name)").tolist() == [1, 2, MISSING, MISSING]


@pytest.mark.parametrize(("text", "message", "rc"), [
    ("B[1,1]", "B not found", 111), ("rowsof(B)", "B not found", 111), ("det(R)", "matrix not square", 505),
    ("trace(R)", "matrix not square", 505), ("mreldif(S,R)", "conformability error", 503), ("rowsof(1+1)",
    "invalid syntax", 198),
    ("el(A,1)", "invalid syntax", 198), ('el(A,"r1",1)', "type mismatch", 109), ("colnumb(A,1)", "type mismatch", 109),
    ("e(b)", "type mismatch", 109), ("e(b) + 1", "type mismatch", 109),
])
def test_errors(text, message, rc):
    with pytest.raises(StataError) as caught:
        value(text)
    assert (caught.value.message, caught.value.rc) == (message, rc)


def test_elements_inside_commands():
    statement = parse("generate y = A[1,2] if e(b)[1,1] > 0, nopromote", "assignment", "generate", 8)
    assert statement.assignment.exp.name == "A"
    assert statement.condition.left.name == "e(b)"
    assert [o.name for o in statement.options] == ["nopromote"]


def test_a_name_too_long():
    with pytest.raises(StataError) as caught:
        parse_expression("a" * 33 + "[1,2]")
    assert caught.value.rc == 198
