"""The house rules that a reader can break without noticing: import directions, discovery, start-up."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).resolve().parent.parent / "mixedcli"

# Each room and what it may import; an import that goes up is a design error.
LEAVES = {"errors", "resources", "formats", "records", "__init__"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "resources": set(),
    "formats": {"records"},
    "records": set(),
    "results": LEAVES,
    "data": LEAVES,
    "syntax": LEAVES,
    "engine": LEAVES,
    "report": LEAVES | {"results"},
    "expr": LEAVES | {"syntax", "data"},
    "design": LEAVES | {"expr", "syntax", "data", "results"},
    "commands": LEAVES | {"design", "expr", "report", "engine", "syntax", "data", "results"},
    "events": LEAVES | {"report", "syntax", "results"},
    "transcript": LEAVES | {"events", "report"},
    "modes": LEAVES | {"commands", "syntax"},
    "session": LEAVES
    | {"events", "modes", "transcript", "commands", "design", "expr", "report", "engine", "syntax", "data", "results"},
    "verify": LEAVES | {"session", "commands", "report", "syntax", "results"},
}
THIRD_PARTY: dict[str, set[str]] = {
    "engine": {"numpy", "scipy"},
    "syntax": {"lark"},
    "results": {"numpy"},
    "report": {"numpy", "rich"},
    "data": {"numpy", "pandas"},
    "expr": {"numpy", "scipy"},
    "design": {"numpy"},
    "commands": {"numpy"},
}


def room_of(path: pathlib.Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: pathlib.Path) -> set[str]:
    """Absolute names of all modules imported anywhere in the file."""
    found: set[str] = set()
    here = ("mixedcli", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "mixedcli" else {module}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_only_go_down(path: pathlib.Path) -> None:
    room = room_of(path)
    if room not in ALLOWED:
        return  # cli and __main__ stand on top and may import everything
    for name in imports(path):
        if name.startswith("mixedcli."):
            target = name.split(".")[1]
            assert target == room or target in ALLOWED[room], f"{room} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_stay_in_their_rooms(path: pathlib.Path) -> None:
    room = room_of(path)
    for name in imports(path):
        top = name.split(".")[0]
        if top in {"numpy", "scipy", "pandas", "lark", "rich", "click"} and room in ALLOWED:
            assert top in THIRD_PARTY.get(room, set()), f"{room} imports {top}"


def test_nothing_below_the_command_line_prints_or_exits() -> None:
    for path in FILES:
        if room_of(path) in {"cli", "__main__"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "sys.exit", "exit", "quit", "warnings.warn", "input"}, f"{path}: {called}"


def test_every_command_file_registers_its_own_name() -> None:
    from mixedcli.commands import registry

    for name in registry.command_files():
        spec = registry.load(name)
        assert spec.name == name
        assert spec.help.strip(), f"{name} has no help text"
        assert all(name_part.startswith(short) for name_part, short in zip(name.split(), spec.shortest.split(), strict=True))


def test_abbreviations_are_unambiguous() -> None:
    """No text is an abbreviation of two commands, and no planned command hides behind a built one."""
    from mixedcli.commands import registry

    claimed: dict[str, str] = {}
    for name in registry.command_files():
        spec = registry.load(name)
        first, _, rest = name.partition(" ")
        short_first, _, short_rest = spec.shortest.partition(" ")
        for i in range(len(short_first), len(first) + 1):
            for j in range(len(short_rest), len(rest) + 1) if rest else [0]:
                typed = f"{first[:i]} {rest[:j]}".strip()
                assert claimed.get(typed, name) == name or typed in registry.command_files(), (typed, name, claimed[typed])
                claimed[typed] = name


def test_option_abbreviations_are_unambiguous() -> None:
    from mixedcli.commands import registry

    for name in registry.command_files():
        seen: dict[str, str] = {}
        options = registry.load(name).options
        full = {o.name for o in options}
        for option in options:
            for i in range(len(option.shortest), len(option.name) + 1):
                typed = option.name[:i]
                assert seen.get(typed, option.name) == option.name or typed in full, (name, typed, seen[typed], option.name)
                seen[typed] = option.name


# A plain xtmixed one-liner on a .dta file may load numpy, lark and little else.
FORBIDDEN = ("pandas", "scipy", "rich", "json", "click")


def test_a_plain_one_liner_stays_lean() -> None:
    code = (
        "import sys; from mixedcli.cli import run; "
        "status = run(['-u', 'gcse', 'xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog covariance(unstructured)']); "
        "print(status, *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, *modules = done.stderr.split()
    assert status == "0"
    assert "numpy" in modules
    assert "lark" in modules
    loaded = {name for name in modules if name.split(".")[0] in FORBIDDEN}
    assert not loaded
    ours = {name for name in modules if name.startswith("mixedcli.commands.") and not name.split(".")[2].startswith("_")}
    assert ours <= {f"mixedcli.commands.{name}" for name in ("registry", "context", "xtmixed", "planned")}
