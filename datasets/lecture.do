* Pupils in schools: from separate regressions to mixed models
*
* The analysis of a lecture on multilevel models (C. F. Baum, Multilevel Mixed Models, 2015), done again in our own
* words; data and analysis go back to Rabe-Hesketh and Skrondal, Multilevel and Longitudinal Modeling Using Stata
* (3rd edition, 2012).  Run it with   mixedcli -b do lecture.do   and read lecture.log.

version 13
use gcse, clear
describe

* ---- 1. A regression in each school ---------------------------------------------------------------------------
* How do exam results at 16 depend on the reading test at 11?  One line per school with at least five pupils.

egen count = count(gcse), by(school)
assert count == nstu
summarize nstu

tempfile lines
preserve
statsby alpha=_b[_cons] beta=_b[lrt], by(school) clear: regress gcse lrt if nstu > 4
summarize alpha beta
correlate alpha beta, covariance
save `lines'
restore

* ---- 2. Schools as a sample: a random intercept -----------------------------------------------------------------
* 130 coefficients say too much about these schools and nothing about others.  Let intercepts vary at random.

xtmixed gcse lrt || school: if nstu > 4, mle nolog
estimates store intercept
estat icc
predict effect, reffects

* ---- 3. Slopes that vary, too -------------------------------------------------------------------------------------

xtmixed gcse lrt || school: lrt if nstu > 4, mle nolog ///
        covariance(unstructured)
estimates store slope
estat recovariance
estat recovariance, correlation
lrtest intercept slope
predict slope_effect intercept_effect, reffects

* ---- 4. Do boys' and girls' schools differ? -----------------------------------------------------------------------

xtmixed gcse c.lrt##i.schgend || school: lrt if nstu > 4, mle nolog ///
        covariance(unstructured)
testparm i.schgend#c.lrt
estat recovariance

* ---- 5. Each school's own line beside what the model predicts for it -----------------------------------------------
* The mixed model draws the lines of small schools towards the mean.

estimates restore slope
egen first = tag(school) if nstu > 4
keep if first == 1
generate predicted_alpha = _b[_cons] + intercept_effect
generate predicted_beta = _b[lrt] + slope_effect
keep school nstu predicted_alpha predicted_beta
merge 1:1 school using `lines', nogenerate
summarize alpha predicted_alpha beta predicted_beta
foreach line in alpha beta {
    quietly summarize `line'
    local own = r(sd)
    quietly summarize predicted_`line'
    display "`line': standard deviation " %6.4f `own' " over the schools' own lines, " %6.4f r(sd) " over the predicted ones"
    assert r(sd) < `own'
}
