# plots.R - pictures of aggregates: bars, grouped survival curves, forests, histograms with ten in each bin.
source(file.path(Sys.getenv("SPE_CORPUS"), "lib.R"))
suppressPackageStartupMessages(library(ggplot2))
set.seed(542)
draw <- function(name, code, w = 640, h = 480, ...) {
	png(at(paste0(name, ".png")), w, h, type = "cairo", ...)
	code
	invisible(dev.off())
}
steps <- function(d) { # a curve that moves only where ten have left
	s <- survfit(Surv(time, status) ~ 1, d)
	i <- unique(c(1, match(TRUE, FALSE), which(diff(c(0, cumsum(s$n.event + s$n.censor) %/% 10)) > 0)))
	i <- i[!is.na(i)]
	data.frame(t = c(0, s$time[i]), s = c(1, s$surv[i]))
}
binned <- function(x, by) { # equal bins; what holds fewer than ten is left out
	b <- table(floor(x / by) * by)
	b[b >= 10]
}
for (n in c("colon", "mgus", "gbsg", "rotterdam")) {
	d <- coh[[n]][!is.na(coh[[n]]$rx), ]
	g <- lapply(split(d, d$rx), steps)
	draw(paste0("km-curve-", n), {
		plot(0, xlim = c(0, max(d$time) * 0.8), ylim = 0:1, type = "n", xlab = "Days", ylab = "Survival", main = n)
		for (k in seq_along(g)) lines(g[[k]]$t, g[[k]]$s, type = "s", col = k, lwd = 2)
		legend("bottomleft", names(g), col = seq_along(g), lwd = 2)
	}, c(colon = 480, mgus = 800, gbsg = 1024, rotterdam = 333)[[n]], 480)
	draw(paste0("age-histogram-", n), barplot(binned(d$age, 5), xlab = "Age", ylab = "Persons", border = NA), res = 96)
}
draw("bars-aids", barplot(lump(table(coh$aids$agegroup, coh$aids$rx)), beside = TRUE, legend.text = TRUE, col = 2:5), 700, 500)
draw("grey-bars", barplot(lump(table(coh$wilms$stage, coh$wilms$relapse)), beside = TRUE, col = grey(1:4 / 5)), 300, 300, antialias = "none")
f <- tidy(coxph(Surv(time, status) ~ rx + sex + age + nodes4, coh$colon), TRUE)
forest <- function(f) {
	plot(f$estimate, rev(seq_along(f$term)), xlim = c(0.4, 2.5), log = "x", yaxt = "n", pch = 15, xlab = "Hazard ratio", ylab = "")
	segments(f$conf.low, rev(seq_along(f$term)), f$conf.high)
	axis(2, rev(seq_along(f$term)), f$term, las = 1)
	abline(v = 1, lty = 2)
}
draw("forest-colon", { par(mar = c(4, 8, 1, 1)); forest(f) }, 900, 400)
draw("forest-print", { par(mar = c(4, 8, 1, 1)); forest(f) }, 1800, 900, res = 200)
draw("series", plot(aggregate(ldeaths, 1), ylab = "Deaths"), 1200, 300)
draw("mosaic", mosaicplot(apply(Titanic, c(1, 4), sum), color = TRUE, main = "Titanic"))
draw("heat", image(cor(swiss), axes = FALSE), 256, 256)
draw("transparent", { par(bg = "transparent"); plot(1:10, cumsum(1:10), type = "l") }, 320, 240, bg = "transparent")
gg <- function(name, p, w = 5, h = 4, dpi = 100) ggsave(at(paste0(name, ".png")), p, width = w, height = h, dpi = dpi)
t <- as.data.frame(table(agegroup = coh$flchain$agegroup, sex = coh$flchain$sex))
gg("gg-bars", ggplot(t, aes(agegroup, Freq, fill = sex)) + geom_col(position = "dodge"))
gg("gg-facets", ggplot(t, aes(agegroup, Freq)) + geom_col() + facet_wrap(~sex) + theme_bw(), 8, 4)
gg("gg-forest", ggplot(f, aes(estimate, term, xmin = conf.low, xmax = conf.high)) + geom_pointrange() + scale_x_log10(), 6, 3, 150)
h <- as.data.frame(binned(coh$nafld$bmi[!is.na(coh$nafld$bmi)], 1))
gg("gg-histogram", ggplot(h, aes(Var1, Freq)) + geom_col(width = 1) + labs(x = "BMI, kg/m²", y = "Henkilöitä"))
gg("gg-lines", ggplot(economics, aes(date, unemploy / pop)) + geom_line() + labs(title = "Työttömyys", y = NULL), 7, 3)
