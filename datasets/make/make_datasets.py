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


def bangladesh(contraception: Table) -> Dataset:
    """mlmRev::Contraception with the two differences from the file of the printed analyses put right.

    There rows 674 and 1925 have 2 living children, not 1.  The ages, years less a mean of 29.559999, are cut to seven
    characters in R and to eight there: the two digits that both have give the year, and so the eight characters.
    """
    children = coded(contraception["livch"], {"0": 0, "1": 1, "2": 2, "3+": 3})
    for row in (673, 1924):
        if children[row] != 1:
            raise ValueError(f"Contraception is not as expected in its row {row + 1}")
        children[row] = 2
    ages = [f"{round(float(age), 2) + 1e-6:.7f}"[:8] for age in contraception["age"]]

    def dummy(value: int, label: str) -> Column:
        return number(f"child{value}", [n == value for n in children], label, "byte")

    return dataset(
        "Contraceptive use in 60 districts (Bangladesh Fertility Survey 1989)",
        [
            number("district", contraception["district"], "District", "byte"),
            number("c_use", coded(contraception["use"], {"N": 0, "Y": 1}), "Uses contraception", "byte", "yesno"),
            number("urban", coded(contraception["urban"], {"N": 0, "Y": 1}), "Lives in an urban area", "byte", "urbanlbl"),
            number("age", ages, "Age in years, less the mean"),
            dummy(1, "One living child"),
            dummy(2, "Two living children"),
            dummy(3, "Three or more living children"),
            number("children", children, "Number of living children", "byte", "childlbl"),
        ],
        {
            "yesno": {0: "No", 1: "Yes"},
            "urbanlbl": {0: "Rural", 1: "Urban"},
            "childlbl": {0: "none", 1: "one", 2: "two", 3: "three or more"},
        },
        ("district",),
    )


def melanoma(mmmec: Table) -> Dataset:
    """mlmRev::Mmmec; the ultraviolet dose is called uv, as in the printed analyses."""
    nations = {name: i + 1 for i, name in enumerate(dict.fromkeys(mmmec["nation"]))}
    return dataset(
        "Deaths from malignant melanoma in nine European nations, 1971-1980",
        [
            number("nation", coded(mmmec["nation"], nations), "Nation", "byte", "nationlbl"),
            number("region", mmmec["region"], "Region identifier", "byte"),
            number("county", mmmec["county"], "County identifier", "int"),
            number("deaths", mmmec["deaths"], "Deaths among men", "int"),
            number("expected", mmmec["expected"], "Expected deaths"),
            number("uv", mmmec["uvb"], "Ultraviolet dose, less the mean"),
        ],
        {"nationlbl": {code: name.replace(".", ". ") for name, code in nations.items()}},
        ("nation", "region", "county"),
    )


def epilepsy(epil: Table) -> Dataset:
    """MASS::epil with the count of its row 31 as published: 23 seizures, not 21.

    The logarithms are made again from the counts and ages, and so is the interaction: of the treatment with the log of
    a quarter of the baseline count, both as they are; then its mean is taken away.
    """
    seizures = list(epil["y"])
    if seizures[30] != "21":
        raise ValueError("epil is not as expected in its row 31")
    seizures[30] = "23"
    treated = np.array(coded(epil["trt"], {"placebo": 0, "progabide": 1}), dtype=np.float64)
    age, base, period = (np.array(epil[name], dtype=np.float64) for name in ("age", "base", "period"))

    def centred(values: np.ndarray) -> np.ndarray:
        return values - values.mean()

    return dataset(
        "Seizures of 59 patients in four two-week periods (Thall and Vail 1990)",
        [
            number("subject", epil["subject"], "Patient identifier", "byte"),
            number("seizures", seizures, "Number of seizures in two weeks", "int"),
            number("treat", treated, "Treated with progabide", "byte", "treatlbl"),
            number("visit", (period - 2.5) / 5, "Time of the visit, centred"),
            number("v4", period == 4, "Fourth visit", "byte"),
            number("lage", centred(np.log(age)), "ln(age), less its mean"),
            number("lbas", centred(np.log(base / 4)), "ln(a quarter of the baseline count), less its mean"),
            number("lbas_trt", centred(np.log(base / 4) * treated), "Interaction of baseline and treatment, less its mean"),
            number("period", period, "Number of the two-week period", "byte"),
            number("age", age, "Age in years", "byte"),
            number("base", base, "Seizures in the eight weeks before", "int"),
        ],
        {"treatlbl": {0: "placebo", 1: "progabide"}},
        ("subject", "period"),
    )


def fife(scots: Table) -> Dataset:
    """mlmRev::ScotsSec with the verbal reasoning score on its own scale, whose mean is 100."""
    verbal = np.array(scots["verbal"], dtype=np.float64) + 100
    return dataset(
        "Attainment in 148 primary and 19 secondary schools in Fife, Scotland",
        [
            number("pid", scots["primary"], "Primary school", "int"),
            number("sid", scots["second"], "Secondary school", "byte"),
            number("pupil", running_number(scots["primary"]), "Pupil number within primary school", "byte"),
            number("attain", scots["attain"], "Attainment score at age 16", "byte"),
            number("vrq", verbal, "Verbal reasoning score on entry to secondary school", "int"),
            number("sex", coded(scots["sex"], {"M": 0, "F": 1}), "Female", "byte"),
            number("sc", scots["social"], "Social class scale, low to high", "byte"),
        ],
        {},
    )


MAKERS: dict[Callable[[Table], Dataset], str] = {
    gcse: "Exam",
    growth: "Orthodont",
    hsb: "Hsb82",
    egm: "egsingle",
    pups: "RatPupWeight",
    sleepstudy: "sleepstudy",
    productivity: "Produc",
    bangladesh: "Contraception",
    melanoma: "Mmmec",
    epilepsy: "epil",
    fife: "ScotsSec",
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
