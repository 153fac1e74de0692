# lib.R - what the R scripts of the corpus share: where results go, the data sets that ship with R and its
# recommended packages, and how a researcher who keeps the rules writes them: cells of at least 10 or suppressed.
# Called as Rscript SCRIPT.R OUT; the scripts are read from the directory that SPE_CORPUS names.
options(width = 90, digits = 5, scipen = 6, warn = 1)
suppressPackageStartupMessages({
	library(survival); library(MASS); library(nlme); library(stats)
})
out <- commandArgs(TRUE)[1]
dir.create(out, showWarnings = FALSE)
at <- function(name) file.path(out, name)

# may - this file may be for review by this rule, and why that is right. Read by t/tools/corpus.py.
may <- function(file, rule, reason)
	cat(file, "\t", rule, "\t", reason, "\n", sep = "", file = paste0(out, ".reviews"), append = TRUE)

# --- data: colon, pbc, lung, ... as people would prepare them ------------------------------
yes <- function(x) factor(ifelse(x == 1, "Yes", "No"), c("No", "Yes"))
coh <- list()
d <- subset(colon, etype == 2)
coh$colon <- with(d, data.frame(rx, sex = factor(sex, 0:1, c("Female", "Male")), obstruction = yes(obstruct),
	perforation = yes(perfor), adherence = yes(adhere), nodes4 = yes(node4), surgery = factor(surg, 0:1, c("Short", "Long")),
	extent = factor(extent, 1:4, c("Submucosa", "Muscle", "Serosa", "Contiguous")), age, nodes, time, status))
coh$pbc <- with(pbc, data.frame(rx = factor(trt, 1:2, c("D-penicillamine", "Placebo")),
	sex = factor(sex, c("m", "f"), c("Male", "Female")), ascites = yes(ascites), hepatomegaly = yes(hepato),
	spiders = yes(spiders), stage = factor(pmax(stage, 2), 2:4, c("I-II", "III", "IV")), age, bili, albumin, protime,
	time, status = as.integer(status == 2)))
d <- lung
coh$lung <- with(d, data.frame(rx = factor(pmin(ph.ecog, 2), 0:2, c("ECOG 0", "ECOG 1", "ECOG 2-3")),
	sex = factor(sex, 1:2, c("Male", "Female")), elderly = factor(age >= 65, c(FALSE, TRUE), c("<65", "65+")),
	age, karnofsky = ph.karno, loss = wt.loss, time, status = status - 1))
coh$veteran <- with(veteran, data.frame(rx = factor(trt, 1:2, c("Standard", "Test")), celltype,
	prior = factor(prior, c(0, 10), c("No", "Yes")), age, karno, diagtime, time, status))
coh$mgus <- with(mgus2, data.frame(rx = factor(mspike > 1.2, c(FALSE, TRUE), c("M-spike <=1.2", "M-spike >1.2")),
	sex = factor(sex, c("F", "M"), c("Female", "Male")), anaemia = yes(hgb < 12), progressed = yes(pstat),
	agegroup = cut(age, c(0, 59, 69, 79, 120), c("<60", "60-69", "70-79", "80+")), age, hgb, creat, time = futime, status = death))
d <- flchain
coh$flchain <- with(d, data.frame(rx = cut(flc.grp, c(0, 3, 6, 9, 10), c("FLC 1-3", "FLC 4-6", "FLC 7-9", "FLC 10")),
	sex = factor(sex, c("F", "M"), c("Female", "Male")), mgus = yes(mgus), year = factor(sample.yr),
	agegroup = cut(age, c(0, 59, 69, 79, 120), c("50-59", "60-69", "70-79", "80+")), age, kappa, lambda, time = futime, status = death))
coh$gbsg <- with(gbsg, data.frame(rx = factor(hormon, 0:1, c("No hormones", "Hormones")),
	menopause = factor(meno, 0:1, c("Pre", "Post")), grade = factor(grade, 1:3, c("G1", "G2", "G3")),
	agegroup = cut(age, c(0, 49, 59, 120), c("<50", "50-59", "60+")), age, size, nodes, pgr, time = rfstime, status))
coh$rotterdam <- with(rotterdam, data.frame(rx = factor(chemo, 0:1, c("No chemotherapy", "Chemotherapy")),
	menopause = factor(meno, 0:1, c("Pre", "Post")), size, grade = factor(grade, 2:3, c("G2", "G3")),
	hormones = yes(hormon), relapse = yes(recur), agegroup = cut(age, c(0, 44, 54, 64, 120), c("<45", "45-54", "55-64", "65+")),
	age, nodes, er, time = dtime, status = death))
coh$wilms <- with(nwtco, data.frame(rx = factor(histol, 1:2, c("Favourable", "Unfavourable")), stage = factor(stage),
	study = factor(study, 3:4, c("NWTS-3", "NWTS-4")), relapse = yes(rel), agegroup = cut(age, c(-1, 23, 47, 400),
	c("<2 y", "2-3 y", "4+ y")), age, time = edrel, status = rel))
coh$myeloid <- with(myeloid, data.frame(rx = trt, sex = factor(sex, c("f", "m"), c("Female", "Male")),
	remission = yes(!is.na(crtime)), time = futime, status = death, age = futime / 365))
coh$nafld <- with(nafld1, data.frame(rx = factor(case.id == id, c(FALSE, TRUE), c("Control", "Case")),
	sex = factor(male, 0:1, c("Female", "Male")), agegroup = cut(age, c(0, 39, 54, 69, 120), c("<40", "40-54", "55-69", "70+")),
	obese = yes(bmi >= 30), age, bmi, height, weight, time = futime, status))
coh$birthwt <- with(birthwt, data.frame(rx = factor(smoke, 0:1, c("Non-smoker", "Smoker")),
	race = factor(race, 1:3, c("White", "Black", "Other")), low = yes(low), irritability = yes(ui),
	visits = cut(ftv, c(-1, 0, 1, 10), c("0", "1", "2+")), age, lwt, bwt))
coh$infert <- with(infert, data.frame(rx = factor(case, 0:1, c("Control", "Case")), education, induced = factor(induced),
	spontaneous = factor(spontaneous), age, parity))
coh$aids <- with(Aids2, data.frame(rx = factor(status, c("A", "D"), c("Alive", "Dead")), state, sex,
	route = T.categ, agegroup = cut(age, c(-1, 29, 39, 49, 99), c("<30", "30-39", "40-49", "50+")), age,
	time = death - diag, status = as.integer(status == "D")))
coh$melanoma <- with(Melanoma, data.frame(rx = factor(ulcer, 0:1, c("No ulcer", "Ulcer")), sex = factor(sex, 0:1, c("Female", "Male")),
	agegroup = cut(age, c(0, 44, 64, 120), c("<45", "45-64", "65+")), age, thickness, time, status = as.integer(status == 1)))
coh$retinopathy <- with(retinopathy, data.frame(rx = factor(trt, 0:1, c("Untreated", "Treated")), laser, eye, type,
	age, risk, time = futime, status))
coh$pbc <- coh$pbc[!is.na(coh$pbc$stage), ] # so that no model says that it left out six
coh$lung <- coh$lung[!is.na(coh$lung$rx), ]
coh <- lapply(coh, function(d) as.data.frame(lapply(d, function(x) if (is.character(x)) factor(x) else x)))
survivors <- setdiff(names(coh), c("birthwt", "infert"))

# --- keeping the rules -----------------------------------------------------------------------
T0 <- 10
# lump - join the smallest row or column with its smaller neighbour until every cell has 10.
join <- function(t, m) {
	s <- apply(t, m, sum)
	i <- which.min(s)
	nb <- c(i - 1, i + 1)
	nb <- nb[nb >= 1 & nb <= length(s)]
	j <- nb[which.min(s[nb])]
	k <- sort(c(i, j))
	n <- dimnames(t)[[m]]
	if (m == 2) t <- t(t)
	t[k[1], ] <- t[k[1], ] + t[k[2], ]
	t <- t[-k[2], , drop = FALSE]
	n[k[1]] <- paste(n[k[1]], "or", n[k[2]])
	rownames(t) <- n[-k[2]]
	if (m == 2) t(t) else t
}
lump <- function(t) {
	while (any(t < T0) && max(dim(t)) > 2) {
		m <- if (nrow(t) <= 2) 2 else if (ncol(t) <= 2) 1 else if (min(rowSums(t)) <= min(colSums(t))) 1 else 2
		t <- join(t, m)
	}
	if (any(t < T0)) NULL else t
}
# full - cells that are nearly all of their row or column are for a person to look at.
full <- function(t) any(t >= 0.9 * rowSums(t)) || any(t(t) >= 0.9 * colSums(t))
note_full <- function(file, t)
	if (full(t)) may(file, "group-disclosure", "a cell holds at least 90 % of its row or column")

# --- ways to write a table -------------------------------------------------------------------
md <- function(d) c(paste0("| ", paste(names(d), collapse = " | "), " |"),
	paste0("|", paste(rep(" --- |", ncol(d)), collapse = "")),
	apply(d, 1, function(r) paste0("| ", paste(trimws(r), collapse = " | "), " |")))
text <- function(name, ...) writeLines(enc2utf8(c(...)), at(name), useBytes = TRUE)
put <- function(d, stem, way, title = NULL) {
	name <- paste0(stem, ".", c(csv = "csv", csv2 = "csv", plain = "csv", tsv = "tsv", md = "md", txt = "txt")[[way]])
	chars <- as.data.frame(lapply(d, function(x) if (is.factor(x)) as.character(x) else x), check.names = FALSE)
	switch(way,
		csv = write.csv(chars, at(name), row.names = FALSE, fileEncoding = "UTF-8"),
		plain = write.csv(lapply(chars, function(x) if (is.character(x)) gsub(",", "", x) else x) |> as.data.frame(check.names = FALSE), at(name), row.names = FALSE, quote = FALSE, na = ""),
		csv2 = write.csv2(chars, at(name), row.names = FALSE, fileEncoding = "UTF-8"),
		tsv = write.table(chars, at(name), sep = "\t", quote = FALSE, row.names = FALSE, fileEncoding = "UTF-8"),
		md = text(name, if (!is.null(title)) c(paste("#", title), ""), md(chars)),
		txt = text(name, if (!is.null(title)) c(title, ""), capture.output(print(chars, row.names = FALSE))))
	name
}
ways <- c("csv", "md", "tsv", "txt", "csv2", "plain")
turn <- 0
next_way <- function(of = ways) {
	turn <<- turn + 1
	of[(turn - 1) %% length(of) + 1]
}
pct <- function(n, N, digits = 1) sprintf(paste0("%d (%.", digits, "f%%)"), as.integer(n), 100 * n / N)
p_text <- function(p) ifelse(p < 0.001, "<0.001", sprintf("%.3f", p))
ci <- function(e, l, u, digits = 2, sep = "-")
	sprintf(paste0("%.", digits, "f (%.", digits, "f", sep, "%.", digits, "f)"), e, l, u)
# tidy - a model as a table of its terms.
tidy <- function(fit, exp = FALSE) {
	s <- coef(summary(fit))
	e <- s[, 1]
	se <- s[, if ("se(coef)" %in% colnames(s)) "se(coef)" else 2]
	z <- e / se
	d <- data.frame(term = rownames(s), estimate = e, std.error = se, statistic = z, p.value = 2 * pnorm(-abs(z)),
		conf.low = e - 1.96 * se, conf.high = e + 1.96 * se, row.names = NULL)
	if (exp) d[c("estimate", "conf.low", "conf.high")] <- exp(d[c("estimate", "conf.low", "conf.high")])
	d
}
round_all <- function(d, digits = 4) as.data.frame(lapply(d, function(x) if (is.numeric(x)) signif(x, digits) else x), check.names = FALSE)
