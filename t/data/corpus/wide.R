# wide.R - more clean results, of the shapes that are easily taken for persons: long tables, many distinct values,
# small whole numbers that count nobody. Rscript wide.R DIRECTORY.
suppressPackageStartupMessages(library(survival))
suppressPackageStartupMessages(library(splines))
set.seed(20260215)
options(width = 100, scipen = 6)
dir <- commandArgs(TRUE)[1]
dir.create(dir, showWarnings = FALSE, recursive = TRUE)
at <- function(...) file.path(dir, paste0(...))
both <- function(x, name) {
	write.csv(x, at(name, ".csv"), row.names = FALSE)
	write.table(x, at(name, ".tsv"), sep = "\t", quote = FALSE, row.names = FALSE)
	write.csv2(x, at(name, "-eu.csv"), row.names = FALSE)
	capture.output(print(x, row.names = FALSE), file = at(name, ".txt"))
}
tidy <- function(m) {
	s <- coef(summary(m))
	data.frame(term = rownames(s), estimate = signif(s[, 1], 4), std.error = signif(s[, ncol(s) - 2], 3),
		statistic = round(s[, ncol(s) - 1], 2), p.value = signif(s[, ncol(s)], 3), row.names = NULL)
}

# --- long series: months, weeks, days since an event, ages, lags
month <- expand.grid(month = 1:12, year = 2016:2021)[, 2:1]
both(cbind(month, n = rpois(72, 340)), "series_months")
both(data.frame(month = sprintf("%d-%02d", month$year, month$month), admissions = rpois(72, 900)), "series_month_names")
both(data.frame(week = 1:52, n = rpois(52, 150), expected = round(150 + 10 * sin(1:52 / 8), 1)), "series_weeks")
both(data.frame(date = format(seq(as.Date("2020-03-02"), by = "week", length.out = 40)), cases = rpois(40, 800)), "series_dates")
both(data.frame(lag = 0:20, acf = round(0.8^(0:20), 3)), "acf")
both(data.frame(age = 20:85, mean_bmi = round(24 + (20:85) / 30 + rnorm(66, 0, .1), 2)), "means_by_age")
n <- rpois(40, 220)
both(data.frame(age = 30:69, n = n, percent = round(100 * n / sum(n), 1)), "counts_by_age") # of all, not of the row
both(data.frame(days_since_dose = seq(0, 180, 10), rate_per_100000 = round(runif(19, 20, 90), 2)), "rate_by_day")

# --- curves and grids: splines, densities, predictions, sensitivity
curve <- function(m, x) {
	p <- predict(m, data.frame(age = x, sex = "f", albumin = 3.5), se.fit = TRUE)
	data.frame(age = x, predicted = signif(p$fit, 4), lower = signif(p$fit - 1.96 * p$se.fit, 4), upper = signif(p$fit + 1.96 * p$se.fit, 4))
}
for (df in 2:5) both(curve(lm(log(bili) ~ ns(age, df = df) + sex + albumin, pbc), seq(30, 75, length.out = 46)), paste0("spline_df", df))
both(data.frame(x = round(seq(0, 10, length.out = 50), 2), density = signif(dgamma(seq(0, 10, length.out = 50), 2), 3)), "density")
both(cbind(grid <- expand.grid(rr_exposure = c(1.5, 2, 3), rr_outcome = c(1.5, 2, 3), prevalence = c(.1, .3)),
	adjusted_hr = round(runif(nrow(grid), 1, 1.4), 2)), "bias_grid")
both(data.frame(excluded_site = 1:10, hr = round(rnorm(10, .7, .02), 3), lower = .55, upper = .89), "leave_one_out")
both(data.frame(iteration = 1:30, loglik = round(-4000 + 900 * exp(-(1:30) / 3), 2)), "convergence")

# --- many estimates: variants, proteins, exposures, diagnoses
both(data.frame(snp = paste0("rs", sample(1e5:9e6, 60)), chr = sample(1:22, 60, TRUE), effect_allele = sample(c("A", "C", "G", "T"), 60, TRUE),
	beta = signif(rnorm(60, 0, .05), 3), se = signif(runif(60, .01, .02), 2), p = signif(runif(60), 3)), "gwas_hits")
both(data.frame(protein = paste0("P", sample(10000:99999, 45)), log_fc = signif(rnorm(45), 3), fdr = signif(runif(45), 2)), "proteins")
both(data.frame(exposure = paste("exposure", 1:40), hr = round(exp(rnorm(40, 0, .2)), 2), ci_low = .8, ci_high = 1.3,
	n_exposed = rpois(40, 900)), "exposures")
chapters <- sprintf("%s%02d", rep(LETTERS[c(3, 5, 7, 9, 10)], each = 12), 10:21)
both(data.frame(icd10 = chapters, persons = rpois(60, 500), rate = round(runif(60, 2, 9), 1)), "diagnoses")
both(data.frame(icd10_code = chapters, name = paste("Diagnoses of chapter", substr(chapters, 1, 1), "number", 1:60), n = rpois(60, 500)), "named_codes")

# --- small whole numbers that count nobody
both(data.frame(model = 1:6, parameters = c(2, 3, 5, 7, 8, 9), df = c(926, 925, 923, 921, 920, 919), aic = c(5921.2, 5907, 5899.4, 5896, 5890.1, 5892)), "models")
both(data.frame(quintile = 1:5, n = rep(4120, 5), hr = c(1, 1.08, 1.2, 1.31, 1.44)), "quintiles")
both(data.frame(variable = c("rx", "sex", "age"), df = c(2, 1, 1), chisq = c(12.3, .04, 3.1), p = c(.002, .84, .08)), "wald")
both(data.frame(cluster = 1:4, n = c(310, 220, 190, 208), silhouette = c(.41, .38, .5, .33)), "clusters")
both(data.frame(wave = 1:6, year = 2010:2015, n = rpois(6, 5000), response = round(runif(6, 50, 70), 1)), "waves")
both(data.frame(followup_years = c(1, 3, 5), survival = c(.91, .72, .58), n_risk = c(820, 640, 480)), "at_years")
both(data.frame(fold = 1:10, auc = round(runif(10, .7, .75), 3), n_test = 93), "folds")
both(data.frame(dose = c(0, 1, 2, 4, 8), mean_response = c(3.1, 3.9, 4.4, 5.2, 6), sd = c(1.1, 1.2, 1, 1.3, 1.2), n = c(55, 52, 54, 51, 53)), "doses")
both(data.frame(age_median = c(61, 63), iqr_low = c(52, 54), iqr_high = c(69, 70), n = c(410, 519), row.names = NULL), "medians")
both(data.frame(parity = c("0", "1", "2", "3+"), women = rpois(4, 300), percent = c(25.1, 30.2, 28, 16.7)), "parity")
both(data.frame(charlson = c(0, 1, 2, 3, 4), n = rpois(5, 800)), "charlson")
both(data.frame(nyha = c("I", "II", "III", "IV"), n = rpois(4, 600), mean_ef = c(45, 41, 36, 31)), "nyha")
both(data.frame(sex = c(1, 2), n = c(484, 445), events = c(235, 217)), "by_sex_code")
both(data.frame(treated = c(0, 1), n = c(315, 614), mean_age = c(59.5, 60.1)), "by_treated")
both(as.data.frame(table(exposed = rep(0:1, c(600, 400)), case = rep(c(0, 1, 0, 1), c(500, 100, 320, 80)))), "two_by_two")
both(data.frame(statistic = c("n", "missing", "mean", "sd", "p25", "median", "p75"), value = c(929, 41, 59.8, 11.9, 53, 61, 69)), "long_summary")
both(data.frame(comparison = c("A vs B", "A vs C", "B vs C"), diff = c(-.4, 1.2, 1.6), p_adj = c(".41", ".003", "<.001")), "tukey")

# --- models with sites, quintiles, interactions
levels(colon$rx)[1] <- "Untreated"
first <- subset(colon, etype == 2)
first$site <- rep(1:14, length.out = nrow(first))
first$q <- cut(first$age, quantile(first$age, 0:5 / 5), labels = FALSE, include.lowest = TRUE)
for (f in c("rx + factor(site)", "rx * sex", "factor(q) + sex", "ns(age, 3) + rx", "rx + cluster(site)", "I(nodes >= 4) * rx")) {
	m <- coxph(as.formula(paste("Surv(time, status) ~", f)), first)
	name <- paste0("cox_", gsub("[^a-z]+", "_", tolower(f)), "x")
	capture.output(print(summary(m)), file = at(name, ".log"))
	both(tidy(m), name)
	g <- glm(as.formula(paste("status ~", sub(" \\+ cluster.*", "", f))), poisson, first, offset = log(time))
	capture.output(print(summary(g)), print(drop1(g, test = "LRT")), file = at("poisson_", name, ".txt"))
	both(tidy(g), paste0("poisson_", name))
}
a <- aov(breaks ~ wool * tension, warpbreaks)
capture.output(print(summary(a)), print(TukeyHSD(a, "tension")), print(model.tables(a, "means")), file = at("tukey_warpbreaks.txt"))
capture.output(print(kruskal.test(age ~ rx, first)), print(pairwise.t.test(first$age, first$q)), print(mantelhaen.test(UCBAdmissions)),
	print(prop.test(c(235, 217), c(484, 445))), file = at("tests.log"))
capture.output(print(step(lm(log(time) ~ age + sex + rx + surg, first), trace = 1)), file = at("step.log"))
capture.output(print(nls(mpg ~ a * exp(b * wt), mtcars, start = c(a = 40, b = -.3))), print(poly(1:3, 2)), file = at("nls.log"))

# --- logs by cat() and message(), as scripts write them: a blank before each end of line, progress, counts in sentences
for (k in 1:6) {
	d <- list(first, pbc, lung, veteran, infert, mtcars)[[k]]
	capture.output({
		cat("Started", format(as.POSIXct("2026-02-14 08:00:00", tz = "UTC") + 3600 * k), "\n")
		cat("Data set", k, "with", nrow(d), "rows and", ncol(d), "columns\n")
		for (v in names(d)[sapply(d, is.numeric)][1:4]) cat(v, ": mean", signif(mean(d[[v]], na.rm = TRUE), 3), "sd", signif(sd(d[[v]], na.rm = TRUE), 3), "\n")
		cat("  |", strrep("=", 70), "| 100%\n", sep = "")
		cat("Elapsed:", round(runif(1, 10, 90), 1), "s; used", round(runif(1, 100, 900), 1), "MB\n")
		str(list(model = "cox", ties = "efron", iterations = 5L, converged = TRUE))
	}, file = at("script_", k, ".log"))
	writeLines(c("#!/bin/sh", "# Makes the tables of the article", "set -eu", paste0("Rscript R/0", k, "-model.R --seed ", 20260000 + k),
		"sha256sum results/*.csv > results.sha256"), at("run_", k, ".txt"))
}

# --- wide tables: groups as columns, estimates as text, suppressed cells, percent of the row
for (k in c("diabetes", "stroke", "copd", "cancer")) {
	n <- matrix(rpois(20, 700) + 50, 5, 4)
	est <- function() sprintf("%.2f (%.2f-%.2f)", runif(5, 1, 1.2), runif(5, .8, .99), runif(5, 1.3, 1.6))
	both(data.frame(age_group = c("18-29", "30-44", "45-59", "60-74", "75+"), women = n[, 1], men = n[, 2]), paste0("wide_", k))
	both(data.frame(region = c("North", "South", "East", "West", "Capital"), crude_hr = est(), adjusted_hr = est(), fully_adjusted = est()), paste0("forest_", k))
	both(data.frame(education = c("basic", "secondary", "tertiary", "unknown", "total"), n_2019 = c(n[1:4, 3], sum(n[1:4, 3])),
		n_2020 = c(n[1:4, 4], sum(n[1:4, 4]))), paste0("totals_", k))
	both(data.frame(age_group = c("18-29", "30-44", "45-59", "60-74", "75+"), women = c("<10", n[2:4, 1], "<10"), men = c("<10", n[2:4, 2], "<10")), paste0("hidden_", k))
	both(data.frame(year = 2015:2019, women_pct = sprintf("%.1f%%", runif(5, 45, 55)), denominator = n[, 3] * 10), paste0("shares_", k))
	both(data.frame(variable = c("bmi", "smoking", "education", "income"), missing_n = n[1:4, 4], missing_percent = round(n[1:4, 4] / 50, 1)), paste0("missing_", k))
}
