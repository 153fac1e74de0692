# make-data.R OUTDIR - the two holdings of the demo, from R's survival package, with made-up people:
# OUTDIR/colon.csv and OUTDIR/pbc.csv, and the same under OUTDIR/one/ with one spelling for each person, in the
# layout of a workspace's /data: what the analysis would see if nothing were between it and the records.
# The records are those of two published trials; the identity numbers are made up, from the ranges that the
# national issuers keep for tests, so that none of them is anybody's:
#   FI  individual number 900-999                 Digital and Population Data Services Agency, test numbers
#   SE  birth number 980-999                      Skatteverket, test personal identity numbers
#   NO  month + 80                                Skatteetaten, synthetic national identity numbers (Tenor)
#   DK  day + 60, modulus 11 kept                 CPR-kontoret, replacement numbers
# All check digits are right. No number reads as one of another country or year too: births are 1930 to 1995, and
# what would pass a neighbour's check as well is left out.
# colon has 929 people with two rows each. 300 of them are the first 300 people of pbc, where their numbers stand
# in another notation, as they do when two registers meet.
library(survival)
arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 1) stop("usage: Rscript make-data.R OUTDIR")
set.seed(20260101, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")

COLON <- 929
SHARED <- 300
PEOPLE <- COLON + nrow(pbc) - SHARED

two <- function(x) sprintf("%02d", x)
digits_of <- function(s) t(vapply(strsplit(s, ""), as.integer, integer(nchar(s[1]))))
weigh <- function(s, weights) as.vector(digits_of(s) %*% weights)
luhn <- function(s9) {
	v <- t(t(digits_of(s9)) * c(2, 1, 2, 1, 2, 1, 2, 1, 2))
	(10 - rowSums(v %/% 10 + v %% 10) %% 10) %% 10
}
is_date <- function(year, month, day) !is.na(as.Date(sprintf("%04d-%02d-%02d", year, month, day), optional = TRUE))

births <- function(n) {
	born <- as.Date("1930-01-01") + sample(as.integer(as.Date("1995-12-31") - as.Date("1930-01-01")), n, TRUE)
	list(y = as.integer(format(born, "%Y")), m = as.integer(format(born, "%m")), d = as.integer(format(born, "%d")))
}

# Each gives data frames of usual and other: two notations of one person, no two rows alike.
finland <- function(n) {
	b <- births(n)
	date <- paste0(two(b$d), two(b$m), two(b$y %% 100))
	serial <- sample(900:999, n, TRUE)
	value <- as.numeric(paste0(date, serial))
	check <- substring("0123456789ABCDEFHJKLMNPRSTUVWXY", value %% 31 + 1, value %% 31 + 1)
	number <- paste0(date, "-", serial, check)
	letter <- grepl("[A-Z]$", number) # with a digit there, the form is Denmark's and Iceland's too
	data.frame(usual = number, other = tolower(number))[letter, ]
}
sweden <- function(n) {
	b <- births(n)
	date <- paste0(two(b$y %% 100), two(b$m), two(b$d))
	serial <- sample(980:999, n, TRUE)
	number <- paste0(date, serial, luhn(paste0(date, serial)))
	short <- sub("(......)(....)", "\\1-\\2", number)
	dk <- weigh(number, c(4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) %% 11 == 0
	data.frame(usual = paste0(b$y %/% 100, number), other = short)[!dk, ]
}
norway <- function(n) {
	b <- births(n)
	# 0 to 499 for births of 1900 to 1999
	nine <- paste0(two(b$d), two(b$m + 80), two(b$y %% 100), sprintf("%03d", sample(0:499, n, TRUE)))
	k1 <- (11 - weigh(nine, c(3, 7, 6, 1, 8, 9, 4, 5, 2)) %% 11) %% 11
	ten <- paste0(nine, k1 %% 10)
	k2 <- (11 - weigh(ten, c(5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) %% 11) %% 11
	number <- paste0(ten, k2 %% 10)
	# Estonia and Lithuania: a century 1 to 6, then YYMMDD
	p <- digits_of(number)
	baltic <- p[, 1] %in% 1:6 & is_date(1900 + p[, 2] * 10 + p[, 3], p[, 4] * 10 + p[, 5], p[, 6] * 10 + p[, 7])
	other <- sub("(......)(.....)", "\\1 \\2", number)
	data.frame(usual = number, other = other)[k1 < 10 & k2 < 10 & !baltic, ]
}
denmark <- function(n) {
	b <- births(n)
	# 0 to 3 begins the serial of births of 1900 to 1999
	nine <- paste0(two(b$d + 60), two(b$m), two(b$y %% 100), sprintf("%03d", sample(0:399, n, TRUE)))
	last <- (11 - weigh(nine, c(4, 3, 2, 7, 6, 5, 4, 3, 2)) %% 11) %% 11
	number <- paste0(nine, last %% 10)
	se <- luhn(nine) == last
	data.frame(usual = sub("(......)(....)", "\\1-\\2", number), other = number)[last < 10 & !se, ]
}

# The countries take turns.
people <- function(n) {
	each <- ceiling(n / 4)
	countries <- lapply(list(finland, sweden, norway, denmark), function(make) {
		some <- make(3 * each)
		some <- some[!duplicated(some$usual), ]
		stopifnot(nrow(some) >= each)
		some[seq_len(each), ]
	})
	all <- do.call(rbind, countries)
	all <- all[order(rep(seq_len(each), 4), rep(1:4, each = each)), ]
	all[seq_len(n), ]
}

who <- people(PEOPLE)
stopifnot(!anyDuplicated(who$usual), length(unique(colon$id)) == COLON, nrow(pbc) == PEOPLE - COLON + SHARED)

of_colon <- match(colon$id, unique(colon$id))
of_pbc <- c(sample(COLON, SHARED), (COLON + 1):PEOPLE)

save <- function(pin, data, ...) {
	path <- file.path(arguments[1], ...)
	dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
	write.csv(data.frame(pin = pin, data), path, row.names = FALSE, na = "", quote = FALSE, eol = "\n")
}
save(who$usual[of_colon], colon, "colon.csv")
save(who$other[of_pbc], pbc, "pbc.csv")
save(who$usual[of_colon], colon, "one", "trial-colon", "colon.csv")
save(who$usual[of_pbc], pbc, "one", "trial-pbc", "pbc.csv")
