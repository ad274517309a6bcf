"""Generalized mixed models beside R's lme4, glmmTMB and ordinal, and beside sums over a grid written here.

`peers/glmm.R` printed the numbers, from the data of `glmm_data.py`.  The densities are the same on both sides; the Laplace
and the adaptive quadrature formulas are too (nodes centred at the modes), so that log likelihoods agree to what the peers'
own searches leave.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest
from glmm_data import Columns, bundled, crossed, panel, times
from sessions import run

from mixedcli.data.columns import new_numeric
from mixedcli.data.dataset import Dataset
from mixedcli.engine.glmm import GlmmFit, fit_glmm
from mixedcli.engine.model import RandomEquation
from mixedcli.engine.response.bernoulli import bernoulli
from mixedcli.engine.response.gamma import gamma
from mixedcli.engine.response.nbinomial import nbinomial
from mixedcli.engine.response.ordinal import ordinal
from mixedcli.engine.response.poisson import poisson
from mixedcli.engine.response.survival import survival
from mixedcli.session import Session

pytestmark = pytest.mark.filterwarnings("error")

# R 4.2.2, lme4 1.1-31, glmmTMB 1.1.5, ordinal 2022.11-16.  sd: as the peer orders random parts; sigma: as glmmTMB has it
PEERS: dict[tuple[str, str], dict[str, float | list[float]]] = {
    ("fife crossed", "lme4"): {
        "ll": -2273.190416, "b": [-0.3984651739, 0.3688073386], "se": [0.1252009172, 0.07345287127], "sd":
        [0.6842681824, 0.401882415]},
    ("fife crossed", "glmmTMB"): {
        "ll": -2273.190416, "b": [-0.3984545782, 0.3688083649], "se": [0.1252039689, 0.07345361096], "sd":
        [0.4018873758, 0.6842677012], "se_sd": [0.2466331323, 0.1073727555]},
    ("matings crossed", "lme4"): {
        "ll": -467.6382935, "b": [0.277973466, 0.424535593], "se": [0.1596009601, 0.04221772206], "sd": [0.4480039398,
        0.3003328088]},
    ("matings crossed", "glmmTMB"): {
        "ll": -467.6382935, "b": [0.2779733945, 0.4245356875], "se": [0.1596008715, 0.04221772569], "sd": [0.4480036962,
        0.3003324724], "se_sd": [0.2255019369, 0.2764213229]},
    ("bangladesh slope", "lme4"): {
        "ll": -1199.64466, "b": [-1.710975588, 0.8151676809, -0.02641182918, 1.132306112, 1.357906314, 1.353190952],
        "se": [0.1600392686, 0.1699168105, 0.008019992308, 0.1602663661, 0.1770039735, 0.182809756], "sd":
        [0.6177346417, 0.8020104584], "corr": [-0.798497021]},
    ("bangladesh slope", "glmmTMB"): {
        "ll": -1199.64466, "b": [-1.710976257, 0.8151684386, -0.02641183995, 1.13230638, 1.357907033, 1.353191577],
        "se": [0.1600426872, 0.1699185022, 0.008020092983, 0.160268652, 0.1770072616, 0.1828132263], "sd":
        [0.6177354749, 0.80201269], "corr": [-0.7984978368], "se_sd": [0.1657872703, 0.2432673643, 0.5237190366]},
    ("epilepsy slope", "lme4"): {
        "ll": -655.740582, "b": [2.099736488, -0.9288124439, 0.8851000718, 0.3381114241, 0.4772366966, -0.2664540999],
        "se": [0.2197915533, 0.401138995, 0.1308775762, 0.2038778364, 0.3525958646, 0.164657128], "sd": [0.4997990318,
        0.7286706708], "corr": [0.008029840862]},
    ("epilepsy slope", "glmmTMB"): {
        "ll": -655.740582, "b": [2.099728178, -0.9288006425, 0.8851038673, 0.3381102829, 0.4772430515, -0.2664557217],
        "se": [0.2197941681, 0.4011439875, 0.1308786435, 0.2038803685, 0.3526000929, 0.1646570951], "sd": [0.4998010435,
        0.7286662438], "corr": [0.008026349291], "se_sd": [0.1166367376, 0.2156276659, 0.2417587236]},
    ("melanoma nested", "lme4"): {
        "ll": -1095.342401, "b": [-0.06398446738, -0.02821609517], "se": [0.1335064642, 0.0113855216], "sd":
        [0.2197532309, 0.3702456153]},
    ("melanoma nested", "glmmTMB"): {
        "ll": -1095.3424, "b": [-0.06398773008, -0.02821626222], "se": [0.1335343919, 0.01139581621], "sd":
        [0.3702467435, 0.2197533218], "se_sd": [0.2636220547, 0.1127652929]},
    ("bangladesh 7", "lme4"): {
        "ll": -1206.832178, "b": [-1.689289505, 0.7322765747, -0.02649815891, 1.116001148, 1.365895036, 1.344031282],
        "se": [0.1477589094, 0.1194856636, 0.007891597642, 0.1580918603, 0.1746688257, 0.1796546025], "sd":
        [0.4643473586]},
    ("epilepsy 7", "lme4"): {
        "ll": -665.2906842, "b": [2.154573131, -0.9330367999, 0.8844328107, 0.338259749, 0.4842360337, -0.1610871236],
        "se": [0.2200427361, 0.4008348377, 0.1312314277, 0.2033386456, 0.3472776486, 0.05457575749], "sd":
        [0.5028191706]},
    ("bangladesh 25", "lme4"): {
        "ll": -1206.832177, "b": [-1.68928952, 0.7322760365, -0.02649815388, 1.116001607, 1.365895263, 1.344031332],
        "se": [0.1477589692, 0.1194856355, 0.007891597699, 0.1580919416, 0.1746687866, 0.1796546571], "sd":
        [0.4643474193]},
    ("epilepsy 25", "lme4"): {
        "ll": -665.2907353, "b": [2.154573515, -0.9330370508, 0.8844326129, 0.3382599407, 0.4842365366, -0.1610871268],
        "se": [0.2200424211, 0.4008342612, 0.1312311691, 0.203338277, 0.347277047, 0.05457575816], "sd": [0.5028180585]},
    ("trials logit", "glmmTMB"): {
        "ll": -508.9669064, "b": [-0.09791088927, 0.6070704555, -0.4031268851], "se": [0.1424010732, 0.052183166,
        0.1028786008], "sd": [0.8152326923], "se_sd": [0.1361200524]},
    ("binary logit", "glmmTMB"): {
        "ll": -204.039436, "b": [0.0436996872, 0.6289648976, -0.5889729125], "se": [0.1750488096, 0.1316671025,
        0.2561634472], "sd": [0.5107265595], "se_sd": [0.4003073468]},
    ("binary logit 25", "lme4"): {
        "ll": -203.935564, "b": [0.04392142505, 0.6299606625, -0.5909775093], "se": [0.1769308161, 0.1319325082,
        0.2566552136], "sd": [0.5326136971]},
    ("ordinal logit", "ordinal"): {
        "ll": -414.2824552, "b": [0.7359463841, -0.5715408485], "se": [0.1965500015, 0.1782366811, 0.1928285021,
        0.1162332808, 0.2233968155], "sd": [0.641485721], "cuts": [-1.337902765, -0.009807646382, 1.168846782]},
    ("ordinal logit 7", "ordinal"): {
        "ll": -414.1366545, "b": [0.7365881148, -0.5721106882], "se": [0.1975755757, 0.1793735097, 0.1938700817,
        0.1162617432, 0.2235206865], "sd": [0.6533141965], "cuts": [-1.339526532, -0.009603539185, 1.170266385]},
    ("trials probit", "glmmTMB"): {
        "ll": -508.3876951, "b": [-0.05814391167, 0.3672504186, -0.2426788738], "se": [0.08554878853, 0.03070585428,
        0.06189636273], "sd": [0.4896409688], "se_sd": [0.1331554643]},
    ("binary probit", "glmmTMB"): {
        "ll": -204.0267244, "b": [0.03006166235, 0.3807150433, -0.360593802], "se": [0.1075177278, 0.07751632623,
        0.1552553679], "sd": [0.3211244433], "se_sd": [0.3868851548]},
    ("binary probit 25", "lme4"): {
        "ll": -204.0064302, "b": [0.03012662601, 0.380824622, -0.3608796728], "se": [0.1077438241, 0.07754033952,
        0.1553080837], "sd": [0.3238517959]},
    ("ordinal probit", "ordinal"): {
        "ll": -414.0579716, "b": [0.4301828665, -0.3513684629], "se": [0.1153931335, 0.107534954, 0.1129979836,
        0.06621129681, 0.1318697954], "sd": [0.3826292947], "cuts": [-0.8139465669, -0.01915102607, 0.6819911677]},
    ("ordinal probit 7", "ordinal"): {
        "ll": -414.0449095, "b": [0.4302269572, -0.3514259353], "se": [0.1154576682, 0.1076043662, 0.1130646755,
        0.06621382396, 0.1318785442], "sd": [0.3833675718], "cuts": [-0.814028319, -0.0191258435, 0.6820941611]},
    ("trials cloglog", "glmmTMB"): {
        "ll": -513.0783352, "b": [-0.4957136775, 0.4142087869, -0.2960483844], "se": [0.10427447, 0.03468491311,
        0.07305989197], "sd": [0.5981154084], "se_sd": [0.1402497338]},
    ("binary cloglog", "glmmTMB"): {
        "ll": -203.3099781, "b": [-0.381666154, 0.4674002514, -0.432597387], "se": [0.1281125452, 0.09327633499,
        0.1869041723], "sd": [0.4108826243], "se_sd": [0.3432780818]},
    ("binary cloglog 25", "lme4"): {
        "ll": -203.3400711, "b": [-0.3813422564, 0.4677822543, -0.4330073177], "se": [0.1282420904, 0.09332373583,
        0.1869833668], "sd": [0.4125103069]},
    ("ordinal cloglog", "ordinal"): {
        "ll": -419.5571734, "b": [0.428681287, -0.3174969844], "se": [0.1495905326, 0.1252646567, 0.1189540152,
        0.0726130544, 0.1424755959], "sd": [0.4638039323], "cuts": [-1.341668931, -0.3949225865, 0.3196762367]},
    ("ordinal cloglog 7", "ordinal"): {
        "ll": -419.553073, "b": [0.4294878887, -0.3181026921], "se": [0.1501348506, 0.1258171688, 0.1195157017,
        0.0727023896, 0.1426071522], "sd": [0.4691806853], "cuts": [-1.342713828, -0.3951187816, 0.3203137827]},
    ("trials logit 7", "lme4"): {
        "ll": -508.8285861, "b": [-0.09799077406, 0.6069737564, -0.4030717997], "se": [0.1426029983, 0.05218251885,
        0.1028740055], "sd": [0.8166344107]},
    ("count constant", "glmmTMB"): {
        "ll": -652.8197606, "b": [0.9792205331, 0.321929531, -0.3258330322], "se": [0.07621276611, 0.05226507588,
        0.110593536], "sd": [0.2206428081], "sigma": [1.361619016], "se_sigma": [0.1769214392], "se_sd": [0.3754458241]},
    ("count mean", "glmmTMB"): {
        "ll": -648.3215585, "b": [0.9809430566, 0.3531646962, -0.4005200094], "se": [0.08203736766, 0.05473901019,
        0.1170426975], "sd": [0.2697170305], "sigma": [2.001656065], "se_sigma": [0.1719611891], "se_sd":
        [0.3078659049]},
    ("gamma", "glmmTMB"): {
        "ll": -238.0820875, "b": [-3.817798878e-06, 0.7338704628, -0.545640055], "se": [0.1322945205, 0.03674174962,
        0.07581456081], "sd": [0.7851934684], "sigma": [0.6173936158], "se_sigma": [0.0791853814], "se_sd":
        [0.1208446515]},
    ("times exponential", "lme4"): {
        "ll": -165.6956491, "b": [-0.3017855022, 0.459862518], "se": [0.1238972066, 0.0878302655], "sd": [0.4737636396]},
    ("times exponential 7", "lme4"): {
        "ll": -165.7284989, "b": [-0.3014070478, 0.4598100747], "se": [0.1243526627, 0.08784854826], "sd":
        [0.4773892608]},
}

# What each peer's search and its way to standard errors allow: log likelihood; estimates as a share of their standard
# error; standard errors as a share of themselves.  lme4 differences its deviance twice; clmm stops its inner search for
# the modes early (which the curvature of Laplace's approximation shows); glmmTMB stops by the change of its objective.
ALLOWED = {"lme4": (1e-6, 5e-5, 2e-3), "glmmTMB": (1e-6, 1e-4, 3e-5), "ordinal": (1e-5, 2e-4, 1e-5)}


@functools.cache
def data(name: str) -> Columns:
    made: dict[str, Callable[[], Columns]] = {"panel": panel, "crossed": crossed, "times": times}
    columns = made[name]() if name in made else bundled(name)
    if name == "fife":
        columns["pass"] = (columns["attain"] >= 6).astype(float)
    return columns


def matrix(name: str, covariates: str, constant: bool = True) -> np.ndarray:
    """The constant first, as R has it."""
    columns = [data(name)[each] for each in covariates.split()]
    return np.column_stack([np.ones(columns[0].size), *columns][not constant :])


def intercept(name: str, group: str) -> RandomEquation:
    codes = data(name)[group]
    return RandomEquation(np.ones((codes.size, 1)), codes)


def indicators(name: str, group: str) -> RandomEquation:
    """A crossed factor: one group with an effect of the same variance for each of its values."""
    codes = data(name)[group]
    return RandomEquation((codes[:, None] == np.unique(codes)).astype(float), np.zeros(codes.size, dtype=int), "identity")


def simple(response: object, name: str, covariates: str, group: str, points: int, constant: bool = True) -> GlmmFit:
    x = matrix(name, covariates, constant)
    return fit_glmm(response, x, [intercept(name, group)], method="mcaghermite", points=points)  # type: ignore[arg-type]


def crossed_fit(response: object, name: str, covariates: str, groups: tuple[str, str]) -> GlmmFit:
    equations = [indicators(name, groups[0]), intercept(name, groups[1])]
    return fit_glmm(response, matrix(name, covariates), equations, method="laplace")  # type: ignore[arg-type]


def slope_fit(response: object, name: str, covariates: str, group: str, slope: int) -> GlmmFit:
    x = matrix(name, covariates)
    equation = RandomEquation(x[:, [0, slope]], data(name)[group], "unstructured")
    return fit_glmm(response, x, [equation], method="laplace")  # type: ignore[arg-type]


BANGLADESH = "urban age child1 child2 child3"
EPILEPSY = "treat lbas lbas_trt lage"


def nested_fit() -> GlmmFit:
    d = data("melanoma")
    equations = [intercept("melanoma", "nation"), intercept("melanoma", "region")]
    return fit_glmm(poisson(d["deaths"]), matrix("melanoma", "uv"), equations, np.log(d["expected"]), method="laplace")


def one_fit(name: str) -> GlmmFit:
    """The models of the panel, by the words of their name: outcome, link or dispersion, points."""
    outcome, *rest = name.split()
    points = int(rest.pop()) if rest and rest[-1].isdigit() else 1
    d, kind = data("panel"), rest[0] if rest else ""
    response: object
    if outcome == "ordinal":
        response = ordinal(d["o"].astype(int) - 1, 4, kind)
    elif outcome == "count":
        response = nbinomial(d["count"], kind)
    elif outcome == "gamma":
        response = gamma(d["g"])
    else:
        response = bernoulli(d["k"], kind, d["m"]) if outcome == "trials" else bernoulli(d["y"], kind)
    return simple(response, "panel", "x w", "group", points, outcome != "ordinal")


def times_fit(distribution: str, points: int, aft: bool = False) -> GlmmFit:
    d = data("times")
    return simple(survival(distribution, d["time"], d["failed"], aft=aft), "times", "x", "group", points)


@functools.cache
def fitted(name: str) -> GlmmFit:
    if name == "fife crossed":
        return crossed_fit(bernoulli(data("fife")["pass"]), "fife", "sex", ("sid", "pid"))
    if name == "matings crossed":
        return crossed_fit(poisson(data("crossed")["count"]), "crossed", "x", ("male", "female"))
    if name == "bangladesh slope":
        return slope_fit(bernoulli(data("bangladesh")["c_use"]), "bangladesh", BANGLADESH, "district", 1)
    if name == "epilepsy slope":
        return slope_fit(poisson(data("epilepsy")["seizures"]), "epilepsy", f"{EPILEPSY} visit", "subject", 5)
    if name == "melanoma nested":
        return nested_fit()
    points = int(name.split()[-1]) if name[-1].isdigit() else 1
    if name.startswith("bangladesh"):
        return simple(bernoulli(data("bangladesh")["c_use"]), "bangladesh", BANGLADESH, "district", points)
    if name.startswith("epilepsy"):
        return simple(poisson(data("epilepsy")["seizures"]), "epilepsy", f"{EPILEPSY} v4", "subject", points)
    if name.startswith("times"):
        return times_fit("exponential", points)
    return one_fit(name)


# glmmTMB's sigma: 1 + delta is Stata's variance over the mean (sigma = delta); 1/alpha for NB2; our s for the gamma.  The
# standard error is that of a times our ln parameter
DISPERSION = {
    "count constant": (lambda sigma: np.log(sigma), 1.0),
    "count mean": (lambda sigma: -np.log(sigma), 1.0),
    "gamma": (lambda sigma: np.log(sigma), 2.0),
}


@pytest.mark.parametrize(("name", "peer"), PEERS)
def test_engine(name: str, peer: str) -> None:
    fit, theirs = fitted(name), PEERS[name, peer]
    loglik, share, errors = ALLOWED[peer]
    assert fit.convergence.converged
    assert fit.convergence.scaled_gradient < 1e-12
    assert fit.convergence.iterations < 30
    assert fit.loglik == pytest.approx(theirs["ll"], abs=loglik)
    p, k = fit.beta.size, fit.extra.size
    se = np.sqrt(np.diag(fit.vcov))
    expected, expected_se = np.array(theirs["b"]), np.array(theirs["se"])
    found, found_se = fit.beta, se[:p]
    if "cuts" in theirs:
        found, found_se = np.append(fit.extra, fit.beta), np.append(se[p : p + k], se[:p])
        expected = np.append(theirs["cuts"], expected)
    assert np.abs((found - expected) / expected_se).max() < share
    assert found_se == pytest.approx(expected_se, rel=errors)
    if name in DISPERSION:
        transform, times_ours = DISPERSION[name]
        assert fit.extra[0] == pytest.approx(transform(np.array(theirs["sigma"]))[0], abs=share * se[p])
        assert se[p] * times_ours == pytest.approx(np.array(theirs["se_sigma"])[0], rel=errors)
    assert random_part(fit) == pytest.approx(np.sort(theirs["sd"]), rel=share)
    if "corr" in theirs:
        g = fit.covariances[0]
        assert g[0, 1] / np.sqrt(g[0, 0] * g[1, 1]) == pytest.approx(theirs["corr"][0], abs=share)  # type: ignore[index]
    elif "se_sd" in theirs:
        # both are standard errors of ln sd
        assert np.sort(se[p + k :]) == pytest.approx(np.sort(theirs["se_sd"]), rel=errors)


def random_part(fit: GlmmFit) -> np.ndarray:
    """The standard deviations in ascending order, one of those that are equal by construction."""
    sds = [np.sqrt(np.diag(g)) for g in fit.covariances]
    return np.sort(np.concatenate([each[:1] if each.size > 2 else each for each in sds]))


# ---- the whole road: the command as typed ------------------------------------------------------------------------

MC = "intmethod(mcaghermite)"
COMMANDS = {
    "xtmelogit pass sex || _all: R.sid || pid:, laplace": ("fife crossed", "fife"),
    "meqrpoisson count x || _all: R.male || female:, laplace": ("matings crossed", "crossed"),
    f"meqrlogit c_use {BANGLADESH} || district: urban, covariance(unstructured) laplace": ("bangladesh slope", "bangladesh"),
    f"melogit c_use {BANGLADESH} || district: urban, covariance(unstructured) intmethod(laplace)": (
        "bangladesh slope",
        "bangladesh",
    ),
    "xtmepoisson deaths uv, exposure(expected) || nation: || region:, laplace": ("melanoma nested", "melanoma"),
    f"xtmelogit c_use {BANGLADESH} || district:": ("bangladesh 7", "bangladesh"),
    f"mepoisson seizures {EPILEPSY} v4 || subject:, {MC} intpoints(25)": ("epilepsy 25", "epilepsy"),
    f"melogit k x w || group:, binomial(m) {MC}": ("trials logit 7", "panel"),
    f"meprobit y x w || group:, {MC} intpoints(25)": ("binary probit 25", "panel"),
    "meprobit k x w || group:, binomial(m) intmethod(laplace)": ("trials probit", "panel"),
    f"mecloglog y x w || group:, {MC} intpoints(25)": ("binary cloglog 25", "panel"),
    f"meologit o x w || group:, {MC}": ("ordinal logit 7", "panel"),
    f"meoprobit o x w || group:, {MC}": ("ordinal probit 7", "panel"),
    f"meglm o x w || group:, family(ordinal) link(cloglog) {MC}": ("ordinal cloglog 7", "panel"),
    "menbreg count x w || group:, intmethod(laplace)": ("count mean", "panel"),
    "menbreg count x w || group:, dispersion(constant) intmethod(laplace)": ("count constant", "panel"),
    "meglm g x w || group:, family(gamma) link(log) intmethod(laplace)": ("gamma", "panel"),
    f"mestreg x || group:, distribution(exponential) nohr {MC}": ("times exponential 7", "times"),
}


def session_on(name: str) -> Session:
    session = Session()
    made = [new_numeric(each, values, "double") for each, values in data(name).items()]
    session.context.data = Dataset({column.name: column for column in made}, made[0].values.size)
    if name == "times":
        run(session, "quietly stset time, failure(failed)")
    return session


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str) -> None:
    name, set_name = COMMANDS[command]
    session = session_on(set_name)
    (outcome,) = run(session, f"quietly {command}")
    assert outcome.error is None, outcome.error
    stored = session.context.estimates.stored()
    b, v = stored.matrices["b"], stored.matrices["V"]
    peer = next(each for key, each in PEERS if key == name)
    theirs, (loglik, share, errors) = PEERS[name, peer], ALLOWED[peer]
    assert stored.scalars["ll"] == pytest.approx(theirs["ll"], abs=loglik)
    covariates = [each for each in command.split(",")[0].split("||")[0].split()[1:] if each not in ("c_use", "pass")]
    values = {each.name: (b.values[0, i], v.values[i, i] ** 0.5) for i, each in reversed(list(enumerate(b.columns)))}
    offset = len(theirs["se"]) - len(theirs["b"])  # type: ignore[arg-type]
    first = int("cuts" not in theirs)              # R's constant comes first
    names = [each for each in covariates if each in values]
    assert len(names) == len(theirs["b"]) - first  # type: ignore[arg-type]
    for i, each in enumerate(names, first):
        value, error = theirs["b"][i], theirs["se"][i + offset]  # type: ignore[index]
        assert values[each] == (pytest.approx(value, abs=share * error), pytest.approx(error, rel=errors))


# ---- survival, and what no peer has: sums over a grid of the random intercept ------------------------------------

GRID = np.linspace(-8.0, 8.0, 401)


def survivor_and_density(distribution: str, eta: np.ndarray, t: np.ndarray, extra: float) -> tuple[np.ndarray, np.ndarray]:
    """Textbook forms (Kalbfleisch and Prentice 2002, chapter 2): log survivor function and log density."""
    from scipy import stats

    p, s = np.exp(extra), np.exp(extra)
    if distribution == "weibull":
        hazard = np.exp(eta) * p * t ** (p - 1.0)
        logs = -np.exp(eta) * t**p
        return logs, np.log(hazard) + logs
    law = {
        "weibull aft": lambda: stats.weibull_min(p, scale=np.exp(eta)),
        "lognormal": lambda: stats.lognorm(s, scale=np.exp(eta)),
        "loglogistic": lambda: stats.fisk(1.0 / s, scale=np.exp(eta)),
        "gamma": lambda: stats.gamma(s**-2.0, scale=np.exp(eta) * s**2.0),
    }[distribution]()
    return law.logsf(t), law.logpdf(t)


def direct(distribution: str, theta: np.ndarray) -> float:
    """The log likelihood at theta = (constant, x, ln of the shape or scale, ln sd)."""
    d = data("times")
    base = theta[0] + theta[1] * d["x"]
    eta = base + np.exp(theta[3]) * GRID[:, None]
    survive, density = survivor_and_density(distribution, eta, d["time"], theta[2])
    rows = np.where(d["failed"] > 0, density, survive)
    logs = np.add.reduceat(rows, np.arange(0, d["x"].size, 6), axis=1) - 0.5 * GRID[:, None] ** 2
    top = logs.max(0)
    return float((np.log(np.exp(logs - top).sum(0) * (GRID[1] - GRID[0]) / np.sqrt(2 * np.pi)) + top).sum())


@pytest.mark.parametrize("distribution", ["weibull", "weibull aft", "lognormal", "loglogistic", "gamma"])
def test_times_against_a_sum_over_a_grid(distribution: str) -> None:
    """The same log likelihood, its gradient zero there, and its curvature that of the standard errors."""
    name, _, aft = distribution.partition(" ")
    fit = times_fit(name, 25, bool(aft))
    se = np.sqrt(np.diag(fit.vcov))
    assert fit.loglik == pytest.approx(direct(distribution, fit.theta), abs=1e-6)
    for i, unit in enumerate(np.eye(4)):
        step = 0.02 * se[i] * unit
        up, down = direct(distribution, fit.theta + step), direct(distribution, fit.theta - step)
        assert (up - down) / 0.04 == pytest.approx(0.0, abs=2e-3)
    directions = fit.vcov / se                     # along these the log likelihood falls by half of the step's square
    for i in range(4):
        step = 0.05 * directions[:, i]
        ends = [direct(distribution, fit.theta + sign * step) - fit.loglik for sign in (1, -1)]
        assert sum(ends) == pytest.approx(-(0.05**2), rel=2e-3)
