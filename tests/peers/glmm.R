# The numbers of test_glmm_peers.py, printed as lines of a Python dictionary.
#   python tests/glmm_data.py FOLDER && Rscript tests/peers/glmm.R FOLDER
# Debian 12: r-cran-lme4 r-cran-glmmtmb r-cran-ordinal.  Order of random parts as the peer has them.
suppressPackageStartupMessages({library(lme4); library(glmmTMB); library(ordinal)})
folder <- commandArgs(TRUE)[1]
data <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
bangladesh <- data("bangladesh"); melanoma <- data("melanoma"); epilepsy <- data("epilepsy"); fife <- data("fife")
panel <- data("panel"); crossed <- data("crossed"); times <- data("times")
fife$pass <- as.numeric(fife$attain >= 6)
panel$o <- factor(panel$o, ordered = TRUE)

show <- function(name, ...) {
  parts <- list(...)
  text <- sapply(names(parts), function(k)
    sprintf('"%s": [%s]', k, paste(sprintf("%.10g", parts[[k]]), collapse = ", ")))
  cat(sprintf('    "%s": {%s},\n', name, paste(text, collapse = ", ")))
}

# tighter than the defaults, so that what differs is the model and not where the search stopped
tight <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 1e-2, rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-13,
                      check.conv.grad = "ignore", check.conv.hess = "ignore")
# with several points glmer leaves out the log likelihood of the saturated model: `saturated` puts it back
lme <- function(name, formula, family, d, points = 1, saturated = 0) {
  m <- glmer(formula, d, family = family, nAGQ = points, control = tight)
  again <- glmer(formula, d, family = family, nAGQ = points, control = tight,
                 start = list(theta = getME(m, "theta"), fixef = fixef(m)))
  sd <- unlist(lapply(VarCorr(again), attr, "stddev"))
  corr <- unlist(lapply(VarCorr(again), function(v) { r <- attr(v, "correlation"); r[lower.tri(r)] }))
  show(name, ll = as.numeric(logLik(again)) + saturated, b = fixef(again),
       se = sqrt(diag(as.matrix(vcov(again, use.hessian = TRUE)))), sd = sd, corr = corr)
}
tmb <- function(name, formula, family, d) {
  control <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-12))
  m <- glmmTMB(formula, d, family = family, control = control)
  v <- VarCorr(m)$cond
  sd <- unlist(lapply(v, attr, "stddev"))
  corr <- unlist(lapply(v, function(v) { r <- attr(v, "correlation"); r[lower.tri(r)] }))
  full <- m$sdr$par.fixed; se <- sqrt(diag(m$sdr$cov.fixed))
  is <- function(k) names(full) == k
  # (the log of) the dispersion parameter and its standard error, as glmmTMB has it
  show(name, ll = as.numeric(logLik(m)), b = full[is("beta")], se = se[is("beta")], sd = sd, corr = corr,
       sigma = sigma(m), disp = full[is("betad")], se_disp = se[is("betad")], se_sd = se[is("theta")])
}
clm2 <- function(name, link, points) {
  m <- clmm(o ~ x + w + (1 | group), panel, link = link, nAGQ = points, Hess = TRUE,
            control = clmm.control(gradTol = 1e-8, maxIter = 500, innerCtrl = "noWarn", maxLineIter = 200))
  show(name, ll = as.numeric(logLik(m)), cuts = m$alpha, b = m$beta, se = sqrt(diag(vcov(m)))[seq_along(c(m$alpha, m$beta))],
       sd = unlist(lapply(VarCorr(m), attr, "stddev")))
}

cat("#", R.version.string, "lme4", as.character(packageVersion("lme4")), "glmmTMB", as.character(packageVersion("glmmTMB")),
    "ordinal", as.character(packageVersion("ordinal")), "\n")
bang <- c_use ~ urban + age + child1 + child2 + child3
lme("fife crossed", pass ~ sex + (1 | sid) + (1 | pid), binomial, fife)
tmb("fife crossed tmb", pass ~ sex + (1 | sid) + (1 | pid), binomial, fife)
lme("matings crossed", count ~ x + (1 | female) + (1 | male), poisson, crossed)
tmb("matings crossed tmb", count ~ x + (1 | female) + (1 | male), poisson, crossed)
lme("bangladesh slope", update(bang, . ~ . + (1 + urban | district)), binomial, bangladesh)
tmb("bangladesh slope tmb", update(bang, . ~ . + (1 + urban | district)), binomial, bangladesh)
lme("epilepsy slope", seizures ~ treat + lbas + lbas_trt + lage + visit + (1 + visit | subject), poisson, epilepsy)
tmb("epilepsy slope tmb", seizures ~ treat + lbas + lbas_trt + lage + visit + (1 + visit | subject), poisson, epilepsy)
lme("melanoma nested", deaths ~ uv + offset(log(expected)) + (1 | nation) + (1 | region), poisson, melanoma)
tmb("melanoma nested tmb", deaths ~ uv + offset(log(expected)) + (1 | nation) + (1 | region), poisson, melanoma)
for (k in c(7, 25)) {
  lme(paste("bangladesh", k), update(bang, . ~ . + (1 | district)), binomial, bangladesh, k)
  lme(paste("epilepsy", k), seizures ~ treat + lbas + lbas_trt + lage + v4 + (1 | subject), poisson, epilepsy, k,
      sum(dpois(epilepsy$seizures, epilepsy$seizures, log = TRUE)))
}
# off the canonical link glmer takes the expected information for the curvature at the modes, glmmTMB the observed as we do:
# Laplace's approximation from glmmTMB; with 25 points the centre and the width of the nodes no longer matter
for (link in c("logit", "probit", "cloglog")) {
  one <- binomial(link)
  tmb(paste("trials", link), cbind(k, m - k) ~ x + w + (1 | group), one, panel)
  tmb(paste("binary", link), y ~ x + w + (1 | group), one, panel)
  lme(paste("binary", link, 25), y ~ x + w + (1 | group), one, panel, 25)
  # P(y > k) = 1 - exp(-exp(eta - cut)) is what clmm calls loglog
  theirs <- if (link == "cloglog") "loglog" else link
  clm2(paste("ordinal", link), theirs, 1)
  clm2(paste("ordinal", link, 7), theirs, 7)
}
lme("trials logit 7", cbind(k, m - k) ~ x + w + (1 | group), binomial, panel, 7,
    sum(dbinom(panel$k, panel$m, panel$k / panel$m, log = TRUE)))
tmb("count constant", count ~ x + w + (1 | group), nbinom1(), panel)
tmb("count mean", count ~ x + w + (1 | group), nbinom2(), panel)
tmb("gamma", g ~ x + w + (1 | group), Gamma("log"), panel)
# exponential times are Poisson events with the log of time as offset, but for the sum of log times of events
lme("times exponential", failed ~ x + offset(log(time)) + (1 | group), poisson, times, 1, -sum(times$failed * log(times$time)))
lme("times exponential 7", failed ~ x + offset(log(time)) + (1 | group), poisson, times, 7,
    sum(dpois(times$failed, times$failed, log = TRUE)) - sum(times$failed * log(times$time)))
