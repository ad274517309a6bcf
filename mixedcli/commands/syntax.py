"""``syntax``: read what was typed after the name of a program into local macros."""

from __future__ import annotations

import re

from ..errors import StataError
from ..syntax.tree import Statement
from ..syntax.unparse import quote
from ._macro.expansion import unquoted
from ._syntax.spec import OptionShape, Shape, Subject, read_details, read_shape
from ._syntax.typed import Typed, read_typed
from ._syntax.values import check_number, names, new_variables, number, numbers, variables
from .context import Context
from .registry import command

_CLAUSES = ("if", "in", "using", "exp")
_CALLED = {"in": "in range", "exp": "=exp"}


@command("syntax", shortest="syntax", start="raw", control=True)
def syntax(context: Context, statement: Statement) -> None:
    """syntax [varlist | varname | newvarlist | namelist | anything] [if] [in] [using] [=exp] [fweight ...] [, options]

    Check what was typed after the name of the program (the local macro 0) and put its parts into the local macros
    varlist, if, in, using, weight, exp, options and one for each option.  In an option's name the capitals must be
    typed; `string`, `real 5`, `integer 3`, `numlist`, `varlist`, `name` say what stands in its parentheses; * takes all
    other options.  What stands in brackets may be left out.
    """
    shape = read_shape(statement.rest)
    typed = read_typed(context.frame.locals.get("0", ""), _looked_for(shape))
    made = {**_subject(context, shape.subject, typed.subject), **_clauses(shape, typed), **_weight(shape, typed)}
    made.update(_options(context, shape, typed.options))
    for name, text in made.items():
        context.set_local(name, text)


def _looked_for(shape: Shape) -> frozenset[str]:
    """The clauses at which the subject ends: all of them, unless the subject is anything."""
    subject = shape.subject
    if subject is None or subject.kind != "anything":
        return frozenset((*_CLAUSES, "weight", "options"))
    if "everything" in subject.details:
        return frozenset(("options",))
    return frozenset((*shape.clauses, "options", *(("weight",) if shape.weights else ())))


# ---- the parts before the comma ------------------------------------------------------------------------------


def _subject(context: Context, subject: Subject | None, text: str) -> dict[str, str]:
    if subject is None:
        if text:
            raise StataError("varlist not allowed" if re.match(r"[^\W\d]", text) else "invalid syntax", 101)
        return {}
    kind, details = subject.kind, subject.details
    if kind == "anything":
        if not text and subject.required:
            raise StataError("something required", 100)
        return {"anything": text}
    if kind in ("name", "namelist"):
        if not text and subject.required:
            raise StataError("nothing found where name expected", 198)
        return {"namelist": names(text, {"max": "1"} if kind == "name" else details)}
    if kind in ("varname", "newvarname"):
        details = {"max": "1", **details}
    if kind.startswith("new"):
        return _new(context, subject.required, text, details)
    return {"varlist": _old(context, subject, text, details)}


def _new(context: Context, required: bool, text: str, details: dict[str, str]) -> dict[str, str]:
    if not text:
        if required:
            raise StataError("newvarlist required" if details.get("max") != "1" else "newvarname required", 100)
        return {"varlist": "", "typlist": ""}
    made, types = new_variables(text, details, context.data, context.settings.type)
    return {"varlist": made, "typlist": types}


def _old(context: Context, subject: Subject, text: str, details: dict[str, str]) -> str:
    """The existing variables named; if none are and need not be, all of them, unless ``default=none``."""
    if text:
        return variables(text, {"min": "1", **details}, context.data)
    if subject.required and details.get("min") != "0":
        if not context.data.columns:
            raise StataError("no variables defined", 111)
        raise StataError("varlist required", 100)
    if details.get("default") == "none" or subject.kind == "varname" or not context.data.columns:
        return ""
    found = context.data.names
    check_number(found, details)
    return " ".join(found)


def _clauses(shape: Shape, typed: Typed) -> dict[str, str]:
    made = {}
    for name in _CLAUSES:
        text = typed.clauses.get(name)
        if name not in shape.clauses:
            if text is not None:
                raise StataError(f"{_CALLED.get(name, name)} not allowed", 101)
            continue
        required, bare = shape.clauses[name]
        if not text:
            if text is not None:
                raise StataError("invalid syntax", 198)
            if required:
                raise StataError(f"{_CALLED.get(name, name)} required", 100)
            made[name] = ""
            continue
        if name == "using":
            text = unquoted(text)
            made[name] = text if bare else f"using {quote(text)}"
        else:
            made[name] = text if bare else f"{'=' if name == 'exp' else name} {text}"
    return made


def _weight(shape: Shape, typed: Typed) -> dict[str, str]:
    if typed.weight is None:
        return {"weight": "", **({} if "exp" in shape.clauses else {"exp": ""})} if shape.weights else {}
    if not shape.weights:
        raise StataError("weights not allowed", 101)
    kind = typed.weight[0] or shape.weights[0]
    if kind not in shape.weights:
        raise StataError(f"{kind}s not allowed", 101)
    return {"weight": kind, "exp": f"= {typed.weight[1]}"}


# ---- options -------------------------------------------------------------------------------------------------


def _options(context: Context, shape: Shape, typed: tuple[tuple[str, str | None], ...] | None) -> dict[str, str]:
    made = {option.name: _absent(context, option) for option in shape.options}
    others: list[str] = []
    given: set[str] = set()
    if typed and not shape.takes_options:
        raise StataError("options not allowed", 101)
    for word, argument in typed or ():
        option, positive = _find(word, shape.options)
        if option is None or (option.kind in ("flag", "off")) != (argument is None):
            if option is not None and argument is None:
                raise StataError(f"option {option.name}() required", 198)
            if not shape.rest:
                raise StataError(f"option {word}{'' if argument is None else '()'} not allowed", 198)
            others.append(word if argument is None else f"{word}({argument})")
            continue
        given.add(option.name)
        made.update({option.name: ""} if positive else _given(context, option, argument))
    for option in shape.options:
        if option.required and option.name not in given:
            shown = option.name if option.kind == "flag" else f"{option.name}()"
            raise StataError(f"option {shown} required", 198)
    return {**made, "options": " ".join(others)} if shape.rest else made


def _absent(context: Context, option: OptionShape) -> str:
    """What the macro of an option holds when the option was not typed."""
    if option.kind == "cilevel":
        return f"{context.settings.level:g}"
    return option.details if option.kind in ("real", "integer") else ""


def _find(word: str, options: tuple[OptionShape, ...]) -> tuple[OptionShape | None, bool]:
    """The option that ``word`` means, an exact name first; and whether it is the positive form of a ``noNAME``."""
    for exact in (True, False):
        for option in options:
            typed = word
            if option.kind == "off" and word.startswith("no"):
                typed = word[2:]
            fits = typed == option.name if exact else len(typed) >= option.least and option.name.startswith(typed)
            if fits:
                return option, option.kind == "off" and typed == word
    return None, False


def _given(context: Context, option: OptionShape, argument: str | None) -> dict[str, str]:
    """The macros that a typed option fills."""
    name, kind = option.name, option.kind
    if argument is None:
        return {name: name if kind == "flag" else f"no{name}"}
    if kind == "string":
        return {name: argument if option.details == "asis" else unquoted(argument)}
    if kind == "passthru":
        return {name: f"{name}({argument})"}
    if kind in ("real", "integer", "cilevel"):
        return {name: number(name, argument, kind, option.details)}
    if kind == "numlist":
        return {name: _numlist(name, argument, option.details)}
    if kind in ("exp", "anything"):
        return {name: argument.strip()}
    return {name: _names(context, option, argument.strip())}


def _numlist(name: str, argument: str, details: str) -> str:
    try:
        return numbers(argument, read_details(details))
    except StataError as error:
        raise StataError(f"{name}() invalid -- {error.message}", error.rc) from None


def _names(context: Context, option: OptionShape, text: str) -> str:
    kind, details = option.kind, read_details(option.details)
    if not text:
        raise StataError(f"option {option.name}() incorrectly specified", 198)
    if kind in ("varname", "newvarname", "name"):
        details = {"max": "1", **details}
    if kind in ("name", "namelist"):
        return names(text, details)
    if kind.startswith("new"):
        return new_variables(text, details, context.data, context.settings.type)[0]
    return variables(text, details, context.data)
