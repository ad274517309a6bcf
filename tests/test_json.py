"""``-f json`` as its reader sees it: one valid envelope, full precision, Stata's names, errors with their codes."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import numpy as np
import pytest

from mixedcli import __version__
from mixedcli.cli import run
from mixedcli.data.load import load

FIT = "xtmixed measure age || idnr:, nolog"
RECORD = ["command", "line", "rc", "message", "text", "result", "e", "r"]


def refuse(word: str) -> float:
    raise AssertionError(f"{word} is not JSON")


@pytest.fixture
def envelope(capsys: pytest.CaptureFixture[str]) -> Any:
    """A function that runs the program with ``-f json`` and returns the exit status and the envelope."""

    def running(*arguments: str) -> tuple[int, dict[str, Any]]:
        status = run(["-f", "json", *arguments])
        out = capsys.readouterr().out
        # Python's reader takes NaN and Infinity, which JSON does not have.
        return status, json.loads(out, parse_constant=refuse)

    return running


def plain(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    run(list(arguments))
    return capsys.readouterr().out


def test_the_envelope(envelope: Any) -> None:
    status, shown = envelope("-u", "growth", "count", FIT, "rename age years")
    assert status == 0
    assert list(shown) == ["schema", "program", "status", "error", "commands"]
    assert (shown["schema"], shown["program"], shown["status"]) == (1, f"mixedcli {__version__}", 0)
    assert shown["error"] is None
    assert [list(record) for record in shown["commands"]] == [RECORD] * 3
    assert [record["command"] for record in shown["commands"]] == ["count", "xtmixed", "rename"]
    assert [record["line"] for record in shown["commands"]] == ["count", FIT, "rename age years"]
    assert [(record["rc"], record["message"]) for record in shown["commands"]] == [(0, "")] * 3
    assert shown["commands"][2]["text"] == ""
    assert shown["commands"][0]["e"] is None


def test_the_text_is_what_text_format_prints(envelope: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ("-u", "growth", "describe", FIT, "estat icc", "estat recovariance", "list in 1/3", "tabulate sex age")
    for options in ((), ("--stata-version", "17"), ("--linesize", "120")):
        _, shown = envelope(*options, *lines)
        texts = [record["text"] for record in shown["commands"]]
        assert "".join(f"{text}\n" for text in texts).lstrip("\n") == plain(capsys, *options, *lines)


def test_b_and_v_at_full_precision(envelope: Any) -> None:
    """In balanced data the slope is that of least squares, and its variance is sigma_e^2 over age's sum of squares."""
    data = load("growth")
    x, y = (data.columns[name].values.astype(float) for name in ("age", "measure"))
    slope = float(((x - x.mean()) @ y) / ((x - x.mean()) @ (x - x.mean())))
    _, shown = envelope("-u", "growth", FIT)
    matrices = shown["commands"][0]["e"]["matrices"]
    b, V = matrices["b"], matrices["V"]
    stripe = ["measure:age", "measure:_cons", "lns1_1_1:_cons", "lnsig_e:_cons"]
    assert (b["rows"], b["columns"]) == (["y1"], stripe)
    assert V["rows"] == V["columns"] == stripe
    assert b["values"][0][0] == pytest.approx(slope, rel=1e-12)
    sigma2 = math.exp(2 * b["values"][0][3])
    assert V["values"][0][0] == pytest.approx(sigma2 / ((x - x.mean()) @ (x - x.mean())), rel=1e-12)
    values = np.array(V["values"])
    assert values.shape == (4, 4)
    assert np.array_equal(values, values.T)
    assert np.array_equal(values[:2, 2:], np.zeros((2, 2)))
    # Nothing is rounded on its way: all digits of a double are there.
    assert len(repr(b["values"][0][3])) > 15


def test_stored_results_have_statas_names(envelope: Any) -> None:
    _, shown = envelope("-u", "growth", FIT, "estat icc", "quietly summarize measure")
    e = shown["commands"][0]["e"]
    assert e["sample"] is True
    names = "N,k,k_f,k_r,k_rs,k_rc,df_m,ll,chi2,p,ll_c,chi2_c,df_c,p_c,rank,rc,converged"
    for name in names.split(","):
        assert name in e["scalars"]
    assert {"cmd", "cmdline", "depvar", "ivars", "title", "method", "redim", "vartypes", "revars"} <= set(e["macros"])
    assert {"b", "V", "N_g", "g_min", "g_avg", "g_max"} <= set(e["matrices"])
    assert (e["scalars"]["N"], e["scalars"]["df_m"], e["scalars"]["k"]) == (108, 1, 4)
    # nlme: logLik(lme(distance ~ age, Orthodont, ~ 1 | Subject, method = "ML")) is -221.6948.
    assert e["scalars"]["ll"] == pytest.approx(-221.6948, abs=5e-5)
    assert e["scalars"]["chi2_c"] == pytest.approx(2 * (e["scalars"]["ll"] - e["scalars"]["ll_c"]), rel=1e-12)
    assert (e["macros"]["cmd"], e["macros"]["depvar"], e["macros"]["ivars"]) == ("xtmixed", "measure", "idnr")
    assert e["macros"]["cmdline"] == FIT
    icc = shown["commands"][1]["r"]
    assert {"icc2", "se2", "level"} <= set(icc["scalars"])
    b = e["matrices"]["b"]["values"][0]
    between, within = math.exp(2 * b[2]), math.exp(2 * b[3])
    assert icc["scalars"]["icc2"] == pytest.approx(between / (between + within), rel=1e-12)
    summary = shown["commands"][2]
    measure = load("growth").columns["measure"].values.astype(float)
    assert summary["text"] == ""
    assert {"N", "sum_w", "mean", "Var", "sd", "min", "max", "sum"} <= set(summary["r"]["scalars"])
    assert summary["r"]["scalars"]["mean"] == pytest.approx(measure.mean(), rel=1e-14)
    assert summary["r"]["scalars"]["sd"] == pytest.approx(measure.std(ddof=1), rel=1e-12)


def test_the_typed_result(envelope: Any) -> None:
    _, shown = envelope("-u", "growth", FIT, "estat icc")
    fit, icc = (record["result"] for record in shown["commands"])
    assert (fit["type"], fit["n"], fit["method"]) == ("mixed", 108, "ML")
    assert fit["ll"] == shown["commands"][0]["e"]["scalars"]["ll"]
    assert fit["coefficients"][0]["b"] == shown["commands"][0]["e"]["matrices"]["b"]["values"][0][0]
    assert icc["type"] == "estat icc"
    assert icc["levels"][0]["label"] == "idnr"


def test_missing_and_huge_numbers_are_null(envelope: Any) -> None:
    lines = ("generate x = .a", "quietly summarize x", "xtmixed measure || idnr:, nolog", "display ln(0) 1e308*10")
    status, shown = envelope("-u", "growth", *lines)
    assert status == 0
    assert shown["commands"][1]["r"]["scalars"].get("mean") is None
    assert shown["commands"][2]["e"]["scalars"]["chi2"] is None
    # A variance at its boundary has no standard error.
    _, shown = envelope("-u", "growth", "generate one = 1", "xtmixed measure age || one:, nolog")
    assert None in shown["commands"][1]["e"]["matrices"]["b"]["values"][0]


def test_a_failing_command(envelope: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = envelope("-u", "growth", "count", "xtmixed measure nope || idnr:", "count")
    assert status == shown["status"] == 1
    assert shown["error"] is None
    assert len(shown["commands"]) == 2
    failed = shown["commands"][1]
    assert (failed["command"], failed["rc"], failed["message"]) == ("xtmixed", 111, "variable nope not found")
    assert (failed["text"], failed["result"]) == ("", None)


def test_captured_errors_keep_their_code(envelope: Any) -> None:
    status, shown = envelope("-u", "growth", "capture foo", "capture noisily foo", "display _rc")
    assert status == 0
    assert [record["rc"] for record in shown["commands"]] == [199, 199, 0]
    assert [record["text"] for record in shown["commands"]] == ["", "command foo is unrecognized", "199"]


def test_errors_outside_any_command(envelope: Any, tmp_path: pathlib.Path) -> None:
    status, shown = envelope("-u", "nosuch", "count")
    assert (status, shown["status"], shown["commands"]) == (1, 1, [])
    assert shown["error"] == {"rc": 601, "message": "file nosuch.dta not found"}
    status, shown = envelope("do", str(tmp_path / "absent.do"))
    assert (status, shown["error"]["rc"]) == (1, 601)


def test_do_files_and_exit(envelope: Any, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file.do"
    path.write_text("* note\nuse growth\n\n#delimit ;\ncount if\n age == 8;\nexit 4;\ncount;\n", encoding="utf-8")
    status, shown = envelope("do", str(path))
    assert status == shown["status"] == 4
    assert [record["command"] for record in shown["commands"]] == ["use", "count", "exit"]
    assert shown["commands"][1]["r"]["scalars"] == {"N": 27}


def test_names_and_texts_of_all_languages(envelope: Any) -> None:
    status, shown = envelope('display "caf\u00e9 \u65e5\u672c \\"', "generate \u00e9t\u00e9 = 1", 'display "[x] \t"')
    assert status == 0
    assert shown["commands"][0]["text"] == "caf\u00e9 \u65e5\u672c \\"


def test_nothing_is_coloured(envelope: Any) -> None:
    _, shown = envelope("--color", "always", "-u", "growth", FIT)
    assert "\x1b" not in shown["commands"][0]["text"]
