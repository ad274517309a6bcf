"""vce(bootstrap) and vce(jackknife) of the commands: the numbers of the prefix, the command's own print, what follows."""

from __future__ import annotations

import numpy as np
import pytest
from test_commands_ml import session_with
from test_commands_resample import failure, matrix, printed, run

from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")
N = 60


def made() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    x = rng.normal(size=N)
    u = x + rng.logistic(size=N)
    return {
        "x": x, "y": 1 + u, "d": u > 0, "k": rng.poisson(np.exp(0.5 + 0.4 * x)), "o": np.digitize(u, [-1, 0.3, 1.2]),
        "lo": np.floor(u), "hi": np.floor(u) + 1, "g": np.arange(N) // 6, "one": np.ones(N),
    }


@pytest.fixture
def session() -> Session:
    found = session_with(made(), "15")
    run(found, "quietly xtset g")
    return found


COMMANDS = [
    "regress y x", "regress y x i.o", "logit d x", "logistic d x", "probit d x", "cloglog d x", "poisson k x", "nbreg k x",
    "ologit o x", "oprobit o x", "tobit y x, ll(0)", "intreg lo hi x",
]


@pytest.mark.parametrize("version", [13, 17])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_numbers_are_those_of_the_prefix(session: Session, command: str, version: int) -> None:
    run(session, f"version {version}")
    comma = " " if "," in command else ", "
    run(session, f"quietly bootstrap, reps(6) seed(3): {command}")
    prefix = {name: matrix(session, name) for name in ("b", "V", "b_bs", "bias")}
    run(session, f"quietly {command}{comma}vce(bootstrap, reps(6) seed(3))")
    for name, values in prefix.items():
        assert matrix(session, name) == pytest.approx(values, rel=1e-9, abs=1e-14)
    e = {name: session.context.lookup("e", name) for name in ("vce", "vcetype", "N_reps", "prefix", "N")}
    assert e == {"vce": "bootstrap", "vcetype": "Bootstrap", "N_reps": 6, "prefix": "bootstrap", "N": N}


@pytest.mark.parametrize("command", ["regress y x", "logit d x", "ologit o x", "tobit y x, ll(0)"])
def test_jackknife_is_that_of_the_prefix(session: Session, command: str) -> None:
    run(session, f"quietly jknife: {command}")
    V = matrix(session, "V")
    run(session, f"quietly {command}{' ' if ',' in command else ', '}vce(jackknife)")
    assert matrix(session, "V") == pytest.approx(V, rel=1e-9)
    assert session.context.lookup("e", "df_r") == N - 1


@pytest.mark.parametrize("model", ["re", "fe", "be", "mle"])
def test_panels_are_drawn_whole(session: Session, model: str) -> None:
    run(session, f"quietly bootstrap, cluster(g) idcluster(g) reps(6) seed(3): xtreg y x, {model}")
    V = matrix(session, "V")
    run(session, f"xtreg y x, {model} vce(bootstrap, reps(6) seed(3))")
    assert matrix(session, "V") == pytest.approx(V, rel=1e-9)
    assert session.context.lookup("e", "N_clust") == 10 and session.context.lookup("e", "cluster") == "g"
    run(session, "predict double r, ue\nmargins")
    kept = session.context.data.columns["g"].values
    assert (np.asarray(kept) == made()["g"]).all()


def test_jackknife_of_panels_by_hand(session: Session) -> None:
    """Slopes of fe with each of the ten panels left out: 9/10 of their sum of squares about their mean."""
    run(session, "xtreg y x, fe vce(jackknife, nodots)")
    data = made()
    slopes = []
    for out in range(10):
        rows = data["g"] != out
        x, y, g = data["x"][rows], data["y"][rows], data["g"][rows]
        means = {v: np.array([a[g == k].mean() for k in g]) for v, a in (("x", x), ("y", y))}
        slopes.append((x - means["x"]) @ (y - means["y"]) / ((x - means["x"]) @ (x - means["x"])))
    assert matrix(session, "V")[0, 0] == pytest.approx(0.9 * 9 * np.var(slopes, ddof=1), rel=1e-9)
    test = matrix(session, "b")[0, 0] ** 2 / matrix(session, "V")[0, 0]
    assert session.context.lookup("e", "F") == pytest.approx(test) and session.context.lookup("e", "df_r") == 9


def test_fifty_replications_unless_asked_and_one_stream(session: Session) -> None:
    run(session, "set seed 5\nregress y x, vce(boot)")
    assert session.context.lookup("e", "N_reps") == 50
    V = matrix(session, "V")
    run(session, "set seed 5\nbs: regress y x")
    assert matrix(session, "V") == pytest.approx(V, rel=1e-12)
    run(session, "set seed 5\nbstrap, reps(50): regress y x")
    assert matrix(session, "V") == pytest.approx(V, rel=1e-12)


@pytest.mark.parametrize("option", ["vce(boot, reps(2))", "vce(bs, reps(2))", "vce(jack)", "vce(jknife)", "vce(oim)"])
def test_abbreviations(session: Session, option: str) -> None:
    run(session, f"quietly logit d x, {option}")
    run(session, f"quietly xtreg y x, mle {option}")
    run(session, f"quietly xtreg y x, fe {'vce(conv)' if 'oim' in option else option}")


def test_test_of_the_model_and_what_comes_after(session: Session) -> None:
    run(session, "quietly regress y x, vce(bootstrap, reps(9) seed(1))")
    chi2 = matrix(session, "b")[0, 0] ** 2 / matrix(session, "V")[0, 0]
    assert session.context.lookup("e", "chi2") == pytest.approx(chi2)
    run(session, "test x")
    assert session.context.lookup("r", "chi2") == pytest.approx(chi2)
    run(session, "predict double s, stdp\npredict double r, residuals")
    X = np.column_stack([made()["x"], np.ones(N)])
    expected = np.sqrt(np.einsum("ij,jk,ik->i", X, matrix(session, "V"), X))
    assert np.asarray(session.context.data.columns["s"].values) == pytest.approx(expected)
    assert "Model VCE    : Bootstrap" in printed(session, "margins")
    run(session, "quietly logit d x, vce(jackknife)")
    assert "P>|t|" in printed(session, "margins") and session.context.lookup("e", "df_r") == N - 1


@pytest.mark.parametrize(
    "command", ["regress y x, vce(boot, reps(2))", "logit d x", "xtreg y x", "bs, reps(2): regress y x"]
)
def test_the_command_line_is_kept_without_its_prefixes(session: Session, command: str) -> None:
    run(session, f"version 15: quietly {command}")
    assert session.context.lookup("e", "cmdline") == command


def test_the_prefix_leaves_the_model_of_its_command(session: Session) -> None:
    """predict, margins and replay know it, with the new variance."""
    for command, statistic in (("logit d x", "pr"), ("regress y x", "residuals"), ("poisson k x", "n")):
        run(session, f"quietly {command}\npredict double p1, {statistic}\nquietly margins")
        margin = session.context.state.returned.matrices["b"].values
        option = f"{command}, vce(bootstrap, reps(5) seed(2))"
        run(session, f"quietly {option}\nquietly margins")
        wanted = session.context.state.returned.matrices["V"].values
        own = printed(session, command.split()[0])
        run(session, f"quietly bootstrap, reps(5) seed(2): {command}\npredict double p2, {statistic}\nquietly margins")
        assert session.context.state.returned.matrices["b"].values == pytest.approx(margin)
        assert session.context.state.returned.matrices["V"].values == pytest.approx(wanted)
        assert printed(session, command.split()[0]) == own
        first, second = (np.asarray(session.context.data.columns[name].values) for name in ("p1", "p2"))
        assert first == pytest.approx(second)
        run(session, "drop p1 p2")


@pytest.mark.parametrize("version", [13, 15, 17, 18])
@pytest.mark.parametrize("kind", ["bootstrap, reps(4) seed(1)", "bootstrap, reps(4) seed(1) cluster(g)", "jackknife"])
@pytest.mark.parametrize("command", ["regress y x", "logit d x", "poisson k x"])
def test_print_is_that_of_the_prefix(session: Session, command: str, kind: str, version: int) -> None:
    run(session, f"version {version}")
    prefix = printed(session, f"{kind}: {command}")
    assert printed(session, f"{command}, vce({kind})") == prefix


def test_print_of_logit(session: Session) -> None:
    text = printed(session, "logit d x, vce(bootstrap, reps(4) seed(1)) or")
    lines = text.split("\n")
    assert lines[:5] == [
        "(running logit on estimation sample)", "", "Bootstrap replications (4)",
        "----+--- 1 ---+--- 2 ---+--- 3 ---+--- 4 ---+--- 5 ", "....",
    ]
    assert lines[6].startswith("Logistic regression") and lines[7].split() == ["Replications", "=", "4"]
    assert lines[8].split()[:2] == ["Wald", "chi2(1)"] and "Iteration" not in text and "pseudolikelihood" not in text
    assert lines[13] == "             |   Observed   Bootstrap                         Normal-based"
    assert lines[14] == "           d | Odds Ratio   Std. Err.      z    P>|z|     [95% Conf. Interval]"
    again = printed(session, "logit, or")
    assert "running" not in again and again.strip("\n") == "\n".join(lines[5:]).strip("\n")


def test_print_of_panels(session: Session) -> None:
    text = printed(session, "version 14\nxtreg y x, fe vce(bootstrap, reps(4) seed(1) nodots)")
    lines = text.split("\n")
    assert lines[0] == "(running xtreg on estimation sample)" and "replications (" not in text
    assert lines[2].startswith("Fixed-effects (within) regression")
    assert "(Replications based on 10 clusters in g)".rjust(78) in lines
    assert "F test that all u_i" not in text and "     sigma_u |" in text and "Wald chi2(1)" in text
    again = printed(session, "xtreg, level(90)")
    assert "running" not in again and "[90% Conf. Interval]" in again


def test_lost_replications_are_told(session: Session) -> None:
    """Without panel 9 x does not vary within panels."""
    run(session, "generate z = x if g == 9\nreplace z = g if g != 9")
    text = printed(session, "xtreg y z, fe vce(jackknife)")
    assert "Note: One or more parameters could not be estimated in 1 jackknife replicate;" in text
    assert session.context.lookup("e", "N_misreps") == 1


def test_groups_of_by_have_their_own(session: Session) -> None:
    text = printed(session, "bysort one: regress y x, vce(bootstrap, reps(3) nodots)")
    assert text.count("Normal-based") == 1


@pytest.mark.parametrize(
    ("command", "message", "rc"),
    [
        ("logit d x [pw=one], vce(bootstrap)", "weights not allowed", 101),
        ("bootstrap: regress y x [fw=one]", "weights not allowed", 101),
        ("jackknife: regress y x [aw=one]", "weights not allowed", 101),
        ("jackknife: regress y x [fw=one]", "jackknife with fweights is not built yet", 199),
        ("logit d x, vce(bootstrap, strata(nothing))", "variable nothing not found", 111),
        ("xtreg y x, fe vce(bootstrap, cluster(o))", "vce(bootstrap) of panels with cluster() is not built yet", 199),
        ("poisson k x, vce(opg)", "vce(opg) is not built yet", 199),
        ("poisson k x, vce(ols)", "option vce() incorrectly specified", 198),
        ("regress y x in 1/1, vce(jackknife)", "insufficient observations", 2001),
    ],
)
def test_refusals(session: Session, command: str, message: str, rc: int) -> None:
    assert failure(session, command) == (message, rc)
    assert session.context.state.estimates is None
