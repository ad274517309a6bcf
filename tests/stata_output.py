"""Reading a printed Stata table back into the dataclasses, so that a layout can be tested against real outputs.

The numbers come from the print; only what the print hides (base levels, cut names) is given by the test.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

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

NUMBER = re.compile(r"-?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]\d+)?|\.(?=\s|$)")
UNKNOWN = Estimate(math.nan)


def number(text: str) -> float:
    return math.nan if text.strip() in ("", ".") else float(text.replace(",", ""))


def numbers(text: str) -> list[float]:
    return [number(each) for each in NUMBER.findall(text)]


@dataclass
class Hidden:
    """What a print does not show: full names of cut ones, labels, and factors whose base level comes last."""

    full: dict[str, str] = field(default_factory=dict)
    base_last: tuple[str, ...] = ()
    first_level: int = 1


@dataclass
class Parsed:
    rows: list[CoefficientRow]
    labels: dict[str, dict[int, str]]


def table_lines(lines: list[str], heading: str) -> list[str]:
    """The body of the first table whose heading row contains ``heading``: lines after the inner rule."""
    start = next(i for i, text in enumerate(lines) if heading in text and "|" in text)
    body = []
    for text in lines[start + 2:]:
        if re.fullmatch(r"-+", text):
            break
        body.append(text)
    return body


def coefficients(body: list[str], hidden: Hidden) -> Parsed:
    """Rows and value labels of a coefficient table's body."""
    reader = _Reader(hidden)
    for text in body:
        stub, _, rest = text.partition("|")
        if stub.strip():
            reader.line(stub, rest)
    reader.close()
    return Parsed(reader.rows, reader.labels)


class _Reader:
    def __init__(self, hidden: Hidden) -> None:
        self.hidden, self.rows, self.labels = hidden, [], {}
        self.header: list[str] = []
        self.pending, self.level_text = "", ""
        self.codes: dict[tuple[str, str], int] = {}

    def line(self, stub: str, rest: str) -> None:
        if stub.endswith(" #"):
            self.level_text += stub[:-2].strip() + "#"
        elif stub.endswith("#"):
            self.pending += stub.strip()
        elif stub.endswith("  "):
            self.level(self.level_text + stub.strip(), rest)
            self.level_text = ""
        else:
            name, self.pending = self.pending + stub.strip(), ""
            self.close()
            if rest.strip():
                self.plain(name, rest)
            else:
                self.open(name)

    def open(self, name: str) -> None:
        self.header = [self.hidden.full.get(piece, piece) for piece in name.split("#")]
        if len(self.header) == 1 and self.header[0] not in self.hidden.base_last:
            self.base(0)

    def base(self, level: int) -> None:
        self.rows.append(CoefficientRow(Term((Part(self.header[0], level, base=True),), "base"), 0.0))

    def close(self) -> None:
        if len(self.header) == 1 and self.header[0] in self.hidden.base_last:
            self.base(999)
        self.header = []

    def level(self, text: str, rest: str) -> None:
        factors = [name for name in self.header if not name.startswith("c.")]
        pieces = text.split("#") if "#" in text else text.split(" ") if len(factors) > 1 else [text]
        assert len(pieces) == len(factors), (pieces, factors)
        levels = dict(zip(factors, (self.code(f, p) for f, p in zip(factors, pieces, strict=True)), strict=True))
        parts = tuple(Part(n, levels[n]) if n in levels else Part(n.removeprefix("c.")) for n in self.header)
        self.rows.append(values(parts, rest))

    def code(self, factor: str, text: str) -> int:
        if text.isdigit():
            return int(text)
        text = self.hidden.full.get(text, text)
        found = self.labels.setdefault(factor, {})
        for level, label in found.items():
            if label == text:
                return level
        found[len(found) + 1] = text
        return len(found)

    def plain(self, name: str, rest: str) -> None:
        name = self.hidden.full.get(name, name)
        match = re.fullmatch(r"(\d+)\.(\w+)", name)
        if match:
            self.header = [match[2]]
            self.base(int(match[1]) - 1)
            parts: tuple[Part, ...] = (Part(match[2], int(match[1])),)
            self.header = []
        elif "#" in name:
            parts = tuple(Part(piece.removeprefix("c.")) for piece in name.split("#"))
        else:
            parts = (Part(name, operated=False),)
        self.rows.append(values(parts, rest))


def values(parts: tuple[Part, ...], rest: str) -> CoefficientRow:
    note = re.search(r"\(\w+\)", rest)
    if note:
        status = {"(omitted)": "omitted", "(empty)": "empty", "(base)": "base"}.get(note[0])
        value = numbers(rest[: note.start()])[0]
        if status:
            return CoefficientRow(Term(parts, status), value)
        return CoefficientRow(parts[0].variable, value, note=note[0])
    b, se, statistic, p, lo, hi = numbers(rest)
    return CoefficientRow(Term(parts), b, se, statistic, p, lo, hi)


# ---- mixed ---------------------------------------------------------------------------------------------------


def mixed(text: str, command: str, hidden: Hidden | None = None) -> MixedResult:
    """A MixedResult with every number that a printed xtmixed or mixed output holds."""
    lines = text.split("\n")
    found = coefficients(table_lines(lines, "P>|z|"), hidden or Hidden())
    head = next(x for x in lines if "P>|z|" in x)
    depvar = head.partition("|")[0].strip()
    cluster = re.search(r"adjusted for ([\d,]+) clusters in (\w+)", text)
    equations, residual, metric = random_part(lines)
    title = next(x for x in lines if x.startswith("Mixed-effects"))
    wald = re.search(r"Wald chi2\((\d+)\) *= +([\d.]+)", text)
    prob = re.search(r"Prob > chi2 *= +([\d.]+)", text)
    ll = re.search(r"^Log [\w-]+(?: likelihood)? += +(-?[\d.]+)", text, re.M)
    method = "REML" if " REML " in title else "ML"
    m = sum(len(e.parameters) for e in equations) + 1
    k = len(found.rows)
    return MixedResult(
        command=command, depvar=depvar, n=int(number(re.search(r"Number of obs *= +([\d,]+)", text)[1])),
        method=method, coefficients=tuple(found.rows), v_fixed=np.zeros((k, k)), equations=equations,
        residual=residual, v_random=np.zeros((m, m)), ll=number(ll[1]), chi2=number(wald[2]), df_m=int(wald[1]),
        p=number(prob[1]), groups=groups(text), lr=lr_test(text), vce="robust" if cluster else "oim",
        cluster=cluster[2] if cluster else "", n_clusters=int(number(cluster[1])) if cluster else 0,
        log=tuple(Iteration(number(v), r) for v, r in
                  re.findall(r"^Iteration \d+: .*= +(\S+)  (\(not concave\))?", text, re.M)),
        value_labels=found.labels,
        options=MixedOptions(metric=metric, nolog="Iteration 0" not in text),
    )


def groups(text: str) -> tuple[GroupLevel, ...]:
    one = re.search(r"Group variable: (\w+) +Number of groups *= +([\d,]+)", text)
    if one:
        sizes = [number(re.search(rf"{word} = +([\d,.]+)", text)[1]) for word in ("min", "avg", "max")]
        return (GroupLevel(one[1], int(number(one[2])), int(sizes[0]), sizes[1], int(sizes[2])),)
    table = re.search(r"Group [Vv]ariable \|.*?\n *-+\+-+\n(.*?)\n *-+\n", text, re.S)
    if not table:
        return ()
    out = []
    for row in table[1].split("\n"):
        name, _, rest = row.partition("|")
        n, low, mean, high = numbers(rest)
        out.append(GroupLevel(name.strip(), int(n), int(low), mean, int(high)))
    return tuple(out)


def random_part(lines: list[str]) -> tuple[tuple[RandomEquation, ...], RandomParameter, str]:
    start = next(i for i, x in enumerate(lines) if "Random-effects" in x and "|" in x)
    equations: list[RandomEquation] = []
    parameters: list[RandomParameter] = []
    residual, metric = None, "sd"
    for text in lines[start + 2:]:
        if re.fullmatch(r"-+", text):
            break
        stub, _, rest = text.partition("|")
        if not rest.strip() and not re.fullmatch(r"-+\+-+", text):
            level, _, structure = stub.strip().partition(": ")
            equations.append(RandomEquation(level, structure.strip(), ()))
            parameters = []
        elif rest.strip() and "+" not in text[:31]:
            word, columns = re.fullmatch(r"(\w+)\((.*)\)", stub.strip()).groups()
            metric = "sd" if word in ("sd", "corr") else "var"
            estimate = Estimate(*numbers(rest))
            kind = "sd" if word in ("sd", "var") else "corr"
            parameter = RandomParameter(kind, tuple(re.split("[ ,]", columns)), estimate, estimate, UNKNOWN)
            if columns == "Residual":
                residual = parameter
            else:
                parameters.append(parameter)
                last = equations[-1]
                equations[-1] = RandomEquation(last.level, last.structure, (), tuple(parameters))
    return tuple(equations), residual, metric


def lr_test(text: str) -> LRTest | None:
    found = re.search(r"LR test vs\. linear \w+: +(chibar2|chi2)\((\d+)\) = +(\S+) +Prob >=? \w+ = +(\S+)", text)
    if not found:
        return None
    note = "conservative" if "LR test is conservative" in text else ""
    return LRTest(number(found[3]), int(found[2]), number(found[4]), found[1], note)
