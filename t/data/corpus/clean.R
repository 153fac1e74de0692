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
