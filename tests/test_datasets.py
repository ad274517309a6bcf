"""The bundled data sets: their values against published results and against the files those came from."""

from __future__ import annotations

import csv
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from mixedcli.data.columns import numeric
from mixedcli.data.dataset import Dataset
from mixedcli.data.dta_read import read_dta
from mixedcli.data.load import load
from mixedcli.resources import dataset_names

VARIABLES = {
    "bangladesh": "district c_use urban age child1 child2 child3 children",
    "egm": "schoolid childid year grade math retained female black hispanic size lowinc mobility",
    "epilepsy": "subject seizures treat visit v4 lage lbas lbas_trt period age base",
    "fife": "pid sid pupil attain vrq sex sc",
    "gcse": "school student gcse lrt girl schgend schavg vr intake type pupilid nstu",
    "growth": "idnr indiv age sex measure",
    "hsb": "schoolid minority female ses mathach sector ses_mn ses_dev",
    "melanoma": "nation region county deaths expected uv",
    "productivity": "state region year public hwy water other private gsp emp unemp",
    "pups": "dam sex rat dose w size weight",
    "sleepstudy": "subject days reaction",
}
ROWS = {
    "bangladesh": 1934,
    "egm": 7230,
    "epilepsy": 236,
    "fife": 3435,
    "gcse": 4059,
    "growth": 108,
    "hsb": 7185,
    "melanoma": 354,
    "productivity": 816,
    "pups": 321,
    "sleepstudy": 180,
}


def values(dataset: Dataset, name: str) -> np.ndarray:
    column = dataset.columns[name]
    return column.values if column.storage.startswith("str") else numeric(column)


def least_squares(y: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """Coefficients, those of ``columns`` first and the constant last."""
    return np.linalg.lstsq(np.column_stack([*columns, np.ones(len(y))]), y, rcond=None)[0]


def sizes(dataset: Dataset, name: str) -> np.ndarray:
    return np.unique(values(dataset, name), return_counts=True)[1]


# --------------------------------------------------------------------------------------------------------- all


def test_these_are_bundled() -> None:
    assert dataset_names() == tuple(sorted(VARIABLES))


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_labels_and_format(root: pathlib.Path, name: str) -> None:
    found = load(name, bundled_first=True)
    assert " ".join(found.names) == VARIABLES[name]
    assert found.n == ROWS[name]
    assert found.label and all(c.label for c in found.columns.values())
    assert all(len(text) <= 80 for text in (found.label, *(c.label for c in found.columns.values())))
    attached = {c.value_label for c in found.columns.values() if c.value_label}
    assert attached <= set(found.value_labels)
    assert all(np.all(values(found, v) < 1e300) for v in found.names if not found.columns[v].storage.startswith("str"))
    assert (root / "datasets" / f"{name}.dta").read_bytes()[28:31] == b"118"


def test_the_folder_holds_nothing_else_and_the_readme_names_each(root: pathlib.Path) -> None:
    folder = root / "datasets"
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    scripts = {"make/export.R", "make/make_datasets.py"}
    assert files == {f"{name}.dta" for name in VARIABLES} | scripts | {"README.md", "lecture.do"}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in readme for name in VARIABLES)
    assert "/home/" not in "".join((folder / s).read_text(encoding="utf-8") for s in scripts)


def test_the_scripts_make_the_same_bytes_again(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    packages = "c('mlmRev','nlme','lme4','plm','MASS')"
    probe = f"quit(status = !all(nzchar(sapply({packages}, function(p) system.file(package = p)))))"
    if shutil.which("Rscript") is None or subprocess.run(["Rscript", "-e", probe], check=False).returncode:
        pytest.skip("needs Rscript with mlmRev, nlme, lme4, plm and MASS")
    make = root / "datasets" / "make"
    made = tmp_path / "made"
    made.mkdir()
    subprocess.run(["Rscript", str(make / "export.R"), str(tmp_path)], check=True, capture_output=True)
    script = [sys.executable, str(make / "make_datasets.py"), str(tmp_path), str(made)]
    subprocess.run(script, check=True, capture_output=True, cwd=root)
    for name in VARIABLES:
        assert (made / f"{name}.dta").read_bytes() == (root / "datasets" / f"{name}.dta").read_bytes(), name


# ------------------------------------------------------------------------- against published results, one by one


def test_gcse_gives_the_lectures_school_by_school_regressions() -> None:
    found = load("gcse", bundled_first=True)
    school, gcse, lrt, nstu = (values(found, v) for v in ("school", "gcse", "lrt", "nstu"))
    kept = nstu > 4
    assert kept.sum() == 4057
    fits = np.array([least_squares(gcse[school == s], lrt[school == s]) for s in np.unique(school[kept])])
    beta, alpha = fits.T
    assert len(fits) == 64
    expected = {"mean": (-0.1805974, 0.5390514), "min": (-8.519253, 0.0380965), "max": (6.838716, 1.076979)}
    for statistic, (of_alpha, of_beta) in expected.items():
        assert getattr(np, statistic)(alpha) == pytest.approx(of_alpha, rel=2e-7)
        assert getattr(np, statistic)(beta) == pytest.approx(of_beta, rel=2e-6)
    assert alpha.std(ddof=1) == pytest.approx(3.291357, rel=2e-7)


def test_gcse_has_the_types_and_codes_the_lecture_needs() -> None:
    found = load("gcse", bundled_first=True)
    assert {c.storage for name, c in found.columns.items() if name != "nstu"} == {"float"}
    assert found.columns["nstu"].storage == "int"
    assert found.columns["nstu"].label == "Number of students in school"
    assert found.value_labels["schgend"] == {1: "mixed", 2: "boys only", 3: "girls only"}
    assert found.columns["schgend"].value_label == ""
    school, student, nstu = (values(found, v) for v in ("school", "student", "nstu"))
    for s in np.unique(school):
        rows = school == s
        assert student[rows].tolist() == list(range(1, rows.sum() + 1))
        assert set(nstu[rows]) == {rows.sum()}
    girl, schgend = values(found, "girl"), values(found, "schgend")
    assert girl[schgend == 2].max() == 0 and girl[schgend == 3].min() == 1
    assert found.sorted_by == ("school", "student")


def test_growth_gives_the_published_slopes() -> None:
    found = load("growth", bundled_first=True)
    age, girl, measure = values(found, "age"), values(found, "sex") - 1.0, values(found, "measure")
    # every child was measured at the same ages, so that the mixed model's fixed part is least squares'
    fit = least_squares(measure, age, girl, girl * age)
    assert fit == pytest.approx([0.784375, 1.032102, -0.3048295, 16.34063], rel=1e-6)
    assert sizes(found, "idnr").tolist() == [4] * 27
    assert found.value_labels[found.columns["sex"].value_label] == {1: "boy", 2: "girl"}


def test_hsb_gives_the_printed_summary() -> None:
    found = load("hsb", bundled_first=True)
    printed = {
        "ses": (0.0001434, 0.7793552, -3.758, 2.692),
        "ses_mn": (0.0001434, 0.4135432, -1.193946, 0.8249825),
    }
    for name, (mean, sd, low, high) in printed.items():
        x = values(found, name)
        assert x.mean() == pytest.approx(mean, abs=6e-8) and x.std(ddof=1) == pytest.approx(sd, abs=6e-8)
        assert x.min() == pytest.approx(low, rel=1e-6) and x.max() == pytest.approx(high, rel=1e-6)
    counts = sizes(found, "schoolid")
    assert (len(counts), counts.min(), counts.max()) == (160, 14, 67)
    # least squares of this balanced decomposition: the within slope is the mixed model's 2.191172
    assert least_squares(values(found, "mathach"), values(found, "ses_dev"))[0] == pytest.approx(2.191172, rel=1e-6)


def test_egm_has_the_printed_groups() -> None:
    found = load("egm", bundled_first=True)
    schools, children = sizes(found, "schoolid"), sizes(found, "childid")
    assert (len(schools), schools.min(), schools.max()) == (60, 18, 387)
    assert (len(children), children.min(), children.max()) == (1721, 2, 6)


def test_pups_gives_the_published_within_litter_difference() -> None:
    found = load("pups", bundled_first=True)
    dam, sex, w = values(found, "dam"), values(found, "sex"), values(found, "w")
    dummies = (dam[:, None] == np.unique(dam)[None, 1:]).astype(float)
    slope = least_squares(w, sex, *dummies.T)[0]
    assert slope == pytest.approx(-0.3752769, abs=6e-8)
    assert w.mean() - slope * sex.mean() == pytest.approx(6.256609, abs=6e-7)
    counts = dict(zip(*np.unique(dam, return_counts=True), strict=True))
    assert (len(counts), min(counts.values()), max(counts.values())) == (27, 2, 18)
    assert values(found, "size").tolist() == [counts[d] for d in dam]
    assert (w != values(found, "weight")).sum() == 2


def test_sleepstudy_gives_lme4s_fixed_effects() -> None:
    found = load("sleepstudy", bundled_first=True)
    fit = least_squares(values(found, "reaction"), values(found, "days"))
    assert fit == pytest.approx([10.46729, 251.40510], abs=6e-6)
    assert sizes(found, "subject").tolist() == [10] * 18


def test_productivity_gives_baltagis_pooled_regression() -> None:
    found = load("productivity", bundled_first=True)
    x = [np.log(values(found, "public")), *(values(found, v) for v in ("private", "emp", "unemp"))]
    fit = least_squares(values(found, "gsp"), *x)
    assert fit == pytest.approx([0.155, 0.309, 0.594, -0.007, 1.643], abs=6e-4)
    assert sizes(found, "state").tolist() == [17] * 48
    regions = sizes(found, "region")
    assert (len(regions), regions.min(), regions.max()) == (9, 51, 136)
    # the parts of public capital add up to it
    parts = sum(np.exp(values(found, v)) for v in ("hwy", "water", "other"))
    assert parts == pytest.approx(values(found, "public"), rel=1e-5)


def test_bangladesh_has_the_printed_groups_and_codes() -> None:
    found = load("bangladesh", bundled_first=True)
    counts = sizes(found, "district")
    assert (len(counts), counts.min(), round(counts.mean(), 1), counts.max()) == (60, 2, 32.2, 118)
    children = values(found, "children")
    for k in (1, 2, 3):
        assert np.array_equal(values(found, f"child{k}"), children == k)
    # the smallest district, where a logit of its own does not exist
    use, district = values(found, "c_use"), values(found, "district")
    assert use[district == 3].tolist() == [1, 1]
    assert found.sorted_by == ("district",)
    age = values(found, "age")
    assert abs(age.mean()) < 5e-3 and set(np.round(np.abs(age) % 1, 2)) == {0.44, 0.56}


def test_melanoma_has_the_published_sizes() -> None:
    found = load("melanoma", bundled_first=True)
    nations, regions = sizes(found, "nation"), sizes(found, "region")
    assert (len(nations), nations.min(), nations.max()) == (9, 3, 95)
    assert (len(regions), regions.min(), regions.max()) == (78, 1, 13)
    assert found.value_labels["nationlbl"][2] == "W. Germany"
    # regions are nested in nations
    pairs = set(zip(values(found, "region"), values(found, "nation"), strict=True))
    assert len(pairs) == 78


def test_epilepsy_gives_the_published_poisson_regression() -> None:
    """Breslow and Clayton (1993), table 4, model I: the log-linear model without random effects."""
    found = load("epilepsy", bundled_first=True)
    names = ("lbas", "treat", "lbas_trt", "lage", "v4")
    x = np.column_stack([*(values(found, n) for n in names), np.ones(found.n)])
    y = values(found, "seizures")
    b = np.zeros(6)
    b[-1] = np.log(y.mean())
    for _ in range(30):
        mu = np.exp(x @ b)
        b += np.linalg.solve(x.T @ (mu[:, None] * x), x.T @ (y - mu))
    assert b[:5] == pytest.approx([0.95, -1.34, 0.56, 0.90, -0.16], abs=6e-3)
    for name in ("lage", "lbas", "lbas_trt"):
        assert abs(values(found, name).mean()) < 1e-6
    assert y[30] == 23 and y.sum() == 1950


def test_fife_gives_the_published_sizes() -> None:
    found = load("fife", bundled_first=True)
    primary, secondary = sizes(found, "pid"), sizes(found, "sid")
    assert (len(primary), primary.min(), primary.max()) == (148, 1, 72)
    assert (len(secondary), secondary.min(), secondary.max()) == (19, 92, 290)
    assert 99 > values(found, "vrq").mean() > 97


# ----------------------------------------------------------------------------- against the files of the references

def same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}


SAME = {
    "bangladesh": same(VARIABLES["bangladesh"]),
    "melanoma": same(VARIABLES["melanoma"]),
    "epilepsy": same("treat visit") | {"subject": "subj", "seizures": "y"},
    "fife": same(VARIABLES["fife"]),
    "gcse": same("school student gcse lrt girl schgend") | {"vr": "schav", "intake": "vrband"},
    "growth": same(VARIABLES["growth"]),
    "hsb": same("schoolid minority female ses mathach sector") | {"ses_mn": "mnses"},
    "egm": same(VARIABLES["egm"]),
    "pups": same("dam sex rat dose w"),
    "productivity": same(VARIABLES["productivity"]),
}

FILES = {"melanoma": "skincancer", "epilepsy": "epilep"}     # where the reference has another name
RETYPED = {"hsb", "melanoma", "epilepsy", "fife"}            # all floats there, integers kept as such here


@pytest.mark.parametrize("name", SAME)
def test_equal_to_the_reference_file_bit_for_bit(shared: pathlib.Path, name: str) -> None:
    ours = load(name, bundled_first=True)
    theirs = read_dta(str(shared / "data" / f"{FILES.get(name, name)}.dta"))
    assert ours.n == theirs.n
    for mine, other in SAME[name].items():
        left, right = values(ours, mine), values(theirs, other)
        assert np.array_equal(left, right), (name, mine)
        assert name in RETYPED or ours.columns[mine].storage == theirs.columns[other].storage, (name, mine)


def test_epilepsys_logarithms_are_those_of_the_reference(shared: pathlib.Path) -> None:
    ours, theirs = load("epilepsy", bundled_first=True), read_dta(str(shared / "data" / "epilep.dta"))
    for name in ("lage", "lbas", "lbas_trt"):
        assert np.abs(values(ours, name) - values(theirs, name)).max() < 2e-7, name
    assert np.array_equal(values(ours, "v4") - 0.25, values(theirs, "v4"))


def test_gcse_and_lrt_are_the_published_floats(shared: pathlib.Path) -> None:
    ours, theirs = load("gcse", bundled_first=True), read_dta(str(shared / "data" / "gcse.dta"))
    for name in ("gcse", "lrt"):
        assert ours.columns[name].values.tobytes() == theirs.columns[name].values.tobytes()


def test_hsb_deviations_are_those_of_the_reference(shared: pathlib.Path) -> None:
    ours, theirs = load("hsb", bundled_first=True), read_dta(str(shared / "data" / "hsb.dta"))
    expected = (values(theirs, "ses") - values(theirs, "mnses")).astype(np.float32)
    assert np.array_equal(ours.columns["ses_dev"].values, expected)


def test_every_line_of_the_index_on_bundled_data_finds_its_variables(shared: pathlib.Path) -> None:
    """Commands printed on these data sets name variables that are there (made ones aside)."""
    made = {"yearBlack", "yearHispanic", "yearLowinc", "meanses", "mathgroup"}
    words = {"c", "i", "i2", "mle", "reml", "covariance", "unstructured", "vce", "robust", "fe"}
    with open(shared / "reference" / "outputs" / "index.csv", newline="", encoding="utf-8") as file:
        lines = [(r["command"], r["dataset"].split()[0]) for r in csv.DictReader(file)]
    checked = 0
    for command, name in lines:
        if name in VARIABLES and command.split()[0] in ("xtmixed", "mixed"):
            body = command.split(None, 1)[1]
            for mark in "|:,#.()":
                body = body.replace(mark, " ")
            unknown = set(body.split()) - words - made - set(VARIABLES[name].split())
            assert not unknown, (command, unknown)
            checked += 1
    assert checked >= 6
