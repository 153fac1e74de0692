# check-figures.R RELEASED UNCONFINED - are the released figures those of the same script run on the records with
# nothing between? Both are directories with km.csv, cox.csv, linked.csv and stdout.txt. Status 0, or 1 with what
# differs. Rounded figures must be equal to the last digit: it is the same program on the same people.
arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 2) stop("usage: Rscript check-figures.R RELEASED UNCONFINED")
bad <- 0
says <- function(good, what) {
	cat(if (good) "equal:" else "DIFFERENT:", what, "\n")
	if (!good) bad <<- bad + 1
}
released <- function(name) read.csv(file.path(arguments[1], name))
unconfined <- function(name) read.csv(file.path(arguments[2], name))

for (name in c("km.csv", "cox.csv", "linked.csv")) {
	a <- released(name)
	b <- unconfined(name)
	says(nrow(b) > 0 && identical(a, b), sprintf("%s, %d rows of %d figures", name, nrow(b), sum(sapply(b, is.numeric))))
}
lines <- lapply(arguments, function(dir) readLines(file.path(dir, "stdout.txt")))
says(length(lines[[2]]) > 0 && identical(lines[[1]], lines[[2]]), "stdout.txt, line by line")

# What is known of the two trials from elsewhere: 929 people and 452 deaths in Moertel's, 300 people of both.
known <- function(line) says(line %in% lines[[1]], paste0("\"", line, "\", as is known"))
known("colon: 929 subjects, 452 deaths")
known("linked: 300 people are in both trials")
says(sum(released("linked.csv")$n) == 300, "linked.csv counts 300 people")

# And from the data frames as R brings them, past every program of the day.
deaths <- subset(survival::colon, etype == 2)
km <- released("km.csv")
by_then <- mapply(function(rx, year) sum(deaths$rx == rx & deaths$time <= year * 365.25 & deaths$status == 1),
	km$rx, km$year)
says(all(km$n_event == by_then), "deaths of km.csv, counted in survival::colon")
cox <- survival::coxph(survival::Surv(time, status) ~ rx + age + sex + nodes, data = deaths)
says(all(released("cox.csv")$coefficient == signif(coef(cox), 4)), "coefficients of cox.csv, fitted to survival::colon")
quit(status = if (bad > 0) 1 else 0)
