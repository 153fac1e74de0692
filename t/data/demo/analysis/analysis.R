# analysis.R - survival after colon cancer by treatment, and how many of the trial's people are in another one.
# In a workspace it reads /data and writes /outputs; elsewhere SPE_DATA and SPE_OUTPUTS say where. What it prints
# is kept as /outputs/stdout.txt, which leaves as all outputs do: after it is checked.
library(survival)

data_dir <- Sys.getenv("SPE_DATA", "/data")
output_dir <- Sys.getenv("SPE_OUTPUTS", "/outputs")
table_read <- function(...) read.csv(file.path(data_dir, ...), colClasses = c(pin = "character"))
table_write <- function(table, name) write.csv(table, file.path(output_dir, name), row.names = FALSE, quote = FALSE)

colon <- table_read("trial-colon", "colon.csv")
pbc <- table_read("trial-pbc", "pbc.csv")
deaths <- colon[colon$etype == 2, ] # etype 1 is recurrence; each person has one row of both
deaths$rx <- factor(deaths$rx, levels = c("Obs", "Lev", "Lev+5FU"))
stopifnot(!anyDuplicated(deaths$pin), !anyDuplicated(pbc$pin))
cat("colon:", nrow(deaths), "subjects,", sum(deaths$status), "deaths\n")

# (a) Kaplan-Meier. Deaths are cumulated and year 4 is left out, since from year 3 to 4 or 4 to 5 too few people died
# in one group: with these steps neither a count nor the difference of two is under 10. People at risk are rounded
# to tens, so that nobody can count those lost to follow-up.
years <- c(1, 2, 3, 5)
km <- survfit(Surv(time / 365.25, status) ~ rx, data = deaths)
at <- summary(km, times = years)
km_table <- data.frame(rx = sub("rx=", "", as.character(at$strata)), year = at$time,
	n_risk = round(at$n.risk, -1), n_event = ave(at$n.event, at$strata, FUN = cumsum),
	survival = sprintf("%.2f", at$surv))
first <- ave(km_table$n_event, km_table$rx, FUN = function(n) diff(c(0, n)))
stopifnot(km_table$n_risk >= 10, first >= 10)
table_write(km_table, "km.csv")

# (b) Cox model
cox <- coxph(Surv(time, status) ~ rx + age + sex + nodes, data = deaths)
figures <- summary(cox)
cox_table <- data.frame(term = rownames(figures$coefficients),
	coefficient = signif(figures$coefficients[, "coef"], 4),
	se = signif(figures$coefficients[, "se(coef)"], 4),
	hazard_ratio = signif(figures$conf.int[, "exp(coef)"], 4),
	lower_95 = signif(figures$conf.int[, "lower .95"], 4),
	upper_95 = signif(figures$conf.int[, "upper .95"], 4),
	p = signif(figures$coefficients[, "Pr(>|z|)"], 4),
	n = cox$n, n_event = cox$nevent)
stopifnot(nrow(deaths) - cox$n >= 10, sum(deaths$status) - cox$nevent >= 10 || sum(deaths$status) == cox$nevent)
table_write(cox_table, "cox.csv")
cat("Cox model:", cox$n, "subjects,", cox$nevent, "deaths\n")

# (c) people of both trials: the pseudonym of a person is the same in both tables
linked <- merge(deaths[, c("pin", "rx")], pbc[, c("pin", "trt", "status")], by = "pin")
linked$trt <- factor(linked$trt, 1:2, c("D-penicillamine", "placebo"))
stopifnot(!is.na(linked$trt))
groups <- aggregate(cbind(n = 1, n_death = linked$status == 2) ~ rx + trt, data = linked, FUN = sum)
stopifnot(groups$n_death >= 10, groups$n - groups$n_death >= 10)
table_write(groups, "linked.csv")
cat("linked:", nrow(linked), "people are in both trials\n")
print(groups, row.names = FALSE)

png(file.path(output_dir, "survival.png"), type = "cairo", width = 800, height = 560, res = 100)
plot(km_table$year, as.numeric(km_table$survival), type = "n", xlim = c(0, 5), ylim = c(0.4, 1),
	xlab = "years since randomisation", ylab = "alive (Kaplan-Meier)", main = "Survival after colon cancer")
groups_of_rx <- levels(deaths$rx)
for (i in seq_along(groups_of_rx)) { # the published points alone: each step of the full curve is one person's day
	one <- km_table[km_table$rx == groups_of_rx[i], ]
	lines(c(0, one$year), c(1, as.numeric(one$survival)), type = "b", pch = 14 + i, col = i + 1, lwd = 2)
}
legend("bottomleft", groups_of_rx, bty = "n", inset = 0.02, lwd = 2, col = seq_along(groups_of_rx) + 1,
	pch = 14 + seq_along(groups_of_rx))
invisible(dev.off())
cat("done\n")
