"""What a command sees of the session: the data, the estimates, the settings.

The whole state is one frozen record.  The session keeps the record from before a command and puts it back if the
command fails, so that errors leave the data and the last estimates as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from ..data.dataset import Dataset
from ..errors import StataError
from ..records import field, record, replace
from ..results.base import Matrix, Result, Stored
from ..syntax.spec import OptionValues, read_options
from ..syntax.tree import Statement

if TYPE_CHECKING:
    import numpy as np

    from ..expr.environment import Environment
    from ..report.document import Style

MOST_TURNS = 10_000_000     # of all loops and calls that one statement starts
OLDEST_VERSION, NEWEST_VERSION = 8.0, 18.5


@record
class Settings:
    """What ``set`` and ``version`` change.

    ``type``: the storage type of new variables.  ``holdnodes``: generalized mixed models take derivatives with the
    quadrature nodes held, as Stata does.
    """

    version: float = 13.0
    level: float = 95.0
    linesize: int = 79
    type: str = "float"
    more: bool = False
    rmsg: bool = False
    varabbrev: bool = True
    seed: int | None = None
    holdnodes: bool = False


class Model(Protocol):
    """What an estimation command leaves for the commands after it (predict, estat, ...)."""

    def predict(self, context: Context, statement: Statement) -> Result | None:
        """Run ``predict`` after this model."""


@record
class Estimates:
    """One set of estimation results: the typed result (which names e()), the model, and where its sample lies.

    ``sample`` is a key of ``Dataset.hidden``; the array there is e(sample), shape (n,), bool.
    ``added``: what ereturn has put into e() since; it comes before what the result itself has.
    """

    result: Result
    model: Any
    sample: str
    name: str = ""
    added: Stored | None = None

    def stored(self) -> Stored:
        stored = self.result.stored() or Stored("e")
        more = self.added
        if more is None:
            return stored
        return replace(
            stored,
            scalars={**stored.scalars, **more.scalars},
            macros={name: text for name, text in {**stored.macros, **more.macros}.items() if text},
            matrices={**stored.matrices, **more.matrices},
            sample=stored.sample or more.sample,
        )


@record
class Program:
    """A program in memory: its statements, and whether it returns results in r() or e()."""

    name: str
    body: tuple[Any, ...]
    rclass: bool = False
    eclass: bool = False
    sortpreserve: bool = False


@record(frozen=False)
class Frame:
    """What belongs to one running program or do-file and is gone with it.

    ``locals``: local macros.  ``preserved``: the data kept by preserve.  ``variables``, ``names`` and ``files``:
    temporary ones.  ``returned``: what return has collected.  ``branch``: whether the last ``if`` was taken.
    ``loops``: how many loops are running.
    """

    name: str = ""
    locals: dict[str, str] = field(default_factory=dict)
    preserved: Dataset | None = None
    variables: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    returned: Stored | None = None
    program: Program | None = None
    branch: bool | None = None
    loops: int = 0


@record
class ByGroups:
    """What the by prefix says to the command it stands before.

    ``names``: the by-variables.  ``starts``: the first row of each group, shape (groups,).  ``within``: the rows of the
    group now running, bool of shape (n,), or None when the command sees all groups at once.
    """

    names: tuple[str, ...]
    starts: np.ndarray
    within: np.ndarray | None = None


class Runner(Protocol):
    """The session, as commands that run other statements see it."""

    def run_nodes(self, nodes: tuple[Any, ...]) -> None:
        """Run the statements of a block, one after the other."""

    def run_line(self, text: str, silent: bool = False) -> None:
        """Run one command line, macros already replaced."""

    def run_unseen(self, text: str) -> None:
        """Run one command line for what it leaves behind; nobody is told of it."""

    def show(self, result: Result, text: str = "", command: str = "") -> None:
        """Print a result in the middle of the statement now running, maybe as that of a statement ``text``."""

    def run_text(self, text: str, name: str, echo: bool) -> None:
        """Run the text of a do-file in the frame that is on top."""

    def call(self, program: Program, arguments: str) -> None:
        """Run a program with what was typed after its name."""

    def open_log(self, path: str, append: bool, smcl: bool) -> None:
        """Write everything from here on to a log file too."""

    def frame(self, frame: Frame) -> AbstractContextManager[None]:
        """A new frame for a program or do-file; what is temporary goes with it."""


@record
class State:
    """Everything that a command can change."""

    data: Dataset = field(default_factory=Dataset)
    estimates: Estimates | None = None
    saved: Mapping[str, Estimates] = field(default_factory=dict)
    returned: Stored = field(default_factory=lambda: Stored("r"))
    scalars: Mapping[str, float | str] = field(default_factory=dict)
    matrices: Mapping[str, Matrix] = field(default_factory=dict)
    programs: Mapping[str, Program] = field(default_factory=dict)
    constraints: Mapping[int, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    rc: int = 0
    fits: int = 0


class Context:
    """The session as commands see it.  ``state`` is replaced, never changed in place."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        # What one function leaves for a later one: the stream of random numbers, the last match of regexm().
        self.memory: dict[str, Any] = {}
        self.globals: dict[str, str] = {}
        self.frames: list[Frame] = [Frame()]
        self.by: ByGroups | None = None
        self.runner: Runner | None = None
        self.allow_shell = False
        self.log: Any = None             # the open log, a transcript over a file
        self.closing = False             # the log is to be closed once it has what is being told
        self.temporaries = 0
        self.turns = 0                   # of loops and calls, by the statement of the user's text that is running

    def change(self, **fields: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **fields)

    @property
    def data(self) -> Dataset:
        return self.state.data

    @data.setter
    def data(self, data: Dataset) -> None:
        self.change(data=data)

    @property
    def settings(self) -> Settings:
        return self.state.settings

    def set(self, **fields: Any) -> None:
        """Change settings."""
        self.change(settings=replace(self.state.settings, **fields))

    @property
    def version(self) -> float:
        return self.settings.version

    def style(self) -> Style:
        """What layouts need to know."""
        from ..report.document import Style

        return Style(version=self.version, linesize=self.settings.linesize, level=self.settings.level)

    def options(self, statement: Statement, specs: Any) -> OptionValues:
        """The statement's options read through ``specs``."""
        return read_options(statement.options, specs, statement.text)

    def close_log(self) -> None:
        """Close the log, if one is open."""
        if self.log is not None:
            self.log.close()
            self.log = None

    # ---- macros and programs ----

    @property
    def frame(self) -> Frame:
        """The frame of the program or do-file that is running."""
        return self.frames[-1]

    def set_local(self, name: str, text: str) -> None:
        """Set a local macro; an empty text drops it."""
        if text:
            self.frame.locals[name] = text
        else:
            self.frame.locals.pop(name, None)

    def set_global(self, name: str, text: str) -> None:
        """Set a global macro; an empty text drops it."""
        if text:
            self.globals[name] = text
        else:
            self.globals.pop(name, None)

    def take_turn(self) -> None:
        """Count a turn of a loop or a call; r(1000) when there have been so many that it can only be a mistake."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise StataError(f"system limit exceeded: more than {MOST_TURNS:,} turns", 1000)

    def run_nodes(self, nodes: tuple[Any, ...]) -> None:
        """Run the statements of a block."""
        assert self.runner is not None
        self.runner.run_nodes(nodes)

    # ---- estimates ----

    @property
    def estimates(self) -> Estimates:
        """The active estimation results; ``last estimates not found`` r(301) if there are none."""
        if self.state.estimates is None:
            raise StataError("last estimates not found", 301)
        return self.state.estimates

    def post(self, result: Result, model: Any, mask: np.ndarray, rows: Mapping[str, np.ndarray] | None = None) -> None:
        """Make ``result`` the active estimation results, with ``mask`` of shape (n,) as e(sample).

        ``rows``: further row-aligned arrays of shape (n,) that the model wants to find again (`row_data`).
        """
        key = f"_est_{self.state.fits + 1}"
        kept = {e.sample for e in self.state.saved.values()}
        hidden = {k: v for k, v in self.data.hidden.items() if k.partition(":")[0] in kept}
        hidden[key] = mask
        hidden.update({f"{key}:{name}": values for name, values in (rows or {}).items()})
        self.change(
            data=replace(self.data, hidden=hidden),
            estimates=Estimates(result, model, key),
            fits=self.state.fits + 1,
        )

    def sample(self, estimates: Estimates | None = None) -> np.ndarray:
        """e(sample) of shape (n,); all False when the data in memory are no longer those of the estimation."""
        import numpy as np

        estimates = estimates or self.estimates
        mask = self.data.hidden.get(estimates.sample)
        return mask if mask is not None else np.zeros(self.data.n, dtype=bool)

    def row_data(self, name: str) -> np.ndarray | None:
        """What the active estimates left for each row under ``name``; None when other data are in memory now."""
        return self.data.hidden.get(f"{self.estimates.sample}:{name}")

    # ---- expressions ----

    def environment(self) -> Environment:
        """What expressions can refer to beside variables: scalars, e(), r(), c(), _b[], _rc."""
        from ..expr.environment import Environment

        by = self.by
        return Environment(
            starts=by.starts if by else None,
            within=by.within if by else None,
            scalars=self.state.scalars, lookup=self.lookup, rc=self.state.rc, version=self.version,
            memory=self.memory, matrices=self.matrix,
        )

    def matrix(self, name: str) -> Matrix | None:
        """The matrix ``A``, ``e(b)`` or ``r(C)``; None if there is none."""
        from ._matrix.tables import find_matrix

        return find_matrix(self, name)

    def lookup(self, kind: str, key: str) -> Any:
        """The value of ``e(key)``, ``r(key)``, ``c(key)``, ``_b[key]`` or ``_se[key]``; None when there is none."""
        from ._shared.stored import lookup

        return lookup(self, kind, key)
