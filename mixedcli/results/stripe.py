"""Names of coefficients, as Stata writes them: equation, and a term of factor levels and continuous variables."""

from __future__ import annotations

import re

from ..records import record, replace


@record
class Part:
    """One factor of a term: ``level`` None means continuous (``c.x``)."""

    variable: str
    level: int | None = None
    base: bool = False       # this is the base level: 1b.schgend
    omitted: bool = False    # dropped or asked for with o.: 2o.schgend
    operated: bool = True    # False for a plain name: written age, not c.age, when it stands alone
    no_base: bool = False    # marks the first level of a factor without a base: 1bn.schgend

    @property
    def operator(self) -> str:
        """What stands before the dot inside an interaction: ``c``, ``co``, ``2``, ``1b``, ``2o``, ``1bn``."""
        if self.level is None:
            return "co" if self.omitted else "c"
        if self.base:
            return f"{self.level}b"
        if self.omitted:
            return f"{self.level}o"
        return f"{self.level}bn" if self.no_base else f"{self.level}"


def _operated(operator: str, variable: str) -> str:
    """``c.x``; a time-series operator joins the other: ``cL.x``."""
    return f"{operator}{variable}" if "." in variable else f"{operator}.{variable}"


@record
class Term:
    """One column of a design matrix.

    ``status``: ``shown`` (estimated), ``base`` (a base level: all-zero column kept in e(b)), ``omitted`` (collinear),
    ``empty`` (an interaction cell without observations).
    """

    parts: tuple[Part, ...]
    status: str = "shown"

    @property
    def name(self) -> str:
        """Stata's stripe: ``lrt``, ``2.schgend``, ``1b.schgend``, ``2.schgend#c.lrt``, ``_cons``, ``o.x``."""
        if len(self.parts) == 1 and self.parts[0].level is None:
            only = self.parts[0]
            return _operated("o", only.variable) if only.omitted else only.variable
        return "#".join(_operated(part.operator, part.variable) for part in self.parts)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the term, in order: those of one factor or interaction share them."""
        return tuple(part.variable for part in self.parts)

    def dropped(self, status: str) -> Term:
        """The term taken out of the model: ``status`` is ``omitted``, ``empty`` or ``base``; parts get their ``o``."""
        parts = tuple(part if part.base else replace(part, omitted=True) for part in self.parts)
        return Term(parts, status)


CONSTANT = Term((Part("_cons", operated=False),))


@record
class TermNote:
    """Why a term is not in the model: ``reason`` is ``collinear`` or ``empty``; ``name`` is without the ``o``."""

    name: str
    reason: str


def time_label(name: str) -> str:
    """How tables write the operator of ``L.x`` below the name of its variable: ``L1.``, ``L2D.``; ``--.`` for ``x``."""
    operator = name.rpartition(".")[0]
    if not operator:
        return "--."
    return f"{operator}1." if len(operator) == 1 else f"{operator}."


def plain_name(name: str) -> str:
    """The name of a term without what Stata lets one leave out: ``1b.g#co.x`` is ``1.g#c.x``, ``o.x`` is ``x``.

    Two names mean the same coefficient if they are equal after this; factors come first, each kind sorted, and in an
    interaction a name without operator is continuous (``2.g#x``).
    """
    pairs = [_split(part) for part in name.replace(" ", "").split("#")]
    levels = sorted(f"{op.rstrip('bno')}.{var}" for op, var in pairs if op[:1].isdigit())
    continuous = sorted(var for op, var in pairs if not op[:1].isdigit())
    if not levels and len(continuous) == 1:
        return continuous[0]
    return "#".join([*levels, *(f"c.{var}" for var in continuous)])


def _split(part: str) -> tuple[str, str]:
    """The factor operator and the variable of ``1b.g``; a time-series operator belongs to the variable (``cL2.x``)."""
    operator, _, variable = part.rpartition(".")
    match = re.fullmatch(r"(\d+[bno]*|[co]*)((?:[LFDSlfds]\d*)+)", operator)
    if match is None:
        return operator, variable
    time = re.sub(r"(?<=[LFDS])1(?!\d)", "", match[2].upper())
    return match[1], f"{time}.{variable}"


def read_term(name: str) -> Term:
    """The term that a name in e(b) stands for: ``2.schgend#c.lrt``, ``1b.g``, ``o.x``, ``L.x``, ``_cons``, ``x``."""
    if name == "_cons":
        return CONSTANT
    pieces = name.split("#")
    parts = tuple(_read_part(piece, len(pieces) == 1) for piece in pieces)
    omitted = any(part.omitted for part in parts)
    # 1b.a#2o.b belongs to the base of a, and 1b.a#1b.b to that of both; 1b.a#2.b is estimated
    if all(part.base for part in parts) or (omitted and any(part.base for part in parts)):
        return Term(parts, "base")
    return Term(parts, "omitted" if omitted else "shown")


def _read_part(piece: str, alone: bool) -> Part:
    operator, variable = _split(piece)
    level = re.match(r"\d+", operator)
    letters = operator[level.end():] if level else operator
    if level is None and not set(letters) <= set("co"):
        return Part(piece, operated=False)              # no operator of factors: a name with a point in it
    return Part(
        variable,
        int(level[0]) if level else None,
        base="b" in letters and "n" not in letters,
        omitted="o" in letters,
        operated=not alone or bool(operator),
        no_base="bn" in letters,
    )


@record
class StripeName:
    """A row or column name of e(b) and e(V): an equation and a name within it (``gcse:lrt``, ``lns1_1_1:_cons``)."""

    equation: str
    name: str

    def __str__(self) -> str:
        return f"{self.equation}:{self.name}" if self.equation else self.name
