#!/usr/bin/env python3
"""dirty.py CLEAN OUT - slips of honest researchers: each a small edit of one clean file, with what the check must say.

OUT.expect gets a line for each: file, verdict, rules that may say it, the clean file, the slip. Numbers of persons are
test numbers that the issuing offices publish; nobody has them.
"""
import random
import re
import struct
import sys
import zlib
from pathlib import Path

clean, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir()
rng = random.Random(550)
expect = open(f"{out}.expect", "w", encoding="utf-8")


def write(name, verdict, rules, source, slip, data):
    assert verdict in ("review", "block"), verdict
    expect.write("\t".join([name, verdict, rules, source, slip]) + "\n")
    (out / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def read(source):
    return (clean / source.lstrip("+")).read_text(encoding="utf-8")


def edit(name, verdict, rules, source, slip, *changes, after="", before=""):
    """name.EXT: the source with each (pattern, text) replaced once; a pattern that is not there is an error of ours."""
    text = read(source)
    for pattern, new in changes:
        text, n = re.subn(pattern, new if callable(new) else lambda m, new=new: m.expand(new), text, count=1, flags=re.M)
        if n != 1:
            sys.exit(f"{name}: {source} has no {pattern!r}:\n{read(source)[:600]}")
    write(name + Path(source.lstrip("+")).suffix, verdict, rules, source, slip, before + text + after)


def lines(rows):
    return "\n".join(rows) + "\n"


def persons(n):
    """(id, sex, age, code, days): nobody."""
    return [(10234 + 7 * i + i * i % 5, rng.choice("MF"), rng.randrange(31, 88), rng.choice(["I21", "I63", "J44", "E11", "C50"]), rng.randrange(4, 3900)) for i in range(n)]


# --- small counts ------------------------------------------------------------------------------------
C = "min-count"
edit("cell-of-three", "block", C, "crosstab-aids-state-rx.tsv", "one cell of 3, with margins", (r"^QLD\t78\t148\t226", r"QLD\t3\t148\t151"))
edit("cell-printed", "block", C, "crosstab-lung-rx-sex.txt", "R's addmargins(table()) with a cell of 4", (r"ECOG 2-3   30     21  51", "ECOG 2-3   30      4  34"))
edit("cell-pandas", "block", C, "pd-crosstab.txt", "pandas' crosstab printed with a cell of 2", (r"^<45 +(\d+) +(\d+)", r"<45           2     \2"))
edit("level-of-six", "block", C, "frequency-colon.md", "one level of 6 not suppressed", (r"\| Submucosa \| \d+", "| Submucosa | 6"))
edit("table1-cell", "block", C, "table1-colon-md.md", "4 (1.3%) in a baseline table", (r"\| 63 \(20\.0%\)", "| 4 (1.3%)"))
edit("table1-csv-cell", "block", C, "table1-colon-csv.csv", "3 (1.0%) in a baseline table", (r'"63 \(20\.0%\)"', '"3 (1.0%)"'))
edit("table1-text-cell", "block", C, "table1-mgus-txt.txt", "5 (0.7%) in a baseline table as R prints it", (r"37 \(5\.0%\)", " 5 (0.7%)"))
edit("table1-comma-cell", "block", C, "baseline-comma.csv", "7 (0,6) with a decimal comma", (r"133 \(11,0\)", "7 (0,6)"))
edit("svenska", "block", C, "arsvis-incidens.csv", "antal 3 in a semicolon file", (r'^2012;"Män";\d+', '2012;"Män";3'))
edit("suomeksi", "block", C, "vuosittain.csv", "lukumäärä 4", (r"^2011;\d+", "2011;4"))
edit("norsk", "block", C, "dodsfall-per-uke.csv", "antall_døde 2", (r"^31,\d+", "31,2"))
edit("islenska", "block", C, "arlega-fjoldi.csv", "fjöldi 6", (r"^2018;\d+", "2018;6"))
edit("year-of-four", "block", C, "yearly-road-deaths.csv", "one year with 4", (r"^1984,\d+", "1984,4"))
edit("month-of-two", "block", C, "monthly-accidents.csv", "one month with 2", (r'("?1978-12"?),\d+', r"\1,2"))
edit("events-of-five", "block", C, "rates-myeloid.csv", "5 events behind a rate", (r'^"A";317;171;782;[\d,]+', '"A";317;5;782;639,4'))
edit("rounded-not", "block", C, "rounded-colon.csv", "a 3 among counts rounded to 5", (r'"Submucosa","20"', '"Submucosa","3"'))
edit("midpoint-not", "block", C, "midpoint-colon.csv", "a 4 among midpoints of 6", (r'"Submucosa",21', '"Submucosa",4'))
edit("decile-of-three", "review", C, "calibration-relapse.csv", "3 events in a decile, under a header that says no more than observed", (r"^2,315,30", "2,315,3"))
edit("confusion-of-six", "review", C, "confusion-relapse.csv", "6 false negatives", (r'^"negative",(\d+),\d+', r'"negative",\1,6'))
edit("site-of-eight", "block", C, "sites.csv", "a site with 8 patients", (r"^7,\d+", "7,8"))
edit("bin-of-two", "block", C, "hist-bmi.csv", "the last bin of a histogram has 2", (r'^"\[34,36\)",\d+', '"[34,36)",2'))
edit("bins-outlier", "block", C, "hist-bmi-edges.csv", "an outlier has a bin of its own", after="44,46,1,0.0001\n")
edit("value-counts", "block", C, "pd-value-counts.log", "value_counts() in a log, a site of 3", (r"^12 +\d+", "12      3"))
edit("records-of-three", "block", C, "pd-groups.json", "n 3 in JSON records", (r'"n":\d+', '"n":3'))
edit("group-csv", "block", C, "pd-groups.csv", "groupby with a group of 6", (r"^<45,female,\d+", "<45,female,6"))
edit("group-md", "block", C, "pd-groups.md", "events 7 in a Markdown table", (r"^(\| <45 \| male \| \d+ \|) \d+", r"\1 7"))
edit("json-events", "block", C, "model-matched.json", "events 4 in a model's JSON", (r'"events": \d+', '"events": 4'))
edit("json-table1", "block", C, "table1.json", "n 3 deep in JSON", (r'"n": 3214', '"n": 3'))
edit("consort-three", "block", C, "consort.txt", "(n=3) in the flow of participants", (r"did not receive \(n=14\)", "did not receive (n=3)"), (r"received \(n=246\)", "received (n=257)"))
edit("flow-two", "block", C, "flow-cohort.md", "(n = 2) persons excluded in a list", (r"\(n = 52 013\)", "(n = 2)"))
edit("prose-of-n", "block", C, "abstract.md", "(n = 4) in prose", (r"p for interaction 0\.31\.", "p for interaction 0.31. Myopathy was rare (n = 4 patients)."))
edit("readme-arm", "block", C, "README.md", "deaths 6 in a Markdown table of a report", (r"\| 310 \| 161 \|", "| 310 | 6 |"))
edit("second-table", "block", C, "berkeley-gender.md", "a second table in the same file", after="\n| Ward | n |\n|---|---|\n| 4B | 3 |\n| 5A | 41 |\n")
edit("stacked-csv", "block", C + "|file-type", "esoph-age.csv", "a second table under the first in one CSV", after="\nsite,n,\nA,3,\nB,41,\n")
edit("icd-small", "block", C, "icd10-counts.csv", "a rare diagnosis with 2", after="E75.2,Fabry disease,2\n")
edit("atc-persons", "block", C, "atc-counts.tsv", "a drug with 5 persons", after="L04AC01\tdaclizumab\t5\t41\n")
edit("lab-few", "block", C, "lab-means.csv", "mean of 4 persons", after="copper,4,14.1,3.2,12.0,13.9,16.2\n")
edit("missing-few", "block", C, "variables-missing.csv", "n_missing 3", (r"^smoker,\d+,\d+,[\d.]+", "smoker,48207,3,0.0"))
edit("survdiff-few", "block", C, "logrank-colon.txt", "4 observed events in R's survdiff", (r"^rx=Obs     315      168", "rx=Obs     315        4"))
edit("survfit-few", "block", C, "median-survival-colon.txt", "3 events in R's survfit", (r"^rx=Obs     315    168", "rx=Obs     315      3"))
edit("cox-few", "block", C, "cox-lung.txt", "number of events= 4", (r"number of events= \d+", "number of events= 4"))
edit("tulokset-kolme", "block", C, "tulokset.txt", "3 (0,1) in a Finnish text table", (r"^80\+( +)2 960 \(24,4\)", r"80+\1    3 (0,1) "))
edit("thousands-few", "block", C, "thousands.csv", "7 cases beside numbers with thin spaces", (r"^(Åland,30 344),214", r"\1,7"))
edit("yearly-json", "block", C, "yearly.json", "cases 3 in an array of JSON", (r'("cases": \[\s*)\d+', r"\g<1>3"))

# --- percentages, margins, groups ----------------------------------------------------------------------
edit("percent-betrays", "block", "percentage", "table1-colon-csv.csv", "the count hidden, the percentage of 304 kept", (r'"54 \(17\.8%\)"', '"<10 (0.7%)"'))
edit("percent-only", "block", "percentage", "pd-shares.csv", "shares alone, with N in the header", (r"^band;current;former;never", "band;current (N=240);former (N=310);never (N=655)"), (r"^<45;0,\d+", "<45;0,008"))
edit("rate-betrays", "block", "percentage|min-count", "rates-myeloid.csv", "events hidden, rate and person-years kept", (r'^"A";317;171;782;[\d,]+', '"A";317;"<10";782;383,6'))
edit("share-in-prose", "block", "percentage|min-count", "README.md", "two of 240 (0.8 %) in a sentence", (r"^The hazard ratio was", "Of 240 patients 2 (0.8 %) were lost. The hazard ratio was"))
edit("margin-column", "block", "margins", "suppressed-pairs.csv", "one of two suppressed cells shown, so the margin gives the other", (r"^South,<10,<10,61,75", "South,<10,12,61,75"))
edit("margin-row", "block", "margins", "frequency-colon.md", "one level suppressed, and a total", (r"\| Submucosa \| \d+", "| Submucosa | <10"), after="| Total | 915 |\n")
edit("margin-star", "block", "margins", "suppressed-stars.md", "a star and the total of its row", (r"\| Elective \| Acute \|", "| Elective | Acute | Total |"), (r"---:\|---:\|", "---:|---:|---:|"),
     (r"\| 1 204 \| 311 \|", "| 1 204 | 311 | 1 515 |"), (r"\| 860 \| 152 \|", "| 860 | 152 | 1 012 |"), (r"\| 145 \| \* \|", "| 145 | * | 152 |"))
edit("margin-print", "block", "margins", "crosstab-lung-rx-sex.txt", "<10 in a print that keeps its sums", (r"ECOG 2-3   30     21  51", "ECOG 2-3   30    <10  36"))
edit("margin-json", "block", "margins", "suppressed.json", "one suppressed count and the total in JSON", (r'"Vest": "<10"', '"Vest": 388, "Total": 2010'))
edit("margin-shares", "block", "percentage|margins", "counts-colon-rx.tsv", "the count suppressed beside its percent of the row", (r"Lev\+5FU\tMale\t\d+\t[\d.]+", "Lev+5FU\tMale\t<10\t2.4"))
edit("nearly-all", "review", "margins|differencing|group-disclosure", "suppressed-rounded.csv", "all but three of a total", (r"^(40-59),35,240,275", r"\1,237,<10,240"))
edit("zero-cell", "review", "zero-count|min-count|group-disclosure", "crosstab-aids-state-rx.tsv", "a cell of 0", (r"^QLD\t78\t148\t226", r"QLD\t0\t226\t226"))
edit("all-of-them", "review", "group-disclosure|zero-count", "crosstab-wilms-stage-study.csv", "a row that lies in one cell", (r'^"4";\d+;\d+;(\d+)', r'"4";\1;"0";\1'))
edit("hundred-percent", "review", "group-disclosure", "table1-colon-md.md", "63 (100.0%) of a group", (r"\| 149 \(47\.3%\)", "| 315 (100.0%)"))

# --- survival --------------------------------------------------------------------------------------------
S = "survival|min-count"
edit("km-one-event", "block", S, "km-both-lung.csv", "a step of one event", (r"^225,149,13,10", "225,149,1,10"))
edit("km-one-lost", "block", S, "km-lung.tsv", "a step in which two left", (r"^65\t217\t11", "65\t217\t2"))
edit("km-last-three", "block", S, "km-lung.tsv", "three at risk at the end", after="883\t3\t10\t0.05\t0.01\t0.2\n")
edit("km-at-risk-steps", "block", S, "km-lung.tsv", "every event a step, numbers at risk kept",
     (r"^30\t227\t10\t0\.956", "5\t227\t1\t0.996\t0.987\t1\n11\t226\t3\t0.982\t0.966\t1\n12\t223\t1\t0.978\t0.959\t0.997\n30\t222\t5\t0.956"))
write("km-summary.txt", "block", S, "median-survival-colon.txt", "summary(survfit()) printed whole", read("median-survival-colon.txt") + lines([
    "", "Call: survfit(formula = Surv(time, status) ~ 1, data = lung)", "", " time n.risk n.event survival std.err lower 95% CI upper 95% CI"] +
    [f"{t:>5} {227 - i:>6} {1:>7} {1 - (i + 1) / 228:>8.4f} {0.0044 * (i + 1) ** .5:>7.4f} {1 - (i + 1) / 228 - .01:>12.3f} {min(1, 1 - (i + 1) / 228 + .01):>12.3f}"
     for i, t in enumerate([5, 11, 12, 13, 15, 26, 30, 31, 53, 54, 59, 60])]))
edit("lifetable-two", "block", S, "lifetable-nafld.md", "two censored in an interval", (r"^(\| 785-1301 \| 14890 \| 201 \|) \d+", r"\1 2"))
edit("km-json", "block", S, "km-grouped.json", "lost 3 in JSON", (r'"lost": 38', '"lost": 3'))
edit("risk-table", "block", S, "survival-at-years.csv", "four at risk after five years", (r'^("Lev",5),\d+', r"\1,4"))

# --- models ------------------------------------------------------------------------------------------------
D = "degrees-of-freedom"
edit("lm-four-dof", "block", D, "lm-mpg-weight.txt", "4 residual degrees of freedom", (r"on 29 degrees of freedom", "on 4 degrees of freedom"), (r"on 2 and 29 DF", "on 2 and 4 DF"))
edit("glm-six-dof", "block", D, "glm-low-birth-weight.txt", "6 residual degrees of freedom", (r"on 188  degrees", "on 11  degrees"), (r"on 183  degrees", "on 6  degrees"))
edit("glance-six", "block", D, "glance-linear.csv", "df.residual 6 in a table of models", (r'^("crime"),47,([\d.]+),([\d.]+),([\d.]+),7,40', r"\1,13,\2,\3,\4,7,6"))
edit("json-dof", "block", D, "model-crude.json", "df_residual 5", (r'"df_residual": \d+', '"df_residual": 5'))
edit("statsmodels-dof", "block", D + "|min-count", "sm-ols-sbp.txt", "nine observations, three degrees of freedom", (r"Observations:( +)6000", r"Observations:\1   9"), (r"Df Residuals:( +)5994", r"Df Residuals:\1   3"))
edit("saturated", "review", D, "lm-mpg-weight.txt", "R-squared 0.994: as good as the data", (r"R-squared:  0\.827", "R-squared:  0.994"))
edit("correlation-eight", "block", D + "|min-count", "correlation-nafld.txt", "correlations of eight", (r"^n = 12588", "n = 8"))
edit("anova-dof", "block", D, "anova-mpg-weight.txt", "an ANOVA with 3 residual degrees of freedom", (r"^Residuals 29", "Residuals  3"))
edit("ttest-dof", "block", D, "tests.txt", "a t test with df = 5.1", (r"df = 57\.3", "df = 5.1"))

# --- extremes ------------------------------------------------------------------------------------------------
X = "extreme-value"
edit("age-max", "block", X, "age-quantiles.csv", "the oldest, 97, beside quantiles", (r'"p90"', '"p90","max"'), (r'^("colon",.*)$', r"\1,97"),
     *[(rf'^("{c}",(?:[\d.]+,){{5}}[\d.]+)$', r"\1,88") for c in ["pbc", "lung", "veteran", "mgus", "flchain", "gbsg", "rotterdam", "wilms", "myeloid", "nafld", "birthwt", "infert", "aids",
                                                           "melanoma", "retinopathy"]])
edit("income-range", "review", X, "income-decile.csv", "smallest and largest income of a decile", (r"mean_income_eur", "mean_income_eur,min_income,max_income"),
     *[(rf"^{i},4821,(\d+)", rf"{i},4821,\1,{5130 * i},{9817 * i}") for i in range(1, 11)])
edit("age-range-prose", "review", X, "abstract.md", "the range of ages in a sentence", (r"\(median 8\.4 years\)", "(median 8.4 years; age range 60-104)"))
edit("table1-range", "review", X, "table1-colon-md.md", "min-max in a baseline table", (r"^\| age, mean \(SD\)", "| age, range (min-max) | 18-85 | 27-83 | 26-81 |\n| age, mean (SD)"))
edit("whiskers", "review", X, "tests.txt", "outliers of a box plot printed", after="\n> boxplot.stats(d$income)$out\n[1] 212400 198750 305120 187330\n")
edit("p99-of-few", "block", X, "age-quantiles.csv", "the 99th percentile of 137", (r'"p90"', '"p99"'))
edit("quartile-of-twenty", "block", X + "|min-count", "lab-means.csv", "quartiles of 20 persons", after="ceruloplasmin,20,0.28,0.1,0.2,0.27,0.33\n")
edit("describe-max", "block", X, "pd-describe.txt", "describe() of ages that are not top-coded", (r"^max( +)85\.00", r"max\g<1>101.0"))
edit("oldest", "review", X, "sammanfattning.md", "the oldest person's age in a sentence", (r"Datauttag", "Äldsta person 103 år (maximum 103). Datauttag"))
edit("two-payers", "block", "dominance", "income-decile.csv", "sums with the two largest contributions, which make nearly all",
     (r"persons,mean_income_eur", "persons,sum,largest,second,mean_income_eur"), *[(rf"^{i},4821,", f"{i},4821,1000000,{700000 if i == 10 else 9000},{280000 if i == 10 else 8800},") for i in range(1, 11)])

# --- what two files tell together -------------------------------------------------------------------------
edit("rerun-next-week", "block", "differencing", "+crosstab-wilms-stage-study.csv", "the same table a week later, three persons more", (r'^"2";430;622;1052', '"2";433;622;1055'), (r'^"Total";1857;2171;4028', '"Total";1860;2171;4031'))
edit("other-exclusion", "block", "differencing", "+frequency-rotterdam.csv", "the same counts after one more exclusion", (r"(1387|\b\d{4}\b)", lambda m: str(int(m.group(1)) - 2)))
edit("part-of-whole", "block", "differencing", "+crosstab-colon-rx-sex.md", "all of each arm, after a table of them by sex that lacks two", (r"(?s)\A.*\Z", "| rx | n |\n| --- | --- |\n| Obs | 315 |\n| Lev | 312 |\n| Lev+5FU | 304 |\n"))

# --- identity ----------------------------------------------------------------------------------------------------
I = "identity-number"
edit("log-hetu", "block", I, "make.log", "a Finnish code in a warning", (r"^Warning: 12 warnings", "Warning: duplicate person 131052-308T dropped\nWarning: 12 warnings"))
edit("log-new-sign", "block", I, "training.log", "a Finnish code with a new century sign", after="1773483600 skipped 010594Y9032: no follow-up\n")
edit("label-swedish", "block", I, "icd10-counts.csv", "a Swedish number left in a label", (r"^E11,", "E11 19121212-1212,"))
edit("swedish-note", "block", I, "sammanfattning.md", "a Swedish number with its short form", after="Fall 670919-9530 exkluderades.\n")
edit("norwegian-context", "block", I, "slurm.log", "fnr=... in a log line", after="[2026-03-16T01:02:03] lookup fnr=15108695088 failed\n")
edit("norwegian-three", "block", I, "training.log", "three Norwegian numbers as bare digits", after="15108695088 13097248022 29020075838\n")
edit("danish-dash", "block", I, "warnings.log", "a CPR number in an error", after="Error: no match for 211062-5629 in table visit\n")
edit("icelandic", "block", I, "supplement.md", "a kennitala in a methods text", after="\nSjá 120174-3399.\n")
edit("estonian", "block", I, "fit-messages.log", "isikukood in a debug line", after="DEBUG isikukood 38001085718 not in cohort\n")
edit("latvian", "block", I, "fit-messages.log", "personas kods in a debug line", after="DEBUG 161175-19997 not in cohort\n")
edit("lithuanian", "block", I, "make.log", "asmens kodas in a message", after="asmens kodas 33309240064: missing birth date\n")
edit("nhs", "block", I, "sas.log", "NHS number in a note", after="NOTE: NHS number 943 476 5870 appears twice.\n")
edit("codebook-example", "block", I, "codebook.csv", "a code book with example values", (r"^variable,type,description", "variable,type,description,example"),
     (r"^(hetu,.*)$", r"\1,131052-308T"), *[(rf"^({v},.*)$", r"\1,-") for v in ["patient_id", "personnummer", "fodselsnummer", "cpr", "kennitala", "dob", "sex", "birth_year", "postcode", "municipality",
     "index_date", "icd10", "atc", "bmi", "smoker", "hba1c", "egfr", "followup_days", "death", "email", "phone", "etunimi", "sukunimi"]])
write("kohortti-131052-308T.csv", "block", I, "esoph-age.csv", "a person's number in the file's name", read("esoph-age.csv"))
edit("json-hetu", "block", I, "metrics.json", "a person's number as a key of JSON", (r'"auc": ', '"131052-308T": {"p": 0.93}, "auc": '))
P = "p42dwzx6dtbdp2ekuo3q7at5spyd3wy"
edit("pseudonym-log", "review", "pseudonym", "traceback.log", "a pseudonym in an error", after=f"KeyError: '{P}'\n")
edit("pseudonym-csv", "review", "pseudonym", "pvalues.csv", "a pseudonym as a label", after=f"{P},1.2,0.27\n")
edit("pseudonym-json", "review", "pseudonym", "config.json", "an excluded pseudonym in a configuration", (r'"seed": 42', f'"exclude": "{P}", "seed": 42'))
edit("mail-path", "block", "e-mail", "traceback.log", "an e-mail address in a path", (r'"/srv/work/study/model\.py"', '"/home/anna.virtanen@example.org/study/model.py"'))
edit("mail-author", "block", "e-mail", "README.md", "the author's address", after="\nContact: kari.nordmann@hospital.example.no\n")
edit("mail-role", "review", "e-mail", "make.log", "a role's address", after="Report bugs to info@example.org\n")
edit("iban", "block", "iban", "changelog.md", "an account number for the invoice", after="Invoice to FI21 1234 5600 0007 85.\n")
edit("comment-name-phone", "review", "phone", "pvalues.csv", "a free-text comment with name and telephone", (r"^(\w+,\w+,p)$|^test,statistic,p", "test,statistic,p,comment"),
     *[(rf"^({t},.*)$", r"\1,") for t in ["Wald", "score", "LR", "Hosmer-Lemeshow"]], (r"^(Breslow-Day,.*)$", r"\1,call Matti Meikäläinen +358 40 1234567"))
edit("phone-md", "review", "phone", "README.md", "a telephone number in a report", after="\nAsk Lars, tel. +46 70 123 45 67.\n")
edit("address-v4", "review", "network-address", "sql.log", "a client's address in a database log", (r"\[4711\] LOG:  duration", "[4711] analyst@10.44.3.17 LOG:  duration"))
edit("address-mac", "review", "network-address", "slurm.log", "a network card's address", after="node c07 up, hwaddr 00:1b:44:11:3a:b7\n")
edit("mrn", "review", "record-number", "warnings.log", "a hospital's record number", after="5: MRN 00482913 has two admissions on one day\n")
edit("lab-id", "review", "record-number", "sas.log", "a laboratory's number", after="WARNING: accession no. 22-1048831 has no result.\n")
edit("coordinates", "block", "coordinates|microdata", "kommuner.csv", "homes as coordinates", (r"(?s)\A.*\Z", lines(["lat;lon;antall_personer"] +
     [f"{59 + rng.random():.5f};{10 + rng.random():.5f};{rng.randrange(12, 90)}" for _ in range(30)]).replace("\\", "")))

# --- one row a person -----------------------------------------------------------------------------------------
M = "microdata"
edit("head-in-log", "block", M, "loading.log", "head() of the data in a log", after=lines(["> head(d)", "     id sex age  dx days", *[f"{i} {p[0]:>6} {p[1]:>3} {p[2]:>3} {p[3]} {p[4]:>4}" for i, p in enumerate(persons(6), 1)]]))
edit("dataframe-in-log", "block", M, "pd-info.log", "a data frame printed by pandas", after=lines(["      person_id sex  age   dx  days", *[f"{i:<6}{p[0]:>9} {p[1]:>3} {p[2]:>4} {p[3]:>4} {p[4]:>5}"
     for i, p in list(enumerate(persons(5))) + [(5995 + j, q) for j, q in enumerate(persons(5))]], "", "[6000 rows x 5 columns]"]))
edit("str-dump", "review", M, "session-info.txt", "str() of the data", after=lines(["> str(d)", "'data.frame':\t929 obs. of  5 variables:", " $ patient_id: int  10234 10242 10252 10258 10262 10269 10277 10287 10293 10297 ...",
     ' $ sex       : Factor w/ 2 levels "F","M": 2 2 1 1 2 2 1 2 2 2 ...', " $ age       : num  43 63 71 66 69 57 77 54 46 68 ...", ' $ dx        : chr  "I21" "C50" "I63" "I21" ...',
     " $ days      : num  1521 3087 963 293 659 1767 420 3192 3173 3308 ..."]))
edit("glimpse", "review", M, "loading.log", "glimpse() of the data", after=lines(["Rows: 929", "Columns: 4", "$ patient_id <int> 10234, 10242, 10252, 10258, 10262, 10269, 10277, 10287", "$ age        <dbl> 43, 63, 71, 66, 69, 57, 77, 54, 46, 68",
     '$ sex        <fct> M, M, F, F, M, M, F, M, M, M', "$ days       <dbl> 1521, 3087, 963, 293, 659, 1767, 420, 3192"]))
write("ten-patients.csv", "block", M, "frequency-infert.md", "a list of ten patients", lines(["patient_id,sex,age,diagnosis,days", *[",".join(map(str, p)) for p in persons(10)]]))
write("births.csv", "block", M, "frequency-infert.md", "dates of birth", lines(["dob;sex;n", *[f"{1931 + 3 * i}-{i % 12 + 1:02d}-{i % 27 + 1:02d};{rng.choice('MF')};12" for i in range(15)]]))
write("extract.csv", "block", M, "age-quantiles.csv", "the analysis file itself", lines(["idno,sex,age,dx,fu", *[",".join(map(str, p)) for p in persons(240)]]))
write("predictions.csv", "review", M, "roc-relapse.csv", "each person's predicted risk", lines(["row,predicted", *[f"{i},{rng.random():.4f}" for i in range(1, 190)]]))
write("residuals.txt", "review", M, "lm-birth-weight.txt", "all residuals printed", read("lm-birth-weight.txt") + lines(["", "> residuals(fit)", *["  ".join(f"{i + j:>9}" for j in range(6)) + "\n" +
    "  ".join(f"{rng.gauss(0, 600):>9.2f}" for _ in range(6)) for i in range(1, 180, 6)]]))
write("roc-all.csv", "review", M + "|survival", "roc-relapse.csv", "one point of the curve a person", lines(["threshold,sensitivity,specificity", *[f"{1 - i / 600 - rng.random() / 700:.5f},{(i / 600) ** .5:.4f},{1 - (i / 600) ** 2:.4f}" for i in range(600)]]))
write("index-dates.csv", "block", M, "weekly.csv", "dates of single events", lines(["index_date,outcome", *[f"20{10 + i % 11}-{i * 7 % 12 + 1:02d}-{i * 11 % 28 + 1:02d},{rng.choice(['stroke', 'death'])}" for i in range(60)]]))
write("postcodes.csv", "block", M, "postcode-areas.csv", "full postcodes of persons", lines(["postcode,age,dx", *[f"{rng.randrange(100, 99000):05d},{p[2]},{p[3]}" for p in persons(40)]]))
edit("json-persons", "block", M, "metrics.json", "a list of persons in JSON", (r'"auc": ', '"errors": [' + ", ".join(f'{{"patient_id": {p[0]}, "age": {p[2]}, "dx": "{p[3]}", "days": {p[4]}}}' for p in persons(12)) + '], "auc": '))
edit("json-records", "block", M, "pd-groups.json", "to_json(orient='records') of the data", (r"(?s)\A.*\Z", "[" + ",\n".join(
    f'{{"sex": "{p[1]}", "age": {p[2]}, "dx": "{p[3]}", "days": {p[4]}, "bmi": {rng.uniform(18, 40):.1f}}}' for p in persons(60)) + "]\n"))
edit("json-ages", "review", M, "yearly.json", "an array of each person's value", (r'"year": \[', '"bmi": [' + ", ".join(f"{rng.uniform(17, 44):.2f}" for _ in range(150)) + '], "year": ['))
edit("codebook-rows", "block", M, "codebook.md", "a code book with example rows", after=lines(["", "## Example", "", "| patient_id | birth_date | sex | icd10 | index_date |", "|---|---|---|---|---|",
     *[f"| {p[0]} | 19{30 + i * 3}-0{i + 1}-1{i} | {p[1]} | {p[3]} | 20{11 + i}-11-2{i} |" for i, p in enumerate(persons(5))]]))
edit("sql-rows", "block", M, "sql.log", "rows of a query in a log", after=lines([" person_id | birth_date | icd10 ", "-----------+------------+-------", *[f"     {p[0]} | 19{31 + 4 * i}-0{i + 1}-1{i} | {p[3]}" for i, p in enumerate(persons(6))], "(6 rows)"]))
edit("names", "block", M, "kommuner.csv", "names of persons", (r"(?s)\A.*\Z", "etunimi;sukunimi;käynnit\nMatti;Meikäläinen;14\nMaija;Meikäläinen;22\nTeppo;Testaaja;17\nNiina;Näyte;31\n"))
write("too-long.csv", "block", "size|microdata", "age-quantiles.csv", "six thousand rows", lines(["band,n", *[f"{i % 97},{rng.randrange(10, 900)}" for i in range(6000)]]))

# --- files that hold more than they show ---------------------------------------------------------------------
F = "file-type|hidden-content|blob"
edit("sum-formula", "block", "csv-formula", "esoph-age.csv", "a formula of the spreadsheet", after='"Total",=SUM(B2:B5),=SUM(C2:C5)\n')
edit("phone-formula", "review", "csv-formula|phone", "kommuner.csv", "a telephone number as a field", after="5054;Indre Fosen;+47 22 12 34 56\n")
write("latin1.csv", "block", F, "fodsler.tsv", "Latin-1, as old exports write it", read("fodsler.tsv").replace("\t", ";").encode("latin-1"))
edit("zero-width", "block", F, "README.md", "a zero-width space, as Word pastes it", (r"hazard ratio", "hazard\u200b ratio"))
write("renamed.txt", "block", F, "model-code.txt", "an R data file under another name", zlib.compress(b"RDX3\nX\n" + bytes(range(256)) * 8))
write("workbook.csv", "block", F, "esoph-age.csv", "a workbook saved with the wrong extension", b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(rng.randrange(256) for _ in range(900)))
edit("embedded", "block", F, "README.md", "a picture in base64, as notebooks export it", after="\n![plot](data:image/png;base64," + "".join(rng.choice(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") for _ in range(4000)) + ")\n")
edit("notebook", "block", F, "config.json", "a notebook with its outputs", (r"(?s)\A.*\Z", '{"cells": [{"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["d.head()"], "outputs": '
     '[{"output_type": "execute_result", "data": {"text/plain": ["   id  age\\\\n0  10234  63\\\\n1  10242  71"]}, "metadata": {}, "execution_count": 1}]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'))
edit("far-below", "block", F, "esoph-alcohol.txt", "notes far below the table", after="\n" * 40 + "checked with K.N., all fine now\n")
edit("all-digits", "review", "precision", "tidy-sites.csv", "fifteen digits everywhere", (r"(?s)\A.*\Z", lines(["term,estimate,std.error"] + [f"site{i},{rng.gauss(0, 1):.15f},{rng.random():.15f}" for i in range(15)])))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


png = (clean / "mpl-bars.png").read_bytes()
head = 8 + 25  # signature and IHDR
write("author.png", "block", "e-mail|" + F, "mpl-bars.png", "the author's address in the picture's text", png[:head] + chunk(b"tEXt", b"Author\0anna.virtanen@example.org") + png[head:])
write("caption.png", "block", I + "|" + F, "mpl-bars.png", "a person's number in the picture's text", png[:head] + chunk(b"tEXt", b"Title\0Patient 131052-308T") + png[head:])
write("thumbnail-data.png", "block", F, "mpl-bars.png", "the plotted data kept in the picture", png[:head] + chunk(b"zTXt", b"data\0\0" + zlib.compress(repr(persons(200)).encode())) + png[head:])
write("trailing.png", "block", F, "mpl-bars.png", "a second file behind the picture", png + read("esoph-age.csv").encode())
# --- the same slips as the Nordic countries head their tables: near.py has the clean ones -------------------------
edit("fi-pilkku", "block", C, "perustiedot.csv", "7 (1,7) below a group's name", (r"48 \(11,7\)", "7 (1,7)"))
edit("fi-murtoluku", "block", C, "perustiedot.csv", "6/412 (1,5)", (r"48 \(11,7\)", "6/412 (1,5)"))
edit("fi-peitetty", "block", "percentage", "perustiedot.csv", "the count hidden, its share kept", (r"48 \(11,7\)", "<10 (1,7)"))
edit("fi-vaihteluvali", "block", X, "perustiedot.csv", "median and range of ages, up to 97", (r"mediaani \(Q1-Q3\);61 \(52-70\)", "mediaani (min-max);61 (18-97)"))
edit("fi-vaihteluvali-85", "review", X, "perustiedot.csv", "median and range of ages", (r"mediaani \(Q1-Q3\);61 \(52-70\);60 \(51-69\)", "mediaani (vaihteluväli);61 (18-85);60 (19-84)"))
edit("fi-lume-kahdeksan", "block", C, "perustiedot.csv", "a group of 8", (r"Lume \(N=405\)", "Lume (N=8)"))
edit("sv-nio", "block", C, "baslinje.md", "9 (2,2 %) under one of two headings with the same levels", (r"48 \(11,7 %\)", "9 (2,2 %)"))
edit("sv-alla", "review", "group-disclosure", "baslinje.md", "all of a group", (r"\| Ja \| 77 \(18,7 %\)", "| Ja | 412 (100,0 %)"))
edit("sv-rest", "block", "differencing|margins", "baslinje.md", "all but four of a group", (r"\| Nej \| 335 \(81,3 %\)", "| Nej | 408 (99,0 %)"))
edit("no-seks", "block", C, "karakteristika.tsv", "6 (1.5) that only the group's N tells to be a share", (r"85 \(20\.6\)", "6 (1.5)"))
edit("no-skjult", "block", "margins|percentage", "karakteristika.tsv", "one level hidden, the others and N shown", (r"77 \(18\.7\)", "<10"), (r"250 \(60\.7\)", "320 (77.7)"))
edit("da-json-tre", "block", C, "grunddata.json", "n 3 in an object within a row", (r'"n": 77', '"n": 3'))
edit("da-json-pct", "block", "percentage", "grunddata.json", "the count hidden, its share kept", (r'"n": 77, "pct": 18\.7', '"n": "<10", "pct": 1.5'))
edit("sv-korstabell", "block", C, "korstabell.csv", "4 in a cross table that adds up", (r"^Gotland;41;58;99", "Gotland;4;58;62"))
edit("sv-korstabell-noll", "review", "zero-count|group-disclosure|differencing", "korstabell.csv", "an empty cell", (r"^Gotland;41;58;99", "Gotland;0;99;99"))
edit("sv-korstabell-dold", "block", "margins", "korstabell.csv", "one cell hidden between its totals", (r"^Gotland;41;58;99", "Gotland;*;90;99"))
edit("fi-ristiin", "block", C, "ristiintaulukko.tsv", "a 5 in a cross table that adds up", (r"^Kainuu\t41\t158\t199", r"Kainuu\t5\t194\t199"))
edit("fi-ristiin-piilo", "block", "margins", "ristiintaulukko.tsv", "one cell hidden between its totals", (r"^Kainuu\t41\t158\t199", r"Kainuu\t<10\t194\t199"))
edit("fi-ristiin-kaksi", "block", "margins", "ristiintaulukko.tsv", "two cells hidden in one column, whose rows have totals", (r"^Kainuu\t41\t158\t199", r"Kainuu\t..\t191\t199"), (r"^Lappi\t43\t171\t214", r"Lappi\t..\t209\t214"))
edit("da-kryds", "block", C, "krydstabel.md", "3 in a table that adds up", (r"\| Midt \| 81 \| 158 \| 239 \|", "| Midt | 3 | 158 | 161 |"))
edit("da-kryds-skjult", "block", "margins", "krydstabel.md", "one hidden cell and its total", (r"\| Midt \| 81 \| 158 \| 239 \|", "| Midt | x | 230 | 239 |"))
edit("no-kross-json", "block", C, "kross.json", "a 2 in JSON rows that add up", (r'"kvinner": 141, "menn": 158, "totalt": 299', '"kvinner": 2, "menn": 158, "totalt": 160'))
edit("no-rate", "block", "percentage", "dodelighet.csv", "deaths hidden, rate and person-years kept", (r"^A;317;47;4782;9,8", "A;317;<10;4782;1,3"))
edit("no-dod-fire", "block", C, "dodelighet.csv", "4 deaths", (r"^A;317;47;4782;9,8", "A;317;4;4782;0,8"))
edit("fi-ilmaantuvuus", "block", "percentage", "ilmaantuvuus.tsv", "cases hidden, incidence and population kept", (r"^X\t40000\t27\t67\.5", r"X\t40000\t..\t10.0"))
edit("fi-tapaukset", "block", C, "ilmaantuvuus.tsv", "3 cases", (r"^X\t40000\t27\t67\.5", r"X\t40000\t3\t7.5"))
edit("da-rate", "block", "percentage", "raten.md", "cases hidden, rate kept", (r"\| A \| 4782 \| 47 \| 9,8 \|", "| A | 4782 | <10 | 1,3 |"))
edit("sv-andel", "block", "percentage", "andelar.csv", "a share of 512 that is five", (r"^aldrig;0,602", "aldrig;0,777"), (r"^nu;0,185", "nu;0,010"))
edit("no-andel-skjult", "block", "percentage|margins", "andeler.csv", "one count hidden beside its share of the county", (r"^Møre,K,163,53\.6", "Møre,K,296,97.4"), (r"^Møre,M,141,46\.4", "Møre,M,<10,2.6"))
edit("no-andel-fem", "block", C, "andeler.csv", "5 in a county", (r"^Møre,M,141,46\.4", "Møre,M,5,3.0"))
edit("no-maks", "review", X, "fordelinger.csv", "smallest and largest beside percentiles", (r"p95$", "p95,maksimum"), (r"(kolesterol.*)$", r"\1,12.4"), (r"(hemoglobin.*)$", r"\1,21.0"))
edit("no-fa", "block", C + "|" + X, "fordelinger.csv", "percentiles of nine", (r"^kolesterol,1204", "kolesterol,9"))
edit("no-p5", "block", X, "fordelinger.csv", "a fifth percentile of 120", (r"^kolesterol,1204", "kolesterol,120"))
edit("sv-aldst", "block", X, "alderskvantiler.tsv", "the oldest of each cohort", (r"p90$", "p90\täldsta"), (r"^(A\t.*)$", r"\1\t99"), (r"^(B\t.*)$", r"\1\t103"))
edit("fi-viimeinen-luokka", "block", C, "jakauma.csv", "the last bin has 2", (r"^24-25;166", "24-25;2"))
edit("fi-ensimmainen-luokka", "block", C, "jakauma.csv", "the first bin has 1", (r"^18-19;143", "18-19;1"))
edit("fi-moodi", "review", "group-disclosure", "moodi.csv", "a mode that 97 % share", (r"ei,61\.2", "ei,97.0"))
write("roc-kurva-alla.csv", "review", M, "roc-kurva.csv", "a point for each person", lines(["threshold,sensitivity,specificity", *[f"{1 - i / 300:.4f},{(i / 300) ** .5:.3f},{1 - (i / 300) ** 2:.3f}" for i in range(300)]]))
write("fitted.csv", "review", M, "spline.csv", "fitted values of persons", lines(["obs,fitted,residual", *[f"{i},{1 + rng.random():.3f},{rng.gauss(0, 1):.3f}" for i in range(1, 150)]]))
write("rekisteriote.csv", "block", M, "spline.csv", "an extract with Finnish headers", lines(["sukupuoli;ikä;diagnoosi;seuranta", *[f"{p[1]};{p[2]};{p[3]};{p[4]}" for p in persons(90)]]))
write("uttag.tsv", "block", M, "spline.csv", "an extract with Swedish headers", lines(["kön\tålder\tdiagnos\tvårdtid", *["\t".join(map(str, p[1:])) for p in persons(90)]]))
write("uttrekk.json", "block", M, "serie.json", "an extract as JSON with Norwegian keys", "[" + ",\n".join(f'{{"kjønn": "{p[1]}", "alder": {p[2]}, "diagnose": "{p[3]}", "dager": {p[4]}}}' for p in persons(80)) + "]\n")
edit("da-overlevelse", "block", S, "overlevelse.json", "two lost in a step", (r'"lost": 38', '"lost": 2'))
edit("da-sidste", "block", S, "overlevelse.json", "three at risk in the last step", (r'"at_risk": 158', '"at_risk": 3'))
edit("da-tal", "block", C, "tal.json", "4 in numbers by name", (r'"Syd": 388', '"Syd": 4'))
edit("da-tal-total", "block", "margins", "tal.json", "one number hidden and the total kept", (r'"Syd": 388', '"Syd": "<10", "I alt": 1623'))
edit("da-serie", "block", C, "serie.json", "6 in one year", (r"812", "6"))
edit("fi-ryhmat", "block", C, "ryhmat.json", "5 deaths in objects by name", (r'"kuolemat": 48', '"kuolemat": 5'))
edit("fi-split", "block", C, "split.json", "3 in columns and data", (r"405", "3"))
edit("fi-arvot", "review", M, "serie.json", "a list of each person's value", (r'"rate": \[', '"kolesteroli": [' + ", ".join(f"{rng.uniform(2, 9):.2f}" for _ in range(60)) + '], "rate": ['))
edit("no-fa-frihetsgrader", "block", D, "modeller.csv", "6 residual degrees of freedom", (r"^justert,4120,0\.34,4101", "justert,25,0.34,6"))
edit("no-mettet", "review", D, "modeller.csv", "R squared 0.97", (r"0\.34", "0.97"))
edit("no-nestet", "review", D, "modeller.csv", "samples four apart", (r"^justert,4120", "justert,4116"))
edit("sv-veckan-efter", "block", "differencing", "+korstabell.csv", "the same a week later, four persons more", (r"^Gotland;41;58;99", "Gotland;45;58;103"), (r"^Totalt;586;662;1248", "Totalt;590;662;1252"))
expect.close()
