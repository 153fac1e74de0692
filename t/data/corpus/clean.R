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
