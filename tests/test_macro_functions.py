"""Extended macro functions, written as they stand in do-files: ``local x : <function>``."""

from __future__ import annotations

import pytest

from mixedcli.data.dataset import Column
from mixedcli.errors import NotBuilt, StataError
from mixedcli.results.base import Matrix
from mixedcli.results.stripe import StripeName
from mixedcli.syntax.macro_functions import evaluate_macro_function
from mixedcli.syntax.words import bound, split_words


class World:
    """A session with a few variables, macros and results."""

    def __init__(self, **macros):
        self.macros = {("local", name): text for name, text in macros.items()}
        self.columns = {
            "mpg": Column("mpg", "int", None, "%8.0g", "Mileage (mpg)"),
            "foreign": Column("foreign", "byte", None, "%8.0g", "Car type", "origin"),
            "make": Column("make", "str18", None, "%-18s"),
        }

    def macro(self, kind, name):
        return self.macros.get((kind, name), "")

    def set_macro(self, kind, name, text):
        self.macros[kind, name] = text

    def variable(self, name):
        if name not in self.columns:
            raise StataError(f"variable {name} not found", 111)
        return self.columns[name]

    def variables(self):
        return tuple(self.columns)

    def value_labels(self, name):
        return {0.0: "Domestic", 1.0: "Foreign", 2.0**1023 * (1 + 1 / 4096): "refused"} if name == "origin" else None

    def data_label(self):
        return "1978 automobile data"

    def sorted_by(self):
        return ("foreign", "mpg")

    def characteristics(self, owner):
        return {"note0": "1", "note1": "From Consumer Reports"} if owner == "_dta" else {}

    def matrix(self, name):
        columns = (StripeName("y", "mpg"), StripeName("y", "_cons"))
        return {"e(b)": Matrix(None, (StripeName("", "y1"),), columns)}.get(name)

    def stored(self, kind):
        return {"scalars": ("N", "ll"), "macros": ("cmd",), "matrices": ("b", "V")} if kind == "e" else {}

    def names(self, kind):
        return {"globals": ("S_FN", "root", "rest"), "scalars": ("a", "b")}.get(kind, ())

    def display(self, text):
        return f"<{text}>"

    def temporary(self, kind):
        return f"__{kind}"


def result(text, **macros):
    return evaluate_macro_function(text, World(**macros))


@pytest.mark.parametrize(("text", "expected"), [
    ("word 2 of a b c", "b"), (" word 4 of a b c", ""), ("word 0 of a b c", ""), ("word -1 of a b c", ""),
    ('word 1 of "a b" c', "a b"), ("word 2 of `\"a \"b\" c\"' d", "d"), ("word 1 of `\"a \"b\" c\"' d", 'a "b" c'),
    ('word 2 of "a b c"', ""), ("word count a b  c", "3"), ("word count", "0"), ('word count "a b" c', "2"),
    ('word count ""', "1"), ("word 2 of x\ty", "y"),
    ('piece 1 20 of "This is a test of breaking"', "This is a test of"),
    ('piece 2 20 of "This is a test of breaking"', "breaking"),
    ('piece 3 20 of "This is a test of breaking"', ""), ('piece 1 4 of "abcdefgh ij"', "abcd"),
    ('piece 1 4 of "abcdefgh ij", nobreak', "abcdefgh"), ('piece 2 4 of "abcdefgh ij", nobreak', "ij"),
    ("piece 1 5 of ab cd ef", "ab cd"),
    ("upper abc", "ABC"), ("lower ABC", "abc"),
    ("type mpg", "int"), ("format make", "%-18s"), ("variable label mpg", "Mileage (mpg)"),
    ("var lab mpg", "Mileage (mpg)"),
    ("variable label make", ""), ("value label foreign", "origin"), ("val label mpg", ""),
    ("data label", "1978 automobile data"),
    ("sortedby", "foreign mpg"),
    ("label (foreign) 1", "Foreign"), ("label origin 0", "Domestic"), ("label origin 0 3", "Dom"),
    ("label (foreign) 7", "7"),
    ("label (foreign) 7, strict", ""), ("label (mpg) 3", "3"), ("label nosuch 3", "3"), ("label origin .a", "refused"),
    ("label origin .", "."), ("label origin maxlength", "8"), ("label (foreign) 1.0", "Foreign"),
    ("char _dta[note1]", "From Consumer Reports"), ("char _dta[]", "note0 note1"), ("char mpg[x]", ""),
    ("permname weight", "weight"), ("permname mpg", "mpg1"), ("permname 2nd try", "_2nd_try"),
    ("permname averyveryverylongnamethatgoesonandon, length(10)", "averyveryv"),
    ("rownames e(b)", "y1"), ("colnames e(b)", "mpg _cons"), ("coleq e(b)", "y y"), ("roweq e(b)", "_"),
    ("colfullnames e( b )", "y:mpg y:_cons"), ("colnames e(b), quoted", '"mpg" "_cons"'),
    ("e(scalars)", "N ll"), ("e(macros)", "cmd"), ("e(matrices)", "b V"), ("e(functions)", ""), ("r(scalars)", ""),
    ("all globals", "S_FN rest root"), ('all globals "r*"', "rest root"), ('all scalars "?"', "a b"),
    ("all string scalars", ""),
    ("display %9.2f 3", "<%9.2f 3>"), ("di 3", "<3>"), ("tempvar", "__tempvar"), ("tempfile", "__tempfile"),
])
def test_functions(text, expected):
    assert result(text) == expected


@pytest.mark.parametrize(("text", "macros", "expected"), [
    ("length local x", {"x": "été"}, "5"), ("ustrlen local x", {"x": "été"}, "3"), ("length local nosuch", {}, "0"),
    ("copy local x", {"x": "a  b"}, "a  b"), ("upper local x", {"x": "ab"}, "AB"),
    ('subinstr local x "a" "bb"', {"x": "aXa"}, "bbXa"), ('subinstr local x "a" "bb", all', {"x": "aXa"}, "bbXbb"),
    ('subinstr local x " " ", ", all', {"x": "a b c"}, "a, b, c"),
    ('subinstr local x "is" "X", word all', {"x": "this is"}, "this X"),
    ("subinstr local x `\"\"\"' \"\", all", {"x": 'a"b"'}, "ab"), ("subinstr local x a b", {"x": "ca"}, "cb"),
    ('subinstr local x "" "z", all', {"x": "ab"}, "ab"), ('subinstr local x "a" "\\1", all', {"x": "aa"}, "\\1\\1"),
    # the examples of the manual's entry on macro lists
    ("list uniq A", {"A": "a b c b b d"}, "a b c d"), ("list dups A", {"A": "a b c b b d"}, "b b"),
    ("list sort A", {"A": "b a C a"}, "C a a b"), ("list A | B", {"A": "a b c d", "B": "b c f g"}, "a b c d f g"),
    ("list A & B", {"A": "a b c d", "B": "b c f g"}, "b c"), ("list A - B", {"A": "a b c d", "B": "b c f g"}, "a d"),
    ("list A-B", {"A": "a b c b", "B": "b"}, "a c b"), ("list A & B", {"A": "a b b", "B": "b"}, "b"),
    ("list A | B", {"A": "a b", "B": "b b"}, "a b b"), ("list A in B", {"A": "b b", "B": "a b"}, "0"),
    ("list A in B", {"A": "b", "B": "a b"}, "1"), ("list A in B", {"A": "", "B": "a"}, "1"),
    ("list A == B", {"A": "a b", "B": "a  b"}, "1"), ("list A == B", {"A": "a b", "B": "b a"}, "0"),
    ("list A === B", {"A": "a b", "B": "b a"}, "1"), ("list A === B", {"A": "a b b", "B": "b a"}, "0"),
    ("list sizeof A", {"A": 'a "b c"'}, "2"), ('list posof "c" in A', {"A": "a b c"}, "3"),
    ('list posof "z" in A', {"A": "a"}, "0"),
    ("list retokenize A", {"A": ' a   "b  c" '}, 'a "b  c"'),
    ("list clean A", {"A": "`\"a\"' `\"b c\"' `\"d\"e\"'"}, "a \"b c\" `\"d\"e\"'"),
    ("list uniq local(A)", {"A": "a a"}, "a"), ("list A == B", {"A": '"a"', "B": "a"}, "1"),
    ("list uniq nosuch", {}, ""),
])
def test_functions_of_macros(text, macros, expected):
    assert result(text, **macros) == expected


def test_global_lists_and_macros():
    world = World(A="a b")
    world.set_macro("global", "G", "b c")
    assert evaluate_macro_function("list A | global(G)", world) == "a b c"
    assert evaluate_macro_function("length global G", world) == "3"


def test_subinstr_can_count():
    world = World(x="a b a")
    assert evaluate_macro_function('subinstr local x "a" "z", all count(local n)', world) == "z b z"
    assert world.macro("local", "n") == "2"


def test_folders(tmp_path):
    for name in ("b.dta", "a.dta", "c.txt", "[x].dta"):
        (tmp_path / name).write_text("")
    (tmp_path / "sub").mkdir()
    assert result(f'dir "{tmp_path}" files "*.dta"') == '"[x].dta" "a.dta" "b.dta"'
    assert result(f'dir "{tmp_path}" files "[x]*"') == '"[x].dta"'
    assert result(f'dir "{tmp_path}" dirs "*", nofail') == '"sub"'
    assert result(f'dir "{tmp_path}" other "*"') == ""
    assert len(result(f"dir {tmp_path} files").split()) == 4
    with pytest.raises(StataError) as caught:
        result(f'dir "{tmp_path}/nosuch" files "*"')
    assert caught.value.rc == 601


def test_environment(monkeypatch):
    monkeypatch.setenv("MIXEDCLI_TEST", "a value")
    monkeypatch.delenv("MIXEDCLI_NONE", raising=False)
    assert result("environment MIXEDCLI_TEST") == "a value"
    assert result("env MIXEDCLI_NONE") == ""


@pytest.mark.parametrize("text", [
    "", "foo x", "word of a b", "word x of a b", "word", "piece 1 of a", "piece 1 0 of a", "length x", "copy x",
    "subinstr local x",
    'subinstr local x "a"', 'subinstr local x "a" "b" , every', "type", "type a b", "variable mpg", "data",
    "sortedby mpg", "label origin",
    "label (foreign) x", "label (foreign) 1, lax", "char mpg", "permname", "permname a, length(99)", "rownames",
    "rownames A B",
    "e(things)", "e(scalars) x", "all macros", "list", "list A +B", "list foo A", "list posof c in A", "list sizeof",
    "dir .",
    'dir "." things "*"', "tempvar x", "va label mpg", "list A == B C",
])  # fmt: skip
def test_invalid(text):
    with pytest.raises(StataError) as caught:
        result(text)
    assert (caught.value.message, caught.value.rc) == ("invalid syntax", 198)


def test_other_errors():
    for text, message, rc in (
        ("type nosuch", "variable nosuch not found", 111), ("label (nosuch) 1", "variable nosuch not found", 111),
        ("rownames A", "matrix A not found", 111), ('word count "a', "too few quotes", 132),
        ("word count `\"a", "too few quotes", 132),
    ):
        with pytest.raises(StataError) as caught:
            result(text)
        assert (caught.value.message, caught.value.rc) == (message, rc)
    with pytest.raises(NotBuilt):
        result("sysdir PLUS")


def test_words_and_quotes():
    words = split_words("a \"b c\" `\"d \"e\" f\"' `\"g `\"h\"' i\"'")
    assert [word.text for word in words] == ["a", "b c", 'd "e" f', "g `\"h\"' i"]
    assert " ".join(word.raw for word in words) == "a \"b c\" `\"d \"e\" f\"' `\"g `\"h\"' i\"'"
    for text in ("a", "a b", 'a "b"', "", "tab\there"):
        assert split_words(bound(text))[0].text == text
