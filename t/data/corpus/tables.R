# tables.R - counts, percentages, rates, life tables: what most papers have as table 1 to 3.
source(file.path(Sys.getenv("SPE_CORPUS"), "lib.R"))
set.seed(540)

# Baseline tables by group: "123 (45.6%)", means and medians, written six ways.
cells <- function(d, v, lev = levels(d$rx)) {
	t <- lump(table(d[[v]], d$rx)[, lev, drop = FALSE])
	if (is.null(t) || !identical(colnames(t), lev)) return(NULL)
	N <- colSums(t)
	body <- t(apply(t, 1, function(n) pct(n, N)))
	d <- data.frame(Characteristic = c(v, paste0("  ", rownames(t))), rbind(rep("", ncol(t)), body), check.names = FALSE)
	names(d)[-1] <- paste0(lev, " (N=", N, ")")
	list(d = d, t = t)
}
spread <- function(d, v) {
	f <- split(d[[v]], d$rx)
	a <- sapply(f, function(x) sprintf("%.1f (%.1f)", mean(x, na.rm = TRUE), sd(x, na.rm = TRUE)))
	b <- sapply(f, function(x) { q <- quantile(x, 1:3 / 4, na.rm = TRUE); sprintf("%.1f [%.1f-%.1f]", q[2], q[1], q[3]) })
	rbind(c(paste0(v, ", mean (SD)"), a), c(paste0(v, ", median [IQR]"), b))
}
for (n in names(coh)) {
	d <- droplevels(coh[[n]][!is.na(coh[[n]]$rx), ])
	d <- d[, !(names(d) %in% c("time", "status"))]
	fs <- setdiff(names(d)[sapply(d, is.factor)], "rx")
	parts <- Filter(Negate(is.null), lapply(fs, function(v) if (!anyNA(d[[v]])) cells(d, v)))
	num <- names(d)[sapply(d, is.numeric)]
	if (length(parts) == 0) next
	body <- do.call(rbind, lapply(parts, `[[`, "d"))
	more <- as.data.frame(do.call(rbind, lapply(num, function(v) spread(d, v))))
	names(more) <- names(body)
	for (w in c(next_way(), next_way())) {
		f <- put(rbind(body, more), paste0("table1-", n, "-", w), w, paste("Baseline characteristics:", n))
		if (any(sapply(parts, function(p) full(p$t)))) may(f, "group-disclosure", "a cell holds at least 90 % of its row or column")
	}
}

# Cross-tabs with margins, all cells of 10 and more, as R prints them and as files.
pairs <- list(c("colon", "rx", "sex"), c("colon", "extent", "surgery"), c("pbc", "stage", "hepatomegaly"), c("pbc", "spiders", "stage"),
	c("lung", "rx", "sex"), c("veteran", "celltype", "rx"), c("mgus", "agegroup", "sex"), c("mgus", "anaemia", "agegroup"),
	c("flchain", "agegroup", "sex"), c("flchain", "year", "sex"), c("gbsg", "grade", "menopause"), c("rotterdam", "size", "agegroup"),
	c("wilms", "stage", "study"), c("wilms", "stage", "relapse"), c("myeloid", "sex", "remission"), c("nafld", "agegroup", "sex"),
	c("nafld", "agegroup", "obese"), c("birthwt", "race", "rx"), c("birthwt", "low", "rx"), c("infert", "education", "induced"),
	c("aids", "agegroup", "rx"), c("aids", "state", "rx"), c("melanoma", "agegroup", "rx"), c("retinopathy", "type", "laser"))
for (p in pairs) {
	t <- lump(table(coh[[p[1]]][[p[2]]], coh[[p[1]]][[p[3]]]))
	if (is.null(t)) stop("no table ", paste(p, collapse = " "))
	m <- addmargins(t)
	stem <- paste("crosstab", p[1], p[2], p[3], sep = "-")
	w <- next_way(c("csv", "print", "md", "tsv", "csv2"))
	if (w == "print") {
		f <- paste0(stem, ".txt")
		names(dimnames(m)) <- p[2:3]
		text(f, paste0("> addmargins(table(", p[2], ", ", p[3], "))"), capture.output(print(m)), "",
			capture.output(print(chisq.test(t, correct = FALSE))))
	} else {
		d <- data.frame(rownames(m), unclass(m), check.names = FALSE)
		names(d)[c(1, ncol(d))] <- c(p[2], "Total")
		d[[1]] <- sub("Sum", "Total", d[[1]])
		f <- put(d, stem, w, paste(p[2], "by", p[3]))
	}
	note_full(f, t)
}

# The same as long tables: group, level, n, percent of the row.
for (p in pairs[c(1, 3, 5, 7, 9, 11, 13, 16, 18, 21, 22)]) {
	t <- lump(table(coh[[p[1]]][[p[2]]], coh[[p[1]]][[p[3]]]))
	d <- as.data.frame(as.table(t), responseName = "n")
	names(d)[1:2] <- p[2:3]
	d$percent <- round(100 * prop.table(t, 1)[cbind(match(d[[1]], rownames(t)), match(d[[2]], colnames(t)))], 1)
	f <- put(d, paste("counts", p[1], p[2], sep = "-"), next_way())
	note_full(f, t)
}

# One-way frequencies, suppressed without a total: "<10", [REDACTED] after rounding to 5.
one <- list(colon = "extent", aids = "route", lung = "sex", wilms = "stage", nafld = "agegroup", rotterdam = "size", infert = "education",
	pbc = "stage", flchain = "year", birthwt = "visits")
for (n in names(one)) {
	t <- table(coh[[n]][[one[[n]]]])
	d <- data.frame(level = names(t), count = ifelse(t < T0, "<10", as.character(t)))
	put(d, paste0("frequency-", n), next_way())
	d <- data.frame(level = names(t), n_rounded = ifelse(t < T0, "[REDACTED]", as.character(5 * round(t / 5))))
	put(d, paste0("rounded-", n), next_way(c("csv", "tsv")))
	d <- data.frame(level = names(t), n_midpoint6 = as.integer(ceiling(t / 6) * 6 - 3 * (t != 0)))
	put(d, paste0("midpoint-", n), "csv")
}
# Cells under the threshold hidden, and a second one in each row and column with them, so that margins give nothing away.
h <- apply(HairEyeColor, 1:2, sum)
text("hair-eye-suppressed.csv", "hair,brown_n,blue_n,hazel_n,green_n",
	apply(cbind(rownames(h), ifelse(h < T0, "<10", h)), 1, paste, collapse = ","))
text("suppressed-pairs.csv", "region,diabetes_n,asthma_n,copd_n,total_n", "North,<10,<10,58,71", "South,<10,<10,61,75", "East,44,52,39,135",
	"West,38,47,66,151")
text("suppressed-rounded.csv", "age_band,n_exposed_rounded,n_unexposed_rounded,n_total_rounded", "18-39,[REDACTED],120,120", "40-59,35,240,275",
	"60-79,80,310,390", "80+,45,95,140")
text("suppressed-stars.md", "# Procedures by hospital type", "", "| Hospital type | Elective | Acute |", "|---|---:|---:|", "| University | 1 204 | 311 |",
	"| Central | 860 | 152 |", "| Other | 145 | * |", "", "\\* fewer than 10, not shown; totals are left out for that reason.")

# Ready tables of R.
t <- apply(UCBAdmissions, c(3, 1), sum)
f <- put(data.frame(Dept = rownames(t), Admitted = t[, 1], Rejected = t[, 2], Total = rowSums(t), Rate = round(100 * t[, 1] / rowSums(t), 1)),
	"berkeley-admissions", "csv")
may("berkeley-admissions.csv", "group-disclosure", "a cell holds at least 90 % of its row or column")
t <- apply(UCBAdmissions, c(2, 1), sum)
f <- put(data.frame(Gender = rownames(t), Admitted = t[, 1], Rejected = t[, 2]), "berkeley-gender", "md", "Admissions by gender")
t <- apply(Titanic, c(1, 4), sum)
f <- put(data.frame(Class = rownames(t), Died = t[, 1], Survived = t[, 2], `Survived, %` = sprintf("%.1f%%", 100 * t[, 2] / rowSums(t)), check.names = FALSE),
	"titanic-class", "csv")
e <- aggregate(cbind(ncases, ncontrols) ~ agegp, esoph, sum)
e <- e[e$ncases >= 10 & e$ncontrols >= 10, ]
f <- put(e, "esoph-age", "csv")
e <- aggregate(cbind(ncases, ncontrols) ~ alcgp, esoph, sum)
f <- put(e, "esoph-alcohol", "txt", "Cases and controls by alcohol, g/day")
i <- aggregate(cbind(Holders, Claims) ~ District, Insurance, sum)
i$claim_rate <- signif(i$Claims / i$Holders, 3)
f <- put(i, "insurance-claims", "csv")
hs <- aggregate(Freq ~ Sat + Type, housing, sum)
f <- put(hs, "housing-satisfaction", "tsv")

# Rates per 1,000 and per 100,000 person-years.
for (n in survivors) {
	d <- coh[[n]]
	g <- if (n == "aids") "agegroup" else "rx"
	d <- d[!is.na(d[[g]]) & !is.na(d$time), ]
	ev <- tapply(d$status, d[[g]], sum)
	py <- tapply(d$time / 365.25, d[[g]], sum)
	if (any(ev < T0)) next
	N <- as.vector(table(d[[g]]))
	if (any(N - ev < T0)) next
	k <- if (turn %% 2) 1000 else 1e5
	per <- function(x) round(k * x, if (k == 1000) 1 else 0)
	r <- data.frame(group = names(ev), n = N, events = as.vector(ev), person_years = round(as.vector(py)),
		rate = per(as.vector(ev / py)), ci_lower = per(qchisq(.025, 2 * ev) / 2 / py), ci_upper = per(qchisq(.975, 2 * (ev + 1)) / 2 / py))
	names(r)[5] <- if (k == 1000) "rate_per_1000_py" else "rate_per_100000_py"
	f <- put(r, paste0("rates-", n), next_way(), paste("Incidence,", n))
	note_full(f, cbind(ev, N - ev))
}

# Kaplan-Meier estimates at times that at least ten persons left between.
km <- function(d, both) {
	s <- survfit(Surv(time, status) ~ 1, d)
	keep <- data.frame()
	e <- c <- 0
	most <- max(T0, ceiling(nrow(d) / 60)) # at most some thirty steps
	for (i in seq_along(s$time)) {
		e <- e + s$n.event[i]
		c <- c + s$n.censor[i]
		left <- s$n.risk[i] - s$n.event[i] - s$n.censor[i]
		if (e >= most && (!both || c >= T0) && left >= T0) {
			keep <- rbind(keep, data.frame(time = s$time[i], n_risk = left + e + c, n_event = e, n_censor = c,
				survival = round(s$surv[i], 3), lower = round(s$lower[i], 3), upper = round(s$upper[i], 3)))
			e <- c <- 0
		}
	}
	keep
}
for (n in survivors) {
	d <- coh[[n]][!is.na(coh[[n]]$rx) & coh[[n]]$time > 0, ]
	k <- km(d, FALSE)
	k$n_lost <- k$n_event + k$n_censor
	if (nrow(k) >= 3) put(k[c("time", "n_risk", "n_lost", "survival", "lower", "upper")], paste0("km-", n), next_way(c("csv", "tsv", "csv2")))
	k <- km(d, TRUE)
	if (nrow(k) >= 3) put(k, paste0("km-both-", n), next_way(c("csv", "txt", "plain")))
	# life table by calendar-like intervals
	w <- quantile(d$time, seq(0, 0.9, 0.15))
	b <- findInterval(d$time, w)
	ev <- as.vector(tapply(d$status, b, sum))
	nn <- as.vector(table(b))
	if (all(ev >= T0) && all(nn - ev >= T0)) {
		at_risk <- rev(cumsum(rev(nn)))
		lo <- round(w)
		put(data.frame(interval = paste0(lo, "-", c(lo[-1], "")), entering = at_risk, deaths = ev, censored = nn - ev,
			q = round(ev / (at_risk - (nn - ev) / 2), 4)), paste0("lifetable-", n), next_way())
	}
}

# Yearly series of counts.
series <- list(deaths_uk = ldeaths, road_deaths = UKDriverDeaths, accidents = USAccDeaths, passengers = AirPassengers)
for (n in names(series)) {
	s <- aggregate(series[[n]], nfrequency = 1)
	put(data.frame(year = as.integer(time(s)), n = as.integer(s)), paste0("yearly-", gsub("_", "-", n)), next_way())
	m <- series[[n]]
	put(data.frame(month = sprintf("%d-%02d", floor(time(m) + 1e-6), cycle(m)), count = as.integer(m)), paste0("monthly-", gsub("_", "-", n)), next_way(c("csv", "tsv")))
}
y <- data.frame(year = rep(2010:2021, each = 2), sex = c("Kvinnor", "Män"), antal = rpois(24, 900), `incidens_per_100000` = round(rnorm(24, 120, 6), 1))
f <- put(y, "arsvis-incidens", "csv2")
y <- data.frame(vuosi = 2005:2022, `lukumäärä` = rpois(18, 340), osuus_pct = round(runif(18, 11, 19), 1), check.names = FALSE)
f <- put(y, "vuosittain", "csv2")
y <- data.frame(uke = 1:52, `antall_døde` = rpois(52, 780), forventet = round(780 + 40 * cos(2 * pi * 1:52 / 52)), check.names = FALSE)
f <- put(y, "dodsfall-per-uke", "csv")
y <- data.frame(kommune = c("Tromsø", "Bodø", "Ålesund", "Sandnes", "Bærum", "Færder"), `fødsler` = rpois(6, 700), check.names = FALSE)
f <- put(y, "fodsler", "tsv")
y <- data.frame(ár = 2012:2022, `fjöldi` = rpois(11, 120), `hlutfall (%)` = round(runif(11, 20, 30), 1), check.names = FALSE)
f <- put(y, "arlega-fjoldi", "csv2")
