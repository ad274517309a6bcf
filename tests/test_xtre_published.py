"""xtlogit and xtpoisson against what Stata printed: tables and logs, from the data to the last rule.

The hospital births are Lillard and Panis' as G. Rodriguez analyses them in his course Multilevel Models (Princeton); the
ships are table 6.2 of McCullagh and Nelder (1989), with the results in the manual's entry on xtpoisson, written down from
memory before the command was run.
"""

from __future__ import annotations

import pathlib
import re

import pytest
from sessions import run, shown

from mixedcli.session import Session

HOSPITAL = "infile hosp loginc distance dropout college mother using {}/data/hospital.dat, clear"
COMMAND = "xtlogit hosp loginc distance dropout college, i(mother) re"
FAR = 5e-5                            # how far Stata's own search stops from the maximum

# Ship type, year of construction, period of operation, months of service, accidents; without the empty cells.
SHIPS = """1 60 60 127 0/1 60 75 63 0/1 65 60 1095 3/1 65 75 1095 4/1 70 60 1512 6/1 70 75 3353 18/1 75 75 2244 11
2 60 60 44882 39/2 60 75 17176 29/2 65 60 28609 58/2 65 75 20370 53/2 70 60 7064 12/2 70 75 13099 44/2 75 75 7117 18
3 60 60 1179 1/3 60 75 552 1/3 65 60 781 0/3 65 75 676 1/3 70 60 783 6/3 70 75 1948 2/3 75 75 274 1/4 60 60 251 0
4 60 75 105 0/4 65 60 288 0/4 65 75 192 0/4 70 60 349 2/4 70 75 1208 11/4 75 75 2051 4/5 60 60 45 0/5 65 60 789 7
5 65 75 437 7/5 70 60 1157 5/5 70 75 2161 12/5 75 75 542 1"""
ACCIDENTS = "xtpoisson accident op_75_79 co_65_69 co_70_74 co_75_79, exposure(service) irr"


def hospital(shared: pathlib.Path, version: int = 17) -> Session:
    session = Session()
    run(session, f"version {version}\n{HOSPITAL.format(shared)}")
    return session


def ships() -> Session:
    session = Session()
    rows = SHIPS.replace("/", "\n")
    run(session, f"version 17\ninput ship year period service accident\n{rows}\nend\nxtset ship")
    names = ("op_75_79 = period == 75", "co_65_69 = year == 65", "co_70_74 = year == 70", "co_75_79 = year == 75")
    run(session, "\n".join(f"generate {each}" for each in names))
    return session


def numbers(text: str, row: str) -> list[float]:
    """The numbers right of the bar in the row of that name."""
    found = re.search(rf"^ *{re.escape(row)} \|(.*)$", text, re.M)
    assert found, row
    return [float(each) for each in re.findall(r"-?\d*\.?\d+(?:e[-+]\d+)?", found[1])]


# ---- hospital births ---------------------------------------------------------------------------------------------

PRINTED = {
    "loginc": [".5622009", ".0727497", "7.73", "0.000", ".4196141", ".7047876"],
    "distance": ["-.0765915", ".0323473", "-2.37", "0.018", "-.1399911", "-.013192"],
    "dropout": ["-1.997753", ".2556249", "-7.82", "0.000", "-2.498769", "-1.496737"],
    "college": ["1.03363", ".3884851", "2.66", "0.008", ".2722135", "1.795047"],
    "_cons": ["-3.36984", ".4794505", "-7.03", "0.000", "-4.309546", "-2.430134"],
    "/lnsig2u": [".4372018", ".3161192", "-.1823805", "1.056784"],
    "sigma_u": ["1.244335", ".1966791", ".912844", "1.696203"],
    "rho": [".3200274", ".0687907", ".2020988", ".4665343"],
}


@pytest.mark.parametrize("row", PRINTED)
def test_hospital_table(shared: pathlib.Path, row: str) -> None:
    text = shown(hospital(shared), COMMAND)
    assert numbers(text, row) == pytest.approx([float(each) for each in PRINTED[row]], rel=FAR, abs=1e-6)


def test_hospital_log(shared: pathlib.Path) -> None:
    """The comparison model and the way along tau are Stata's to the last digit; so is where the search begins."""
    text = shown(hospital(shared), COMMAND)
    expected = """
Fitting comparison model:

Iteration 0:   log likelihood = -644.95401
Iteration 1:   log likelihood = -541.44886
Iteration 2:   log likelihood =  -537.4711
Iteration 3:   log likelihood = -537.45771
Iteration 4:   log likelihood = -537.45771

Fitting full model:

tau =  0.0     log likelihood = -537.45771
tau =  0.1     log likelihood = -534.03315
tau =  0.2     log likelihood = -530.99872
tau =  0.3     log likelihood = -528.53741
tau =  0.4     log likelihood = -526.88308
tau =  0.5     log likelihood = -526.38822
tau =  0.6     log likelihood = -527.67382

Iteration 0:   log likelihood =  -526.3876
"""
    printed = "\n".join(line.rstrip() for line in text.split("\n"))
    assert printed.startswith(expected.rstrip("\n") + "\n")


def test_hospital_header_and_footer(shared: pathlib.Path) -> None:
    text = shown(hospital(shared), COMMAND)
    header = """
Random-effects logistic regression                   Number of obs    =  1,060
Group variable: mother                               Number of groups =    501

Random effects u_i ~ Gaussian                        Obs per group:
                                                                  min =      1
                                                                  avg =    2.1
                                                                  max =     10

Integration method: mvaghermite                      Integration pts. =     12

                                                     Wald chi2(4)     = 110.06
Log likelihood = -522.65042                          Prob > chi2      = 0.0000

"""
    assert header in text
    assert text.endswith("LR test of rho=0: chibar2(01) = 29.61                  Prob >= chibar2 = 0.000")


def test_union_layout(shared: pathlib.Path) -> None:
    """The layout of a whole output of Stata 17, with its numbers put into our result (the data are not at hand)."""
    from test_xtre_report import union_result

    from mixedcli.report.document import Style
    from mixedcli.report.text import to_text
    from mixedcli.report.xtre import xtre_document

    expected = (shared / "reference" / "outputs" / "090.txt").read_text("utf-8").partition("#---\n")[2]
    assert to_text(xtre_document(union_result(), Style(version=17))).strip("\n") == expected.strip("\n")


# ---- ships -------------------------------------------------------------------------------------------------------

GAMMA = {
    "op_75_79": ["1.466305", ".1734005", "3.24", "0.001", "1.162957", "1.848777"],
    "co_65_69": ["2.032543", ".304083", "4.74", "0.000", "1.515982", "2.72512"],
    "co_70_74": ["2.356853", ".3999259", "5.05", "0.000", "1.690033", "3.286774"],
    "co_75_79": ["1.641913", ".3811398", "2.14", "0.033", "1.04174", "2.58786"],
    "/lnalpha": ["-2.368406", ".8474597", "-4.029397", "-.7074155"],
    "alpha": [".0936298", ".0793475", ".0177851", ".4929165"],
}
NORMAL = {
    "op_75_79": ["1.466677", ".1734403"],
    "co_65_69": ["2.032604", ".3040933"],
    "co_70_74": ["2.357045", ".3998397"],
    "co_75_79": ["1.646935", ".3820235"],
    "/lnsig2u": ["-2.351868", ".8586262", "-4.034745", "-.6689918"],
    "sigma_u": [".3085306", ".1324562", ".1330045", ".7156988"],
}


@pytest.mark.parametrize("row", GAMMA)
def test_ships_with_gamma_effects(row: str) -> None:
    """A closed form: every printed digit."""
    text = shown(ships(), ACCIDENTS)
    units = [10.0 ** -len(each.partition(".")[2]) for each in GAMMA[row]]
    for found, each, unit in zip(numbers(text, row), GAMMA[row], units, strict=True):
        assert found == pytest.approx(float(each), abs=1.001 * unit)
    assert "LR test of alpha=0: chibar2(01) = 10.61                Prob >= chibar2 = 0.001" in text
    assert "Log likelihood = -74.811217 " in text
    assert "ln(service) |          1  (exposure)" in text


@pytest.mark.parametrize("row", NORMAL)
def test_ships_with_normal_effects(row: str) -> None:
    text = shown(ships(), f"{ACCIDENTS} normal")
    expected = [float(each) for each in NORMAL[row]]
    assert numbers(text, row)[: len(expected)] == pytest.approx(expected, rel=FAR, abs=1e-6)
    assert "LR test of sigma_u=0: chibar2(01) = 10.67              Prob >= chibar2 = 0.001" in text
    assert "Log likelihood = -74.780982 " in text
