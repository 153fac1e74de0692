# clean.R - results as a careful researcher writes them: nothing here may be blocked. Rscript clean.R DIRECTORY.
# Data are those that come with R and with its package survival. Counts under 10 are suppressed or grouped away.
suppressPackageStartupMessages(library(survival))
set.seed(20260214)
options(width = 100, scipen = 6)
dir <- commandArgs(TRUE)[1]
dir.create(dir, showWarnings = FALSE, recursive = TRUE)
at <- function(...) file.path(dir, paste0(...))
printed <- function(file, ...) { capture.output(..., file = at(file)) ; invisible() }
csv <- function(x, file, ...) write.csv(x, at(file), row.names = FALSE, ...)
tsv <- function(x, file) write.table(x, at(file), sep = "\t", quote = FALSE, row.names = FALSE)
nordic <- function(x, file) write.csv2(x, at(file), row.names = FALSE, fileEncoding = "UTF-8")
json_value <- function(v) ifelse(is.na(v), "null", if (is.numeric(v)) format(v, trim = TRUE, digits = 4) else dQuote(v, FALSE))
json <- function(x, file) {
	rows <- apply(sapply(names(x), function(k) paste0(dQuote(k, FALSE), ": ", sapply(x[[k]], json_value))), 1, paste, collapse = ", ")
	writeLines(c("[", paste0("  {", rows, "}", c(rep(",", length(rows) - 1), "")), "]"), at(file))
}
md_rows <- function(x) c(paste("|", paste(names(x), collapse = " | "), "|"), paste0("|", strrep("---|", ncol(x))),
	apply(x, 1, function(r) paste("|", paste(trimws(r), collapse = " | "), "|")))
md <- function(x, file, title) writeLines(c(paste("#", title), "", md_rows(x)), at(file))
p_text <- function(p) ifelse(p < 0.001, "<0.001", sprintf("%.3f", p))
every <- function(x, name, title) { # one table in each format
	csv(x, paste0(name, ".csv")); tsv(x, paste0(name, ".tsv")); nordic(x, paste0(name, "-eu.csv"))
	json(x, paste0(name, ".json")); md(x, paste0(name, ".md"), title)
}

# --- models: prints, coefficients with intervals, fit
ratio_table <- function(m) {
	s <- coef(summary(m)); b <- s[, 1]; se <- s[, if (inherits(m, "coxph")) 3 else 2]
	data.frame(term = rownames(s), estimate = sprintf("%.2f (%.2f-%.2f)", exp(b), exp(b - 1.96 * se), exp(b + 1.96 * se)),
		p_value = p_text(s[, ncol(s)]))
}
beta_table <- function(m) {
	s <- coef(summary(m))
	data.frame(term = rownames(s), beta = signif(s[, 1], 4), std_error = signif(s[, 2], 4), statistic = round(s[, 3], 2),
		p_value = signif(s[, 4], 3))
}
fit_row <- function(m) data.frame(n = nobs(m), aic = round(AIC(m), 1), bic = round(BIC(m), 1), loglik = round(as.numeric(logLik(m)), 1))
levels(colon$rx)[1] <- "Untreated" # "Obs" reads as a number of observations
first_colon <- subset(colon, etype == 2)
veteran$site <- factor(rep(1:10, length.out = nrow(veteran)))
cox <- list(
	colon = coxph(Surv(time, status) ~ rx + sex + age + obstruct, first_colon),
	colon_nodes = coxph(Surv(time, status) ~ rx + I(nodes > 4) + factor(differ), first_colon),
	pbc = coxph(Surv(time, status == 2) ~ age + log(bili) + factor(edema > 0), pbc),
	lung = coxph(Surv(time, status) ~ age + sex + ph.ecog, lung),
	lung_strata = coxph(Surv(time, status) ~ age + ph.karno + strata(sex), lung),
	veteran = coxph(Surv(time, status) ~ trt + celltype + karno, veteran),
	veteran_sites = coxph(Surv(time, status) ~ trt + site, veteran))
for (k in names(cox)) {
	printed(paste0("cox_", k, ".txt"), print(summary(cox[[k]])))
	every(ratio_table(cox[[k]]), paste0("hr_", k), paste("Hazard ratios,", k))
	printed(paste0("ph_", k, ".txt"), print(cox.zph(cox[[k]])))
}
logit <- list(
	infert = glm(case ~ spontaneous + induced + age, binomial, infert),
	colon = glm(status ~ rx + sex + age + surg, binomial, first_colon),
	lung = glm(status == 2 ~ age + factor(sex), binomial, lung),
	veteran = glm(I(time > 90) ~ trt + karno + celltype, binomial, veteran),
	pbc = glm(I(status == 2) ~ age + sex + bili, binomial, pbc))
linear <- list(
	pbc = lm(log(bili) ~ age + sex + albumin, pbc), lung = lm(meal.cal ~ age + sex + wt.loss, lung),
	warpbreaks = lm(breaks ~ wool + tension, warpbreaks), colon = lm(log(time) ~ age + rx, first_colon),
	veteran = lm(log(time) ~ karno + site, veteran))
for (k in names(logit)) {
	printed(paste0("glm_", k, ".txt"), print(summary(logit[[k]])))
	every(ratio_table(logit[[k]]), paste0("or_", k), paste("Odds ratios,", k))
	printed(paste0("anova_", k, ".txt"), print(anova(logit[[k]], test = "Chisq")))
}
for (k in names(linear)) {
	printed(paste0("lm_", k, ".txt"), print(summary(linear[[k]])))
	every(beta_table(linear[[k]]), paste0("beta_", k), paste("Linear model,", k))
	printed(paste0("aov_", k, ".log"), print(anova(linear[[k]])), print(round(confint(linear[[k]]), 3)))
}
csv(do.call(rbind, Map(function(m, k) cbind(model = k, fit_row(m)), c(logit, linear), c(paste0("logit_", names(logit)), paste0("lm_", names(linear))))), "fits.csv")

# --- survival in groups of time: a row is given only once 10 events or censorings have gathered, 10 still at risk
km_table <- function(f, k) {
	s <- summary(f, times = sort(unique(f$time)), extend = FALSE)
	d <- data.frame(group = if (is.null(s$strata)) "all" else as.character(s$strata), time = s$time, n_risk = s$n.risk,
		n_event = s$n.event, n_censor = s$n.censor, survival = s$surv)
	do.call(rbind, lapply(split(d, d$group), function(g) {
		out <- NULL; events <- 0; gone <- 0; start <- g$n_risk[1]
		for (i in seq_len(nrow(g))) {
			events <- events + g$n_event[i]; gone <- gone + g$n_censor[i]
			left <- start - events - gone
			if (events >= k && gone >= k && left >= k) {
				out <- rbind(out, data.frame(group = g$group[i], until = g$time[i], n_risk = start, n_event = events,
					n_censor = gone, survival = round(g$survival[i], 3)))
				start <- left; events <- 0; gone <- 0
			}
		}
		out
	}))
}
km <- list(
	colon_rx = survfit(Surv(time, status) ~ rx, first_colon), colon_sex = survfit(Surv(time, status) ~ sex, first_colon),
	colon = survfit(Surv(time, status) ~ 1, first_colon), pbc = survfit(Surv(time, status == 2) ~ 1, pbc),
	pbc_trt = survfit(Surv(time, status == 2) ~ trt, pbc), lung = survfit(Surv(time, status) ~ 1, lung),
	recurrence = survfit(Surv(time, status) ~ rx, subset(colon, etype == 1)))
for (k in names(km)) {
	x <- km_table(km[[k]], 12)
	every(x, paste0("km_", k), paste("Survival,", k))
	printed(paste0("km_", k, ".txt"), cat("Kaplan-Meier estimates, steps joined until each has 12 events and 12 censored\n\n"),
		print(x, row.names = FALSE))
}
printed("logrank_colon.txt", print(survdiff(Surv(time, status) ~ rx, first_colon)))
printed("logrank_lung.txt", print(survdiff(Surv(time, status) ~ sex, lung)))
printed("median_survival.txt", print(km$colon_rx), print(km$lung))

# --- counts: table one, cross tables with margins, rates
share <- function(n, of) ifelse(n < 10, "<10", sprintf("%d (%.1f%%)", n, 100 * n / of))
table_one <- function(d, by, vars) {
	size <- table(d[[by]])
	out <- data.frame(variable = "n", level = "", t(sapply(size, function(n) as.character(n))), check.names = FALSE)
	for (v in vars) {
		x <- d[[v]]
		if (is.numeric(x) && length(unique(x)) > 6) {
			s <- tapply(x, d[[by]], function(y) sprintf("%.1f (%.1f)", mean(y, na.rm = TRUE), sd(y, na.rm = TRUE)))
			add <- data.frame(variable = v, level = "mean (SD)", t(s), check.names = FALSE)
		} else {
			t2 <- table(x, d[[by]])
			if (any(t2 < 10)) next # small cells would tell one another by the margins
			add <- data.frame(variable = v, level = rownames(t2), sapply(colnames(t2), function(g) share(t2[, g], size[[g]])),
				check.names = FALSE)
		}
		names(add) <- names(out)
		out <- rbind(out, add)
	}
	out
}
colon1 <- transform(first_colon, sex = factor(sex, labels = c("female", "male")), node4 = factor(node4, labels = c("no", "yes")))
ones <- list(
	colon_rx = table_one(colon1, "rx", c("age", "sex", "obstruct", "adhere", "node4", "surg")),
	colon_sex = table_one(colon1, "sex", c("age", "rx", "obstruct", "node4", "surg", "nodes")),
	pbc = table_one(transform(pbc[!is.na(pbc$trt), ], trt = ifelse(trt == 1, "D-penicillamine", "placebo")), "trt",
		c("age", "sex", "bili", "albumin", "hepato", "spiders", "stage")),
	lung = table_one(transform(lung, sex = ifelse(sex == 1, "men", "women")), "sex", c("age", "ph.karno", "wt.loss", "status")),
	infert = table_one(transform(infert, case = ifelse(case == 1, "case", "control")), "case", c("age", "parity", "induced")),
	veteran = table_one(transform(veteran, trt = paste("arm", trt)), "trt", c("karno", "age", "prior", "celltype")))
for (k in names(ones)) every(ones[[k]], paste0("table1_", k), paste("Characteristics,", k))
cross <- function(t2) {
	m <- addmargins(t2)
	out <- data.frame(rownames(m), unclass(m), row.names = NULL, check.names = FALSE)
	names(out)[1] <- names(dimnames(t2))[1]
	out
}
crosses <- list(
	ucb_gender = margin.table(UCBAdmissions, c(1, 2)), ucb_dept = margin.table(UCBAdmissions, c(3, 2)),
	hair_eye = margin.table(HairEyeColor, c(1, 2))[c("Black", "Brown", "Blond"), c("Brown", "Blue")][1:2, ],
	hair_sex = margin.table(HairEyeColor, c(1, 3)), eye_sex = margin.table(HairEyeColor, c(2, 3)),
	titanic_class = margin.table(Titanic, c(1, 4)), titanic_sex = margin.table(Titanic, c(2, 4)),
	titanic_age = margin.table(Titanic, c(3, 4)), colon_sex_rx = table(sex = colon1$sex, rx = colon1$rx),
	colon_node = table(node4 = colon1$node4, rx = colon1$rx), pbc_stage = table(stage = pbc$stage[pbc$stage > 1], hepato = pbc$hepato[pbc$stage > 1]),
	infert_education = table(case = infert$case, parity = pmin(infert$parity, 3)))
for (k in names(crosses)) {
	x <- cross(crosses[[k]])
	every(x, paste0("cross_", k), paste("Counts,", k))
	printed(paste0("cross_", k, ".txt"), print(addmargins(crosses[[k]])), print(chisq.test(crosses[[k]])))
	printed(paste0("share_", k, ".txt"), cat("Percent of the row\n"), print(round(100 * prop.table(crosses[[k]], 1), 1)))
}

# --- rates, years, diagnoses, correlations, power, simulation, calibration, ROC
person_years <- c(18250, 17980, 18410, 19020)
for (k in c("stroke", "sepsis", "fracture", "asthma", "copd", "dementia")) {
	n <- rpois(4, 420) + 40
	every(data.frame(age_group = c("18-39", "40-59", "60-74", "75+"), n = n, person_years = person_years,
		rate_per_1000 = round(1000 * n / person_years, 2), ci = sprintf("%.1f-%.1f", 1000 * qchisq(.025, 2 * n) / 2 / person_years,
		1000 * qchisq(.975, 2 * n + 2) / 2 / person_years)), paste0("rate_", k), paste("Incidence of", k))
	n <- rpois(12, 900) + 100
	every(data.frame(year = 2011:2022, n = n, percent = round(100 * n / 25000, 1), mean_age = round(rnorm(12, 61, 0.8), 1)),
		paste0("year_", k), paste("New cases by year,", k))
	nordic(data.frame(lääni = c("Uusimaa", "Pirkanmaa", "Skåne", "Örebro", "Tromsø", "Þingeyjarsýsla", "Sjælland"),
		lukumäärä = rpois(7, 240), osuus = round(runif(7, 10, 25), 1)), paste0("region_", k, ".csv"))
}
codes <- list(
	icd10 = data.frame(code = c("I10", "I21.4", "E11.9", "J44.1", "F32.2", "M54.5", "C50.9", "N18.3", "G30.1", "Z95.1"),
		name = c("Essential hypertension", "NSTEMI", "Type 2 diabetes", "COPD, acute exacerbation", "Severe depression",
		"Low back pain", "Breast cancer", "CKD stage 3", "Alzheimer's disease, late onset", "Aortocoronary bypass graft")),
	atc = data.frame(code = c("A10BA02", "C07AB02", "C10AA05", "N02BE01", "B01AC06", "J01CA04", "N06AB04", "R03AC02"),
		name = c("metformin", "metoprolol", "atorvastatin", "paracetamol", "acetylsalicylic acid", "amoxicillin", "citalopram",
		"salbutamol")),
	icd9 = data.frame(code = c("401.9", "250.00", "410.71", "496", "311"), name = c("hypertension", "diabetes", "NSTEMI", "COPD", "depression")),
	snomed = data.frame(code = c("38341003", "44054006", "13645005", "22298006"), name = c("hypertension", "diabetes", "COPD", "infarction")),
	loinc = data.frame(code = c("2160-0", "4548-4", "718-7", "2951-2", "1988-5"), name = c("creatinine", "HbA1c", "haemoglobin", "sodium", "CRP")),
	nuts = data.frame(code = c("FI1B1", "FI196", "SE110", "SE232", "DK011", "NO081"), name = c("Helsinki-Uusimaa", "Satakunta", "Stockholm", "Västra Götaland", "København", "Oslo")))
for (k in names(codes)) {
	n <- rpois(nrow(codes[[k]]), 1800)
	every(cbind(codes[[k]], n = n, percent = sprintf("%.1f%%", 100 * n / 41250)), paste0("codes_", k), paste("Counts by", k))
}
num <- list(pbc = pbc[, c("age", "bili", "albumin", "alk.phos", "ast", "protime")], lung = lung[, c("age", "ph.karno", "meal.cal", "wt.loss")],
	mtcars = mtcars[, c("mpg", "disp", "hp", "wt", "qsec")], colon = first_colon[, c("age", "nodes", "time")])
for (k in names(num)) {
	r <- round(cor(num[[k]], use = "complete.obs"), 2)
	every(data.frame(variable = rownames(r), r, row.names = NULL), paste0("cor_", k), paste("Correlations,", k))
	printed(paste0("cor_", k, ".txt"), print(r))
	every(data.frame(variable = names(num[[k]]), n = colSums(!is.na(num[[k]])), mean = round(colMeans(num[[k]], na.rm = TRUE), 2),
		sd = round(sapply(num[[k]], sd, na.rm = TRUE), 2), row.names = NULL), paste0("describe_", k), paste("Means,", k))
}
for (sd in c(1, 2, 5)) {
	d <- seq(0.2, 1.2, 0.2)
	every(data.frame(delta = d, n_per_arm = sapply(d, function(x) ceiling(power.t.test(delta = x, sd = sd, power = 0.9)$n)), power = 0.9),
		paste0("power_sd", sd), "Sample size")
	printed(paste0("power_sd", sd, ".txt"), print(power.t.test(n = 100, delta = 0.5, sd = sd)))
	every(data.frame(scenario = 1:8, bias = round(rnorm(8, 0, 0.02), 4), rmse = round(runif(8, 0.1, 0.3), 4),
		coverage = round(runif(8, 0.93, 0.96), 3), replications = 1000), paste0("simulation_", sd), "Simulation")
}
for (k in names(logit)) {
	p <- fitted(logit[[k]]); y <- logit[[k]]$y; cuts <- quantile(p, seq(0, 1, length.out = 41))
	every(data.frame(threshold = round(cuts, 3), sensitivity = round(sapply(cuts, function(t) mean(p[y == 1] >= t)), 3),
		specificity = round(sapply(cuts, function(t) mean(p[y == 0] < t)), 3)), paste0("roc_", k), paste("ROC,", k))
	if (length(y) < 300) next # tenths of fewer would rest on small counts
	decile <- cut(rank(p), 10, labels = FALSE)
	every(data.frame(decile = 1:10, n = as.integer(table(decile)), predicted = round(tapply(p, decile, mean), 3),
		observed = round(tapply(y, decile, mean), 3)), paste0("calibration_", k), paste("Calibration,", k))
}
every(aggregate(cbind(mpg, hp, wt) ~ vs, mtcars, function(x) round(mean(x), 1)), "mtcars_vs", "Means by engine")
esoph_n <- aggregate(cbind(ncases, ncontrols) ~ agegp, subset(esoph, agegp %in% c("45-54", "55-64", "65-74")), sum)
every(transform(esoph_n, agegp = as.character(agegp)), "esoph_age", "Cases and controls by age")
printed("sites.txt", print(summary(lm(log(time) ~ factor(site) + karno, veteran))))
printed("t_test.txt", print(t.test(bili ~ sex, pbc)), print(wilcox.test(age ~ sex, lung, exact = FALSE)))

# --- plots of groups
picture <- function(file, width, height, draw) {
	png(at(file, "_", width, ".png"), width, height, res = 72)
	on.exit(dev.off())
	draw()
}
forest <- function(m) {
	s <- coef(summary(m)); b <- s[, 1]; se <- s[, 3]; i <- rev(seq_along(b))
	plot(exp(b), i, pch = 15, log = "x", xlim = exp(range(b - 2 * se, b + 2 * se)), yaxt = "n", xlab = "Hazard ratio", ylab = "")
	segments(exp(b - 1.96 * se), i, exp(b + 1.96 * se), i)
	axis(2, i, rownames(s), las = 1, cex.axis = 0.6)
	abline(v = 1, lty = 2)
}
full_bins <- function(x) { # bins joined from both ends until each has 10
	h <- hist(x, plot = FALSE)
	keep <- range(which(h$counts >= 10))
	x[x > h$breaks[keep[1]] & x <= h$breaks[keep[2] + 1]]
}
for (size in list(c(480, 480), c(800, 600), c(1200, 700))) {
	for (k in names(crosses)) picture(paste0("bars_", k), size[1], size[2], function() barplot(crosses[[k]], beside = TRUE, legend.text = TRUE))
	for (k in c("colon_rx", "colon", "pbc", "recurrence"))
		picture(paste0("km_", k), size[1], size[2], function() plot(km[[k]], xmax = 2000, col = 1:3, xlab = "Days", ylab = "Survival"))
	for (k in names(cox)) picture(paste0("forest_", k), size[1], size[2], function() forest(cox[[k]]))
	picture("hist_age", size[1], size[2], function() hist(full_bins(first_colon$age), col = "grey", main = "Age"))
	picture("hist_pbc", size[1], size[2], function() hist(full_bins(pbc$age), col = "#88bbee", main = "Age"))
}
