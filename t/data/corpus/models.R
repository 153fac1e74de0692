# models.R - regression, survival and other models: what R prints of them, and their terms as tables.
source(file.path(Sys.getenv("SPE_CORPUS"), "lib.R"))
set.seed(541)
print_of <- function(x) capture.output(print(x))
# Quantiles of residuals begin and end with one person's; who keeps the rules leaves them out of the print.
no_residuals <- function(lines) {
	from <- grep("^(Deviance |Scaled |Standardized |Standardized Within-Group )?[Rr]esiduals:", lines)
	if (length(from)) lines[-(from[1] + 0:3)] else lines
}
print_file <- function(stem, x, residuals = FALSE, ext = "txt", head = NULL) {
	f <- paste0(stem, ".", ext)
	l <- print_of(x)
	kept <- if (residuals) l else no_residuals(l)
	text(f, head, kept)
	if (residuals && length(no_residuals(l)) < length(l))
		may(f, "extreme-value", "the print has the smallest and the largest residual")
	f
}

lms <- list(
	"mpg-weight" = lm(mpg ~ wt + hp, mtcars), "birth-weight" = lm(bwt ~ age + lwt + race + rx, coh$birthwt),
	"bilirubin" = lm(log(bili) ~ age + sex + albumin + stage, coh$pbc), "nodes" = lm(log1p(nodes) ~ age + rx + extent, coh$colon),
	"haemoglobin" = lm(hgb ~ age + sex + rx, coh$mgus), "bmi" = lm(bmi ~ age + sex + height, coh$nafld),
	"fertility" = lm(Fertility ~ ., swiss), "ozone" = lm(log(Ozone) ~ Solar.R + Wind + Temp, airquality),
	"tooth-growth" = lm(len ~ supp * dose, ToothGrowth), "thickness" = lm(log(thickness) ~ age + sex, coh$melanoma),
	"crime" = lm(y ~ M + Ed + Po1 + U2 + Ineq + Prob, UScrime), "karnofsky" = lm(karno ~ age + celltype + factor(prior), coh$veteran))
glms <- list(
	"low-birth-weight" = glm(low ~ age + lwt + race + rx, binomial, coh$birthwt), "infertility" = glm(rx ~ spontaneous + induced + age, binomial, coh$infert),
	"diabetes" = glm(type ~ npreg + glu + bmi + ped + age, binomial, Pima.tr), "oesophagus" = glm(cbind(ncases, ncontrols) ~ agegp + alcgp, binomial, esoph),
	"claims" = glm(Claims ~ District + Group + offset(log(Holders)), poisson, Insurance), "days-absent" = glm(Days ~ Eth + Sex + Age + Lrn, quasipoisson, quine),
	"relapse" = glm(relapse ~ stage + rx + agegroup, binomial, coh$wilms), "anaemia" = glm(anaemia ~ age + sex, binomial, coh$mgus),
	"warp-breaks" = glm(breaks ~ wool * tension, poisson, warpbreaks), "obesity" = glm(obese ~ age + sex, binomial, coh$nafld),
	"transmission" = glm(am ~ wt, binomial, mtcars), "relapse-breast" = glm(relapse ~ age + size + nodes + grade, binomial, coh$rotterdam))
coxes <- list(
	"colon" = coxph(Surv(time, status) ~ rx + sex + age + nodes4, coh$colon), "pbc" = coxph(Surv(time, status) ~ age + log(bili) + albumin + stage, coh$pbc),
	"lung" = coxph(Surv(time, status) ~ rx + sex + age, coh$lung), "veteran" = coxph(Surv(time, status) ~ rx + celltype + karno, coh$veteran),
	"mgus" = coxph(Surv(time, status) ~ age + sex + hgb, coh$mgus), "gbsg" = coxph(Surv(time, status) ~ rx + menopause + grade + nodes, coh$gbsg),
	"rotterdam" = coxph(Surv(time, status) ~ rx + size + nodes + grade, coh$rotterdam), "flchain" = coxph(Surv(time, status) ~ age + sex + rx, coh$flchain),
	"aids" = coxph(Surv(time + 0.9, status) ~ age + state, coh$aids), "melanoma" = coxph(Surv(time, status) ~ rx + log(thickness) + sex, coh$melanoma),
	"wilms" = coxph(Surv(time, status) ~ rx + stage + strata(study), coh$wilms), "retinopathy" = coxph(Surv(time, status) ~ rx * type + age, coh$retinopathy))
i <- 0
for (n in names(lms)) { i <- i + 1; print_file(paste0("lm-", n), summary(lms[[n]]), i %% 4 == 0) }
for (n in names(glms)) { i <- i + 1; print_file(paste0("glm-", n), summary(glms[[n]]), i %% 4 == 0, if (i %% 3) "txt" else "log") }
for (n in names(coxes)) { i <- i + 1; print_file(paste0("cox-", n), summary(coxes[[n]])) }

# The same as tables: broom-like files, odds and hazard ratios with their intervals as text.
all <- c(lms, glms, setNames(coxes, paste0("cox-", names(coxes))))
for (n in names(all)) {
	i <- i + 1
	f <- all[[n]]
	ratio <- !inherits(f, "lm") || inherits(f, "glm")
	if (i %% 3 == 0) {
		d <- tidy(f, ratio)
		d <- d[d$term != "(Intercept)", ]
		names(d)[1] <- "Variable"
		t <- data.frame(Variable = d[[1]], ci(d$estimate, d$conf.low, d$conf.high, sep = c("-", " to ", "–")[i %% 9 / 3 + 1]), p = p_text(d$p.value))
		names(t)[2] <- if (!ratio) "β (95% CI)" else if (inherits(f, "coxph")) "HR (95% CI)" else "OR (95% CI)"
		put(t, paste0("ratios-", n), next_way(), n)
	} else if (i %% 9 == 1) {
		g <- paste0("tidy-full-", n, ".csv")
		write.csv(tidy(f), at(g), row.names = FALSE)
		may(g, "precision", "fifteen digits, as R writes them")
	} else
		put(round_all(tidy(f)), paste0("tidy-", n), next_way(c("csv", "tsv", "plain", "csv2")))
}
# Fit statistics, one row a model.
g <- do.call(rbind, lapply(names(lms), function(n) { s <- summary(lms[[n]])
	data.frame(model = n, nobs = nobs(lms[[n]]), r.squared = s$r.squared, adj.r.squared = s$adj.r.squared, sigma = s$sigma, df = s$df[1],
		df.residual = s$df[2], AIC = AIC(lms[[n]]), BIC = BIC(lms[[n]])) }))
put(round_all(g[c(2, 3, 4, 5, 6, 10, 11), ]), "glance-linear", "csv")
g <- do.call(rbind, lapply(names(coxes), function(n) { s <- summary(coxes[[n]])
	data.frame(cohort = n, n = s$n, nevent = s$nevent, concordance = s$concordance[1], se = s$concordance[2], lr.test = s$logtest[1], df = s$logtest[2]) }))
put(round_all(g), "glance-cox", "csv")
# Sites as a factor: rows named factor(site)10.
d <- data.frame(y = rnorm(600), site = rep(1:15, 40), x = rnorm(600), arm = rep(0:1, 300))
f <- lm(y ~ x + arm + factor(site), d)
print_file("lm-sites", summary(f))
put(round_all(tidy(f)), "tidy-sites", "csv")
t <- round_all(tidy(f))[c("term", "estimate", "p.value")]
put(t, "tidy-sites-short", "md")

# ANOVA, tests, contrasts.
for (n in names(lms)[c(1, 2, 4, 5, 9, 12)]) print_file(paste0("anova-", n), anova(lms[[n]]))
for (n in names(glms)[c(1, 3, 9)]) print_file(paste0("anova-glm-", n), anova(glms[[n]], test = "Chisq"))
for (n in c("colon", "pbc", "gbsg")) {
	a <- as.data.frame(anova(coxes[[n]]))
	put(data.frame(term = rownames(a), round_all(a), row.names = NULL, check.names = FALSE), paste0("anova-cox-", n), next_way(c("csv", "md", "tsv")))
	print_file(paste0("proportional-", n), cox.zph(coxes[[n]]))
}
for (n in c("colon", "gbsg", "retinopathy", "mgus")) {
	d <- coh[[n]]
	print_file(paste0("logrank-", n), survdiff(Surv(time, status) ~ rx, d), head = c(paste("Log-rank test,", n), ""))
	print_file(paste0("median-survival-", n), survfit(Surv(time, status) ~ rx, d))
}
text("tests.txt", print_of(t.test(extra ~ group, sleep[rep(1:20, 3), ])), print_of(wilcox.test(age ~ rx, coh$birthwt, exact = FALSE)),
	print_of(kruskal.test(Days ~ Age, quine)), print_of(TukeyHSD(aov(breaks ~ tension, warpbreaks))))
text("fisher.txt", print_of(fisher.test(table(coh$birthwt$low, coh$birthwt$rx))), print_of(mantelhaen.test(UCBAdmissions)))

# Mixed models, smooths, Weibull, negative binomial, ordinal.
print_file("lme-orthodont", summary(lme(distance ~ age + Sex, Orthodont, random = ~ 1)))
print_file("lme-bdf", summary(lme(langPOST ~ IQ.ver.cen + sex, bdf, random = ~ 1 | schoolNR)))
print_file("gls-ovary", summary(gls(follicles ~ sin(2 * pi * Time) + cos(2 * pi * Time), Ovary, correlation = corAR1(form = ~ 1 | Mare))))
suppressPackageStartupMessages(library(mgcv))
print_file("gam-ozone", summary(gam(log(Ozone) ~ s(Temp) + s(Wind), data = airquality)))
print_file("gam-bmi", summary(gam(bmi ~ s(age) + sex, data = coh$nafld[1:3000, ])))
print_file("survreg-lung", summary(survreg(Surv(time, status) ~ rx + sex + age, coh$lung)))
print_file("negbin-quine", summary(glm.nb(Days ~ Eth + Sex + Age + Lrn, quine)))
print_file("ordinal-housing", summary(polr(Sat ~ Infl + Type + Cont, housing, weights = Freq, Hess = TRUE)))

# Correlations, ROC, calibration, power, simulation, bootstrap.
for (n in c("nafld", "rotterdam", "birthwt", "pbc")) {
	x <- coh[[n]]
	x <- x[sapply(x, is.numeric) & !(names(x) %in% c("time", "status"))]
	c <- round(cor(x, use = "complete.obs", method = if (n == "pbc") "spearman" else "pearson"), 3)
	if (n == "nafld") text(paste0("correlation-", n, ".txt"), paste("n =", sum(complete.cases(x))), capture.output(print(c)))
	else put(data.frame(variable = rownames(c), c), paste0("correlation-", n), next_way(c("csv", "tsv", "md")))
}
roc <- function(p, y, points) {
	cut <- quantile(p, seq(1, 0, length.out = points))
	data.frame(threshold = round(cut, 3), sensitivity = round(sapply(cut, function(k) mean(p[y == 1] >= k)), 2),
		specificity = round(sapply(cut, function(k) mean(p[y == 0] < k)), 2), row.names = NULL)
}
for (n in c("relapse", "obesity", "anaemia", "relapse-breast")) {
	p <- fitted(glms[[n]]); y <- glms[[n]]$y
	put(roc(p, y, c(relapse = 20, obesity = 50, anaemia = 11, `relapse-breast` = 41)[[n]])[-1, ], paste0("roc-", n), next_way(c("csv", "tsv", "plain")))
	g <- cut(p, unique(quantile(p, 0:10 / 10)), include.lowest = TRUE)
	k <- data.frame(decile = seq_along(levels(g)), n = as.vector(table(g)), observed = as.vector(tapply(y, g, sum)),
		predicted = round(as.vector(tapply(p, g, mean)), 3))
	k <- k[k$observed >= 10 & k$n - k$observed >= 10 & !is.na(k$observed), ]
	put(k, paste0("calibration-", n), next_way(c("csv", "md", "csv2")))
	t <- table(factor(p > mean(y), c(FALSE, TRUE), c("negative", "positive")), y)
	put(data.frame(predicted = rownames(t), observed_no = t[, 1], observed_yes = t[, 2]), paste0("confusion-", n), "csv")
}
w <- expand.grid(n_per_arm = c(50, 100, 200, 400), effect = c(0.1, 0.2, 0.3, 0.5))
w$power <- round(mapply(function(n, d) power.t.test(n, d)$power, w$n_per_arm, w$effect), 3)
put(w, "power", "csv")
text("power.txt", print_of(power.t.test(delta = 0.5, power = 0.9)), print_of(power.prop.test(p1 = 0.15, p2 = 0.10, power = 0.8)))
s <- expand.grid(scenario = 1:6, estimator = c("naive", "IPW", "g-formula", "AIPW"))
s$bias <- round(rnorm(24, 0, .02), 4); s$se <- round(runif(24, .05, .1), 4); s$coverage <- round(runif(24, .93, .96), 3); s$replications <- 1000
put(s, "simulation", "csv")
b <- replicate(200, coef(lm(bwt ~ rx, coh$birthwt[sample(189, 189, TRUE), ]))[2])
put(data.frame(statistic = c("mean", "sd", "2.5%", "50%", "97.5%"), value = signif(c(mean(b), sd(b), quantile(b, c(.025, .5, .975))), 4)), "bootstrap", "csv")
m <- data.frame(study = c("Ahlström 1998", "Bøgh 2001", "Dijkstra 2004", "Eriksen 2009", "García-López 2012", "Järvinen 2015", "Müller 2019", "Þórsdóttir 2021"),
	n_treated = c(120, 88, 340, 510, 95, 260, 1204, 402), n_control = c(118, 91, 352, 498, 97, 255, 1198, 410),
	log_rr = round(rnorm(8, -.22, .12), 3), se = round(runif(8, .05, .2), 3))
m$weight_pct <- round(100 * (1 / m$se^2) / sum(1 / m$se^2), 1)
put(m, "meta-analysis", "tsv")
m$rr_ci <- ci(exp(m$log_rr), exp(m$log_rr - 1.96 * m$se), exp(m$log_rr + 1.96 * m$se))
put(m[c("study", "rr_ci", "weight_pct")], "meta-forest", "csv2")
k <- survfit(Surv(time, status) ~ rx, coh$colon)
q <- summary(k, times = 365 * 1:5)
put(data.frame(arm = sub("rx=", "", q$strata), year = q$time / 365, at_risk = q$n.risk, survival = round(q$surv, 3),
	ci = ci(q$surv, q$lower, q$upper, 3)), "survival-at-years", "csv")
a <- aareg(Surv(time, status) ~ sex + age, coh$colon[coh$colon$time > 0, ], nmin = 10)
text("aalen.txt", "Aalen's additive regression, mean slopes", print_of(round(colMeans(a$coefficient), 5)))

# Logs of fits: iterations, times, packages, warnings.
log <- capture.output({
	cat("[2026-03-14 09:26:53] R version 4.2.2 Patched (2022-11-10 r83330), platform x86_64-pc-linux-gnu (64-bit)\n")
	fit <- nls(mpg ~ a + b * exp(-wt), mtcars, start = list(a = 10, b = 50), trace = TRUE)
	cat("[2026-03-14 09:26:54] converged:", fit$convInfo$isConv, "AIC:", format(AIC(fit)), "\n")
	fit <- optim(c(-1.2, 1), function(x) 100 * (x[2] - x[1]^2)^2 + (1 - x[1])^2, method = "BFGS", control = list(trace = 1, REPORT = 5))
	fit <- glm(low ~ lwt + race, binomial, coh$birthwt, control = list(trace = TRUE))
	cat("[2026-03-14 09:26:54] done in 0.412 s, pid 31337, 2 workers, seed 20260314\n")
})
text("fit.log", log)
text("session-info.txt", print_of(sessionInfo()))
text("loading.log", "Loading required package: splines", "", "Attaching package: ‘dplyr’", "", "The following objects are masked from ‘package:stats’:", "",
	"    filter, lag", "", "── Attaching packages ─────────────── tidyverse 1.3.2 ──", "✔ ggplot2 3.4.1      ✔ purrr   1.0.1 ", "✔ tibble  3.1.8      ✔ dplyr   1.1.0 ",
	"✖ dplyr::filter() masks stats::filter()", "Warning message:", "In coxph.fit(X, Y, istrat, offset, init, control, weights = weights,  :",
	"  Loglik converged before variable  3 ; coefficient may be infinite. ")
ip <- installed.packages()[, c("Package", "Version")]
ip <- ip[ip[, 1] %in% c("survival", "MASS", "nlme", "Matrix", "lattice", "mgcv", "nnet", "boot", "stats", "splines", "parallel", "methods"), ]
put(as.data.frame(ip), "packages", "csv")
text("packages.txt", paste0(ip[, 1], " (", ip[, 2], ")"))

# Summaries of a whole data set: R prints the smallest and the largest value of each column.
text("summary-birthwt.txt", print_of(summary(coh$birthwt)))
may("summary-birthwt.txt", "extreme-value", "minimum and maximum of every column")
text("summary-airquality.log", "> summary(airquality)", print_of(summary(airquality)))
may("summary-airquality.log", "extreme-value", "minimum and maximum of every column")
q <- do.call(rbind, lapply(names(coh), function(n) data.frame(cohort = n, n = nrow(coh[[n]]), p10 = quantile(coh[[n]]$age, .1, na.rm = TRUE),
	q1 = quantile(coh[[n]]$age, .25, na.rm = TRUE), median = median(coh[[n]]$age, na.rm = TRUE), q3 = quantile(coh[[n]]$age, .75, na.rm = TRUE),
	p90 = quantile(coh[[n]]$age, .9, na.rm = TRUE))))
put(round_all(q), "age-quantiles", "csv")
