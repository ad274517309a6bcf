"""Makes the bundled data sets from the CSV files that export.R wrote.

    Rscript datasets/make/export.R FOLDER
    python datasets/make/make_datasets.py FOLDER [OUTPUT]

OUTPUT is the folder above this script unless given.  The same input gives the same bytes.
"""

from __future__ import annotations

import csv
import pathlib
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from mixedcli.data.columns import new_numeric, new_string, sort_rows
from mixedcli.data.dataset import Column, Dataset
from mixedcli.data.dta_write import write_dta
from mixedcli.records import replace

TIMESTAMP = " 1 Jan 2026 12:00"      # fixed, so that a rerun gives the same bytes
Table = dict[str, list[str]]


def main(arguments: list[str]) -> None:
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    source = pathlib.Path(arguments[0])
    output = pathlib.Path(arguments[1]) if len(arguments) == 2 else pathlib.Path(__file__).resolve().parent.parent
    for make, table in MAKERS.items():
        write_dta(make(read_table(source / f"{table}.csv")), str(output / f"{make.__name__}.dta"), TIMESTAMP)


def read_table(path: pathlib.Path) -> Table:
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {name: [row[j] for row in rows[1:]] for j, name in enumerate(rows[0])}


# ------------------------------------------------------------------------------------------------- the data sets


def gcse(exam: Table) -> Dataset:
    """mlmRev::Exam, in its own order, on the scale of Rabe-Hesketh and Skrondal's file."""
    score_exceptions = {"-0.129085": "-0.12908", "0.0043222": "0.0043218"}
    lrt_exceptions = {"0.3711052": "0.37110"}
    schools = exam["school"]
    sizes = Counter(schools)
    bands = {"bottom 25%": 1, "mid 50%": 2, "top 25%": 3}
    return dataset(
        "Exam scores of 4,059 pupils in 65 inner London schools",
        [
            number("school", schools, "School identifier"),
            number("student", running_number(schools), "Student number within school"),
            number("gcse", tenfold(exam["normexam"], score_exceptions), "Age 16 exam score (GCSE), z-score x 10"),
            number("lrt", tenfold(exam["standLRT"], lrt_exceptions), "Age 11 London Reading Test score, z-score x 10"),
            number("girl", coded(exam["sex"], {"M": 0, "F": 1}), "Student is a girl"),
            number("schgend", coded(exam["schgend"], {"mixed": 1, "boys": 2, "girls": 3}), "School gender"),
            number("schavg", exam["schavg"], "School average of intake score"),
            number("vr", coded(exam["vr"], bands), "Verbal reasoning band at intake", labels="bandlbl"),
            number("intake", coded(exam["intake"], bands), "Band of intake score", labels="bandlbl"),
            number("type", coded(exam["type"], {"Mxd": 1, "Sngl": 2}), "School type", labels="typelbl"),
            number("pupilid", exam["student"], "Student identifier in Exam"),
            number("nstu", [sizes[s] for s in schools], "Number of students in school", "int"),
        ],
        {
            # Defined but not attached: the printed analyses show the levels as numbers.
            "schgend": {1: "mixed", 2: "boys only", 3: "girls only"},
            "bandlbl": {code: text for text, code in bands.items()},
            "typelbl": {1: "mixed", 2: "single-sex"},
        },
        ("school", "student"),
    )


def growth(orthodont: Table) -> Dataset:
    """nlme::Orthodont with girls first, children numbered from 1, as the data are usually printed."""
    children = [(0 if s[0] == "F" else 1, int(s[1:])) for s in orthodont["Subject"]]
    ids = {child: i + 1 for i, child in enumerate(sorted(set(children)))}
    made = dataset(
        "Distance from pituitary to maxilla in 27 children (Potthoff and Roy 1964)",
        [
            number("idnr", [ids[c] for c in children], "Child identifier", "byte"),
            number("indiv", [c[1] for c in children], "Child number within sex", "byte"),
            number("age", orthodont["age"], "Age in years", "byte"),
            number("sex", coded(orthodont["Sex"], {"Male": 1, "Female": 2}), "Sex", "byte", "sexlbl"),
            number("measure", orthodont["distance"], "Pituitary to pterygomaxillary fissure (mm)"),
        ],
        {"sexlbl": {1: "boy", 2: "girl"}},
    )
    return replace(made.take(sort_rows(made, ("idnr", "age"))), sorted_by=("idnr", "age"))


def hsb(hsb82: Table) -> Dataset:
    """mlmRev::Hsb82; the school mean of ses and the deviation from it as Stata's egen and generate make them."""
    schools = hsb82["school"]
    ses = np.array(hsb82["ses"], dtype=np.float64).astype(np.float32).astype(np.float64)
    mean = group_means(schools, ses).astype(np.float32)
    return dataset(
        "Mathematics achievement in 160 US high schools (High School and Beyond, 1982)",
        [
            number("schoolid", schools, "School identifier", "int"),
            number("minority", coded(hsb82["minrty"], {"No": 0, "Yes": 1}), "Minority student", "byte", "noyes"),
            number("female", coded(hsb82["sx"], {"Male": 0, "Female": 1}), "Female student", "byte", "sexlbl"),
            number("ses", ses, "Socioeconomic status"),
            number("mathach", hsb82["mAch"], "Mathematics achievement"),
            number("sector", coded(hsb82["sector"], {"Public": 0, "Catholic": 1}), "Sector", "byte", "sectorlbl"),
            number("ses_mn", mean, "School mean of ses"),
            number("ses_dev", ses - mean, "Deviation of ses from its school mean"),
        ],
        {
            "noyes": {0: "No", 1: "Yes"},
            "sexlbl": {0: "Male", 1: "Female"},
            "sectorlbl": {0: "Public", 1: "Catholic"},
        },
        ("schoolid",),
    )


def egm(egsingle: Table) -> Dataset:
    """mlmRev::egsingle.

    Its factor `female` has the levels' names the wrong way round: the HLM file's code 1, female, reads "Male" there.
    """
    return dataset(
        "Mathematics scores of 1,721 pupils in 60 urban US schools (Sustaining Effects Study)",
        [
            new_string("schoolid", egsingle["schoolid"], label="School identifier"),
            new_string("childid", egsingle["childid"], label="Child identifier"),
            number("year", egsingle["year"], "Year of study, centred"),
            number("grade", egsingle["grade"], "Grade", "byte"),
            number("math", egsingle["math"], "Mathematics score (IRT scale)"),
            number("retained", egsingle["retained"], "Retained in grade", "byte"),
            number("female", coded(egsingle["female"], {"Female": 0, "Male": 1}), "Female", "byte"),
            number("black", egsingle["black"], "Black", "byte"),
            number("hispanic", egsingle["hispanic"], "Hispanic", "byte"),
            number("size", egsingle["size"], "Number of students in school", "int"),
            number("lowinc", egsingle["lowinc"], "Percentage of low-income students in school"),
            number("mobility", egsingle["mobility"], "Percentage of students who move in the year"),
        ],
        {},
    )


def pups(rat_pups: Table) -> Dataset:
    """nlme::RatPupWeight without its row 147, which repeats row 146.

    Two weights differ from those of the published analyses by what look like slips of the pen, 5.75 for 5.72 and 5.93
    for 5.39: `w` has the published ones, `weight` those of the R package.
    """
    rows = {name: cells[:146] + cells[147:] for name, cells in rat_pups.items()}
    published = list(rows["weight"])
    for row, (dam, given, wanted) in {161: ("14", "5.75", "5.72"), 318: ("27", "5.93", "5.39")}.items():
        if (rows["Litter"][row], published[row]) != (dam, given):
            raise ValueError(f"RatPupWeight is not as expected near its row {row}")
        published[row] = wanted
    sexes = coded(rows["sex"], {"Male": 0, "Female": 1})
    sizes = Counter(rows["Litter"])
    numbers = running_number(list(zip(rows["Litter"], sexes, strict=True)))
    doses = {"Control": 0, "Low": 1, "High": 2}
    return dataset(
        "Birth weights of 321 rat pups in 27 litters",
        [
            number("dam", rows["Litter"], "Dam (litter) identifier", "int"),
            number("sex", sexes, "Sex", "int", "sexlbl"),
            number("rat", numbers, "Pup within dam and sex", "byte"),
            number("dose", coded(rows["Treatment"], doses), "Dose of the compound", "int", "doselbl"),
            number("w", published, "Birth weight (g)"),
            number("size", [sizes[dam] for dam in rows["Litter"]], "Number of pups in litter", "byte"),
            number("weight", rows["weight"], "Birth weight as in RatPupWeight (g)"),
        ],
        {"sexlbl": {0: "male", 1: "female"}, "doselbl": {0: "control", 1: "low", 2: "high"}},
        ("dam", "sex", "rat"),
    )


def sleepstudy(sleep: Table) -> Dataset:
    """lme4::sleepstudy; reaction times as doubles, so that they are lme4's own."""
    return dataset(
        "Reaction times in a sleep deprivation study (Belenky et al. 2003)",
        [
            number("subject", sleep["Subject"], "Subject identifier", "int"),
            number("days", sleep["Days"], "Days of sleep deprivation", "byte"),
            number("reaction", sleep["Reaction"], "Average reaction time (ms)", "double"),
        ],
        {},
        ("subject", "days"),
    )


def productivity(produc: Table) -> Dataset:
    """plm::Produc; the logarithms are taken of the float values, as in the published file."""
    states = list(dict.fromkeys(produc["state"]))

    def log(column: str) -> np.ndarray:
        return np.log(np.array(produc[column], dtype=np.float64).astype(np.float32).astype(np.float64))

    return dataset(
        "Public capital productivity in 48 US states, 1970-1986 (Munnell 1990)",
        [
            number("state", [states.index(s) + 1 for s in produc["state"]], "State", "byte", "statelbl"),
            number("region", produc["region"], "Region, 1-9", "byte"),
            number("year", produc["year"], "Year", "int"),
            number("public", produc["pcap"], "Public capital stock"),
            number("hwy", log("hwy"), "Log of highway component of public"),
            number("water", log("water"), "Log of water component of public"),
            number("other", log("util"), "Log of building and other component of public"),
            number("private", log("pc"), "Log of private capital stock"),
            number("gsp", log("gsp"), "Log of gross state product"),
            number("emp", log("emp"), "Log of non-agricultural payrolls"),
            number("unemp", produc["unemp"], "State unemployment rate"),
        ],
        {"statelbl": {i + 1: s.replace("_", " ").title() for i, s in enumerate(states)}},
        ("state", "year"),
    )


MAKERS: dict[Callable[[Table], Dataset], str] = {
    gcse: "Exam",
    growth: "Orthodont",
    hsb: "Hsb82",
    egm: "egsingle",
    pups: "RatPupWeight",
    sleepstudy: "sleepstudy",
    productivity: "Produc",
}

# --------------------------------------------------------------------------------------------------------- pieces


def dataset(
    label: str, columns: list[Column], value_labels: dict[str, dict[int, str]], sorted_by: tuple[str, ...] = ()
) -> Dataset:
    made = Dataset(
        {c.name: c for c in columns},
        len(columns[0].values),
        label,
        sorted_by=sorted_by,
        value_labels={name: {float(k): t for k, t in table.items()} for name, table in value_labels.items()},
    )
    if sorted_by and not np.array_equal(sort_rows(made, sorted_by), np.arange(made.n)):
        raise ValueError(f"{label}: not sorted by {' '.join(sorted_by)}")
    return made


def number(
    name: str,
    values: Sequence[str] | Sequence[float] | np.ndarray,
    label: str,
    storage: str = "float",
    labels: str = "",
) -> Column:
    return new_numeric(name, np.array(values, dtype=np.float64), storage, label, value_label=labels)


def coded(levels: list[str], codes: dict[str, int]) -> list[int]:
    return [codes[level] for level in levels]


def running_number(groups: Sequence[Hashable]) -> list[int]:
    """1, 2, ... within each group, in row order."""
    seen: dict[Hashable, int] = defaultdict(int)
    out = []
    for group in groups:
        seen[group] += 1
        out.append(seen[group])
    return out


def group_means(groups: list[str], values: np.ndarray) -> np.ndarray:
    """Each row's group mean, shape (n,)."""
    names, codes = np.unique(groups, return_inverse=True)
    sums = np.bincount(codes, values, minlength=len(names))
    return (sums / np.bincount(codes, minlength=len(names)))[codes]


def tenfold(texts: list[str], exceptions: dict[str, str]) -> np.ndarray:
    """float(10 * float(r5)), r5 being the text rounded to 5 significant digits but for ``exceptions``, shape (n,)."""
    rounded = np.array([float(exceptions.get(text) or round5(text)) for text in texts]).astype(np.float32)
    return (np.float32(10) * rounded).astype(np.float64)


def round5(text: str) -> str:
    """5 significant digits, halves away from zero, worked on the decimal text."""
    value = Decimal(text)
    if not value:
        return text
    return str(value.quantize(Decimal(1).scaleb(value.adjusted() - 4), rounding=ROUND_HALF_UP))


if __name__ == "__main__":
    main(sys.argv[1:])
