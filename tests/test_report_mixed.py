"""The whole output of xtmixed and mixed, character by character, against outputs that Stata printed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from stata_output import Hidden, mixed

from mixedcli.records import replace
from mixedcli.report.document import Style
from mixedcli.report.mixed import mixed_document
from mixedcli.report.mixed_header import group_table
from mixedcli.report.text import to_lines, to_text
from mixedcli.results.coefficients import CoefficientRow
from mixedcli.results.mixed import (
    Estimate,
    GroupLevel,
    Iteration,
    LRTest,
    MixedOptions,
    MixedResult,
    RandomEquation,
    RandomParameter,
)
from mixedcli.results.stripe import Part, Term

FULL = {
    "Manageria..": "Managerial and technical", "Semi-skil~d": "Semi-skilled", "videorelev~t": "videorelevant",
    "physical_pu~t": "physical_punishment", "physical_punishm~t": "physical_punishment",
    "1.intervent~n": "1.intervention",
}
# number of the output: command, form of the version, linesize (what the widest line of the source allows)
OUTPUTS = {
    "010": ("xtmixed", 14, 79), "011": ("xtmixed", 14, 79), "013": ("xtmixed", 14, 79), "014": ("xtmixed", 14, 79),
    "016": ("xtmixed", 14, 79), "017": ("xtmixed", 14, 79), "019": ("xtmixed", 14, 79), "020": ("xtmixed", 14, 79),
    "022": ("mixed", 17, 79), "023": ("mixed", 17, 79), "025": ("mixed", 17, 79), "029": ("mixed", 18, 79),
    "031": ("mixed", 18, 79), "032": ("mixed", 18, 79), "034": ("mixed", 14, 80), "035": ("mixed", 14, 80),
    "037": ("mixed", 14, 79), "041": ("mixed", 14, 79), "043": ("mixed", 14, 92), "350": ("xtmixed", 13, 79),
    "352": ("mixed", 13, 79), "501": ("mixed", 18, 88), "505": ("mixed", 18, 88), "507": ("mixed", 18, 88),
    "509": ("mixed", 18, 88), "511": ("mixed", 18, 88), "519": ("mixed", 18, 80), "521": ("mixed", 18, 85),
    "525": ("mixed", 14, 79), "629": ("mixed", 18, 80),
}
BASE_LAST = {"034": ("sex",), "035": ("sex",)}          # ib2.sex: the base is the second level


@pytest.mark.parametrize("name", OUTPUTS)
def test_printed_output(shared, name):
    text = (shared / "reference" / "outputs" / f"{name}.txt").read_text().split("#---\n", 1)[1].strip("\n")
    text = text.split("\n\n\nIntraclass")[0]
    command, version, linesize = OUTPUTS[name]
    result = mixed(text, command, Hidden(FULL, BASE_LAST.get(name, ())))
    printed = to_text(mixed_document(result, Style(version, linesize)))
    assert printed.removeprefix("\n") == text


# ---- the lecture's models, in the form of version 13 -----------------------------------------------------------

NAN = math.nan


def row(term, *numbers):
    return CoefficientRow(term, *numbers)


def parameter(kind, columns, *numbers):
    return RandomParameter(kind, columns, Estimate(*numbers), Estimate(NAN), Estimate(NAN))


def lecture(coefficients, equations, residual, **changes):
    k, m = len(coefficients), sum(len(e.parameters) for e in equations) + 1
    groups = (GroupLevel("school", 64, 8, 63.390625, 198),)
    base = MixedResult(
        command="xtmixed", depvar="gcse", n=4057, method="ML", coefficients=coefficients, v_fixed=np.eye(k),
        equations=equations, residual=residual, v_random=np.eye(m), ll=-14018.571, chi2=2041.42, df_m=1, p=0.0,
        groups=groups, options=MixedOptions(nolog=True),
    )
    return replace(base, **changes)


INTERCEPT = lecture(
    (row("lrt", .5633325, .0124681, 45.18, 0.0, .5388955, .5877695),
     row("_cons", .0315991, .4018891, 0.08, .937, -.7560891, .8192873)),
    (RandomEquation("school", "Identity", ("_cons",),
                    (parameter("sd", ("_cons",), 3.042017, .3068659, 2.496296, 3.70704),)),),
    parameter("sd", ("Residual",), 7.52272, .0842097, 7.35947, 7.689592),
    lr=LRTest(403.32, 1, 0.0, "chibar2"),
)
SLOPES = (
    parameter("sd", ("lrt",), .1198846, .0189169, .0879934, .163334),
    parameter("sd", ("_cons",), 2.801682, .2895906, 2.287895, 3.43085),
    parameter("corr", ("lrt", "_cons"), .5966466, .1383159, .2608112, .8036622),
)


def school(level, **kind):
    return Part("schgend", level, **kind)


def by_type(status, level, *numbers):
    base = status == "base"
    return (CoefficientRow(Term((school(level, base=base),), status), *numbers[:6]),
            CoefficientRow(Term((school(level, base=base), Part("lrt")), status), *numbers[6:]))


ONE, ONE_LRT = by_type("base", 1, 0.0)
TWO, TWO_LRT = by_type("shown", 2, .85468, 1.08629, 0.79, .431, -1.274405, 2.983773,
                       -.0230016, .057385, -0.40, .689, -.1354742, .0894709)
THREE, THREE_LRT = by_type("shown", 3, 2.47453, .8473229, 2.92, .003, .8138071, 4.135252,
                           -.0289542, .0447088, -0.65, .517, -.1165818, .0586734)
INTERACTION = lecture(
    (row(Term((Part("lrt", operated=False),)), .5712245, .0271235, 21.06, 0.0, .5180634, .6243855),
     ONE, TWO, THREE, ONE_LRT, TWO_LRT, THREE_LRT,
     row("_cons", -.9975795, .5074132, -1.97, .049, -1.992091, -.0030679)),
    (RandomEquation("school", "Unstructured", ("lrt", "_cons"), SLOPES),),
    parameter("sd", ("Residual",), 7.442949, .0839984, 7.280122, 7.609417),
    ll=-13992.533, chi2=804.34, df_m=5, lr=LRTest(381.44, 3, 0.0, "chi2", "conservative"),
)

INTERCEPT_13 = """
Mixed-effects ML regression                     Number of obs      =      4057
Group variable: school                          Number of groups   =        64

                                                Obs per group: min =         8
                                                               avg =      63.4
                                                               max =       198


                                                Wald chi2(1)       =   2041.42
Log likelihood = -14018.571                     Prob > chi2        =    0.0000

------------------------------------------------------------------------------
        gcse |      Coef.   Std. Err.      z    P>|z|     [95% Conf. Interval]
-------------+----------------------------------------------------------------
         lrt |   .5633325   .0124681    45.18   0.000     .5388955    .5877695
       _cons |   .0315991   .4018891     0.08   0.937    -.7560891    .8192873
------------------------------------------------------------------------------

------------------------------------------------------------------------------
  Random-effects Parameters  |   Estimate   Std. Err.     [95% Conf. Interval]
-----------------------------+------------------------------------------------
school: Identity             |
                   sd(_cons) |   3.042017   .3068659      2.496296     3.70704
-----------------------------+------------------------------------------------
                sd(Residual) |    7.52272   .0842097       7.35947    7.689592
------------------------------------------------------------------------------
LR test vs. linear regression: chibar2(01) =   403.32 Prob >= chibar2 = 0.0000"""

INTERACTION_13 = """
Mixed-effects ML regression                     Number of obs      =      4057
Group variable: school                          Number of groups   =        64

                                                Obs per group: min =         8
                                                               avg =      63.4
                                                               max =       198


                                                Wald chi2(5)       =    804.34
Log likelihood = -13992.533                     Prob > chi2        =    0.0000

------------------------------------------------------------------------------
        gcse |      Coef.   Std. Err.      z    P>|z|     [95% Conf. Interval]
-------------+----------------------------------------------------------------
         lrt |   .5712245   .0271235    21.06   0.000     .5180634    .6243855
             |
     schgend |
          2  |     .85468    1.08629     0.79   0.431    -1.274405    2.983773
          3  |    2.47453   .8473229     2.92   0.003     .8138071    4.135252
             |
     schgend#|
       c.lrt |
          2  |  -.0230016    .057385    -0.40   0.689    -.1354742    .0894709
          3  |  -.0289542   .0447088    -0.65   0.517    -.1165818    .0586734
             |
       _cons |  -.9975795   .5074132    -1.97   0.049    -1.992091   -.0030679
------------------------------------------------------------------------------

------------------------------------------------------------------------------
  Random-effects Parameters  |   Estimate   Std. Err.     [95% Conf. Interval]
-----------------------------+------------------------------------------------
school: Unstructured         |
                     sd(lrt) |   .1198846   .0189169      .0879934     .163334
                   sd(_cons) |   2.801682   .2895906      2.287895     3.43085
             corr(lrt,_cons) |   .5966466   .1383159      .2608112    .8036622
-----------------------------+------------------------------------------------
                sd(Residual) |   7.442949   .0839984      7.280122    7.609417
------------------------------------------------------------------------------
LR test vs. linear regression:       chi2(3) =   381.44   Prob > chi2 = 0.0000

Note: LR test is conservative and provided only for reference."""


@pytest.mark.parametrize(("result", "printed"), [(INTERCEPT, INTERCEPT_13), (INTERACTION, INTERACTION_13)])
def test_the_lectures_tables(result, printed):
    assert to_text(mixed_document(result, Style(13, 79))) == printed


def printed_lines(result, version=13, linesize=79):
    return to_lines(mixed_document(result, Style(version, linesize)))


def with_options(result, **options):
    return replace(result, options=replace(result.options, **options))


def test_pieces_are_dropped_as_units():
    whole = INTERCEPT_13.split("\n")
    assert printed_lines(with_options(INTERCEPT, noheader=True)) == whole[11:]
    assert printed_lines(with_options(INTERCEPT, nofetable=True)) == whole[:11] + whole[18:]
    assert printed_lines(with_options(INTERCEPT, nolrtest=True)) == whole[:-1]
    assert printed_lines(with_options(INTERCEPT, noretable=True)) == [*whole[:18], whole[-1]]
    header = printed_lines(with_options(INTERCEPT, nogroup=True))[:5]
    assert header == [whole[0], whole[1], "", whole[9], whole[10]]


def test_the_log_of_a_default_fit():
    log = (Iteration(-14018.6, "(not concave)"), Iteration(-14018.571))
    result = replace(INTERCEPT, log=log, options=MixedOptions())
    assert printed_lines(result)[:11] == [
        "", "Performing EM optimization: ", "", "Performing gradient-based optimization: ", "",
        "Iteration 0:   log likelihood =   -14018.6  (not concave)", "Iteration 1:   log likelihood = -14018.571  ",
        "", "Computing standard errors:", "", INTERCEPT_13.split("\n")[1],
    ]
    ten = replace(result, command="mixed", log=(Iteration(-14018.571),) * 11)
    assert "Iteration 10: Log likelihood = -14018.571  " in printed_lines(ten, 18)
    assert "Iteration 10:  log likelihood = -14018.571  " in printed_lines(ten, 16)


def test_nostderr_leaves_cells_missing_and_drops_the_computing_line():
    bare = parameter("sd", ("_cons",), 3.042017, NAN, NAN, NAN)
    result = replace(INTERCEPT, equations=(RandomEquation("school", "Identity", ("_cons",), (bare,)),),
                     log=(Iteration(-14018.571),), options=MixedOptions(nostderr=True))
    text = printed_lines(result)
    assert "Computing standard errors:" not in text
    assert "                   sd(_cons) |   3.042017          .             .           ." in text


def test_a_replay_has_no_log_and_no_notes():
    result = replace(INTERCEPT, log=(Iteration(-14018.571),), options=MixedOptions(), notes=("note: x omitted",))
    assert to_text(mixed_document(result, Style(13, 79), replay=True)) == INTERCEPT_13
    assert printed_lines(result)[0] == "note: x omitted"


def test_value_labels_show_from_13_on():
    labels = {"schgend": {1: "mixed", 2: "boys only", 3: "girls only"}}
    labelled = replace(INTERACTION, value_labels=labels)
    text = printed_lines(labelled)
    assert "  boys only  |     .85468    1.08629     0.79   0.431    -1.274405    2.983773" in text
    assert " girls only  |  -.0289542   .0447088    -0.65   0.517    -.1165818    .0586734" in text
    assert "          2  |     .85468" in "\n".join(printed_lines(labelled, 12))


def test_a_wide_page_keeps_the_interaction_on_one_line():
    text = printed_lines(INTERACTION, 14, 92)
    assert "schgend#c.lrt |" in text
    assert "-" * 79 in text
    # from 18 on the longest name of the random part widens the fixed table too; the random table stays
    text = printed_lines(INTERACTION, 18, 92)
    assert "  schgend#c.lrt |" in text
    assert text.count("-" * 81) == 2
    assert text.count("-" * 78) == 2


def test_the_probability_of_the_lr_test_is_flush_right_from_14_on():
    tests = [x for x in printed_lines(INTERACTION, 14) if x.startswith("LR test")]
    assert tests == ["LR test vs. linear model: chi2(3) = 381.44                Prob > chi2 = 0.0000"]
    tiny = replace(INTERCEPT, lr=LRTest(2.3e-13, 1, 1.0, "chibar2"))
    tests = [x for x in printed_lines(tiny, 14) if x.startswith("LR test")]
    assert tests == ["LR test vs. linear model: chibar2(01) = 2.3e-13       Prob >= chibar2 = 1.0000"]


def test_other_confidence_levels_keep_the_right_edge():
    for level, words in ((90, "[90% Conf. Interval]"), (99.5, "[99.5% Conf. Interval]")):
        headings = [x for x in printed_lines(replace(INTERCEPT, level=level)) if "Interval" in x]
        assert len(headings) == 2
        assert all(x.endswith(words) and len(x) == 78 for x in headings)


def test_levels_without_columns_and_long_names():
    equations = (
        RandomEquation("id", "(empty)", ()),
        RandomEquation("a_rather_long_group_name", "Unstructured", ("homework_hours", "working_memory"), (
            parameter("corr", ("homework_hours", "working_memory"), .5, .1, .3, .7),)),
        RandomEquation("_all", "Identity", tuple(f"x{i}" for i in range(1, 21)), (
            parameter("sd", tuple(f"x{i}" for i in range(1, 21)), 1.5, .1, 1.3, 1.7),)),
    )
    text = printed_lines(replace(INTERCEPT, equations=equations))
    assert "id:                  (empty) |" in text
    assert "a_rather_lon~e: Unstructured |" in text
    assert all(x[28:30] == " |" for x in text if "corr(" in x or "x1.." in x)
    assert any(x.startswith("(1) x1 x2 x3") for x in text)


def test_the_estimation_metric_is_one_table_with_an_equation_for_each_parameter():
    raw = RandomParameter("sd", ("_cons",), Estimate(3.0), Estimate(9.0), Estimate(1.1125204, .1008758, .9148, 1.3102),
                          11.03, 0.0)
    residual = RandomParameter("sd", ("Residual",), Estimate(7.5), Estimate(56.0),
                               Estimate(2.0179277, .011194, 1.9960, 2.0399), 180.27, 0.0)
    equation = RandomEquation("school", "Identity", ("_cons",), (raw,))
    result = replace(INTERCEPT, equations=(equation,), residual=residual,
                     options=MixedOptions(nolog=True, estmetric=True))
    table = printed_lines(result)[12:]
    assert table[3:] == [
        "gcse         |",
        "         lrt |   .5633325   .0124681    45.18   0.000     .5388955    .5877695",
        "       _cons |   .0315991   .4018891     0.08   0.937    -.7560891    .8192873",
        "-------------+----------------------------------------------------------------",
        "lns1_1_1     |",
        "       _cons |    1.11252   .1008758    11.03   0.000        .9148      1.3102",
        "-------------+----------------------------------------------------------------",
        "lnsig_e      |",
        "       _cons |   2.017928    .011194   180.27   0.000        1.996      2.0399",
        "------------------------------------------------------------------------------",
        "LR test vs. linear regression: chibar2(01) =   403.32 Prob >= chibar2 = 0.0000",
    ]


def test_the_group_table_of_13():
    groups = (GroupLevel("c1mincode", 177, 2, 13.514, 19), GroupLevel("country", 1177, 2, 13.5, 19))
    assert to_lines(group_table(groups, Style(13, 79))) == [
        "-" * 59,
        "                |   No. of       Observations per Group",
        " Group Variable |   Groups    Minimum    Average    Maximum",
        "----------------+------------------------------------------",
        "      c1mincode |      177          2       13.5         19",
        "        country |     1177          2       13.5         19",
        "-" * 59,
    ]


# ---- e() -------------------------------------------------------------------------------------------------------


def test_stored_names_and_metric():
    equations = (
        RandomEquation("school", "Unstructured", ("lrt", "_cons"), tuple(
            replace(p, raw=Estimate(value)) for p, value in zip(SLOPES, (-2.12, 1.03, .688), strict=True))),
        RandomEquation("child", "Identity", ("_cons",), (parameter("sd", ("_cons",), 1.0),)),
        RandomEquation("child", "Independent", ("a", "b"),
                       (parameter("sd", ("a",), 1.0), parameter("sd", ("b",), 1.0))),
    )
    stored = replace(INTERACTION, equations=equations, v_fixed=np.eye(8), v_random=2 * np.eye(7)).stored()
    b, v = stored.matrices["b"], stored.matrices["V"]
    assert [str(name) for name in b.columns] == [
        "gcse:lrt", "gcse:1b.schgend", "gcse:2.schgend", "gcse:3.schgend", "gcse:1b.schgend#c.lrt",
        "gcse:2.schgend#c.lrt", "gcse:3.schgend#c.lrt", "gcse:_cons", "lns1_1_1:_cons", "lns1_1_2:_cons",
        "atr1_1_1_2:_cons", "lns2_1_1:_cons", "lns2_2_1:_cons", "lns2_2_2:_cons", "lnsig_e:_cons",
    ]
    assert b.values[0, 8:11].tolist() == [-2.12, 1.03, .688]
    assert v.values.shape == (15, 15)
    assert v.values[8, 8] == 2
    assert v.rows == v.columns == b.columns
    assert stored.scalars["k_rs"] == 6
    assert stored.scalars["k_rc"] == 1
    assert stored.scalars["chi2_c"] == 381.44
    assert stored.macros["revars"] == "lrt _cons _cons a b"
    assert stored.matrices["N_g"].values.tolist() == [[64.0]]
    assert stored.sample
