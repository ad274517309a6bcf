"""The syntax tree of one Stata command: frozen nodes, each with the span of text it came from.

``span`` is a half-open pair of offsets into ``Statement.text``.  Nodes compare without their spans, so that
"parse, print, parse again" can be tested with ``==``.
"""

from __future__ import annotations

from typing import Any

from ..records import field, record

Span = tuple[int, int]
NOWHERE: Span = (0, 0)


# ---- expressions ---------------------------------------------------------------------------------------------


@record
class Number:
    """A numeric literal; ``value`` is already a double (missing codes are `Missing`)."""

    value: float
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Missing:
    """A missing-value literal: ``code`` is ``.`` or ``.a`` ... ``.z``."""

    code: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class String:
    value: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Name:
    """A variable (maybe abbreviated), a scalar, or a system variable (``_n _N _pi _rc _cons``)."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Subscript:
    """``x[exp]``: explicit subscripting of a variable."""

    name: str
    index: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class MatrixElement:
    """``M[row, column]``: ``name`` is a matrix, ``e(b)`` or ``r(table)``; a row or column may be given by its name."""

    name: str
    row: Expr
    column: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class IndexRange:
    """``1..3`` or ``2...`` in the subscript of a matrix; ``last`` is None for all to the end."""

    first: Expr
    last: Expr | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Submatrix:
    """``A[row, column]`` in a matrix expression: each a number, a name in quotes, or a range of them."""

    name: str
    row: Expr | IndexRange
    column: Expr | IndexRange
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Transposed:
    """``A'``."""

    operand: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Joined:
    """Matrices put together: ``op`` is ``,`` (side by side), ``\\`` (below each other) or ``#`` (Kronecker product)."""

    op: str
    parts: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class DateLiteral:
    """``td(02jan1960)``: a date typed into an expression; ``unit`` is the letter after ``t`` (``d w m q h y c C``)."""

    unit: str
    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Unary:
    """``op`` is ``-``, ``+`` or ``!`` (``~`` is read as ``!``)."""

    op: str
    operand: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Binary:
    """``op`` is one of ``^ * / + - > < >= <= == != & |`` (``~=`` is read as ``!=``)."""

    op: str
    left: Expr
    right: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Call:
    """``function(arg, ...)``."""

    function: str
    args: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Stored:
    """A reference by name rather than by value: ``e(N)``, ``r(mean)``, ``c(level)``, ``_b[eq:2.x]``, ``_se[x]``.

    ``kind`` is ``e``, ``r``, ``c``, ``s``, ``_b`` or ``_se``; ``key`` is the text between the brackets, trimmed.
    """

    kind: str
    key: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class FactorValue:
    """``2.schgend`` used inside an expression: the 0/1 indicator of a level."""

    level: int
    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Coefficient:
    """A coefficient in ``test`` and ``lincom``: ``lrt``, ``2.schgend#c.lrt``, ``[gcse]lrt``, ``_b[gcse:lrt]``.

    ``equation`` is empty when none was given.  ``name`` is empty in ``[gcse]`` alone: all of the equation.
    """

    equation: str
    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class TimeValue:
    """``L2.x`` used inside an expression: a variable at another time; ``operator`` is its text in capitals, no dot."""

    operator: str
    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expr = (
    Number | Missing | String | Name | Subscript | MatrixElement | DateLiteral | Unary | Binary | Call | Stored
    | FactorValue | TimeValue | Coefficient | Submatrix | Transposed | Joined
)


# ---- varlists ------------------------------------------------------------------------------------------------


@record
class NamePattern:
    """A name, an abbreviation, or a pattern with ``*``, ``?`` or ``~``; ``_all`` is a name."""

    pattern: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class NameRange:
    """``first-last``: all variables between the two, in dataset order."""

    first: str
    last: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class FactorOperator:
    """The prefix of a factor variable: ``i.  ib2.  ibn.  ib(last).  c.  o.  2.  2bn.  i(1 2).  i(1/3).  io2.``

    ``kind``: ``i`` or ``c``.  ``base``: None, an int, or ``first|last|freq|none``.  ``base_at``: ``#k`` of ``ib(#k).``
    ``levels``: the levels named (empty: all).  ``omitted``: ``o.`` was given (with ``levels``: those levels only).
    """

    kind: str = "i"
    base: int | str | None = None
    base_at: int | None = None
    levels: tuple[int, ...] = ()
    omitted: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Operated:
    """A factor operator applied to a name, a range, or a parenthesised list: ``i.schgend``, ``i.(a b)``, ``c.age``."""

    operator: FactorOperator
    operand: VarTerm
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class TimeOperated:
    """A time-series operator (``L.  F2.  D.  S.  L(1/3).``) applied to a term; ``operator`` is its text, no dot."""

    operator: str
    operand: VarTerm
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Interaction:
    """``a#b#c`` (``full`` False) or ``a##b`` (``full`` True: with all lower-order terms)."""

    parts: tuple[VarTerm, ...]
    full: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class TermGroup:
    """A parenthesised varlist used as an operand: ``(c.warmth i.identity)``."""

    terms: tuple[VarTerm, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


VarTerm = NamePattern | NameRange | Operated | TimeOperated | Interaction | TermGroup
Varlist = tuple[VarTerm, ...]


# ---- what stands in Statement.arguments ----------------------------------------------------------------------


@record
class Word:
    """One word of a ``names`` statement; ``quoted`` when it stood in quotes (which are taken off)."""

    text: str
    quoted: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Hypothesis:
    """One hypothesis of ``test``: ``sides`` are set equal; a single side is set equal to zero."""

    sides: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class DisplayValue:
    """A value that ``display`` shows, in ``format`` if one was given (``%9.2f``)."""

    exp: Expr
    format: str | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class DisplayDirective:
    """An instruction among the values of ``display``.

    ``name``: ``newline skip column duplicate char`` (``argument`` is their number, None if not given), ``continue quote
    asis comma`` (no argument), or ``text result error input`` (the style of what follows).
    """

    name: str
    argument: Expr | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


# ---- commands ------------------------------------------------------------------------------------------------


@record
class InRange:
    """``in first/last``.  Negative numbers count from the end; ``f`` is 1 and ``l`` (or ``L``) is -1."""

    first: int
    last: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Weight:
    """``[fweight=exp]``; ``kind`` is ``fweight aweight pweight iweight`` or ``""`` for a plain ``[w=exp]``."""

    kind: str
    exp: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class OptionText:
    """One option as typed: ``name`` or ``name(args)``; ``args`` is the raw text inside, None without parentheses.

    ``args_span`` is where that text lies, so that an error inside it can be placed.
    """

    name: str
    args: str | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    args_span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Equation:
    """One ``|| level: terms, options`` part of a mixed model.

    ``level`` is the grouping variable as typed, or ``_all``.  ``terms`` are the covariates with random coefficients;
    ``random_factor`` is the name in ``R.name`` (then ``terms`` is empty).
    """

    level: str
    terms: Varlist = ()
    random_factor: str | None = None
    options: tuple[OptionText, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Assignment:
    """``[type] name [: label] = exp`` of generate, replace and egen."""

    target: str
    exp: Expr
    storage: str | None = None
    label: str | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class MatrixAssignment:
    """``A = exp``, or ``A[row, column] = exp`` (``row`` and ``column`` are None in the first form)."""

    target: str
    exp: Expr
    row: Expr | IndexRange | None = None
    column: Expr | IndexRange | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Prefix:
    """``quietly``, ``noisily``, ``capture``, ``version 12:``, ``by x y:``; ``args`` is the raw text after the word."""

    name: str
    args: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record
class Statement:
    """One command, parsed.

    Which fields are filled depends on the start rule that the command asks for (see `mixedcli.syntax.parser`).
    With equations, ``options`` are those of the fixed part, before the first ``||``; every equation holds its own, so
    that the options of the command itself usually stand with the last equation.
    ``word`` is the command as typed, ``rest`` the text after it.  ``body``: the statements of a block, ``body_lines``
    its lines as they stand (the data of ``input``); ``prefixed``: for a prefix command, the command it stands before.
    ``options`` are raw; a command reads them
    through its option specs (`mixedcli.syntax.spec`).
    """

    text: str
    word: str = ""
    rest: str = ""
    varlist: Varlist = ()
    exp: Expr | None = None
    expressions: tuple[Expr, ...] = ()
    assignment: Assignment | None = None
    condition: Expr | None = None
    in_range: InRange | None = None
    weight: Weight | None = None
    using: str | None = None
    equations: tuple[Equation, ...] = ()
    options: tuple[OptionText, ...] = ()
    arguments: tuple[Any, ...] = ()
    body: tuple[Any, ...] | None = None
    body_lines: tuple[str, ...] = ()
    prefixed: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)
