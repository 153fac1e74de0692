#!/usr/bin/env python3
"""spoken.py CLEAN [DIRTY] - texts, logs and Markdown in pairs: a file that may leave, and its twin with one slip.

With CLEAN alone the clean ones are written; with DIRTY their twins too, and what the check must say to DIRTY.expect.
"""
import random
import sys
from pathlib import Path

clean = Path(sys.argv[1])
dirty = Path(sys.argv[2]) if len(sys.argv) > 2 else None
rng = random.Random(560)
names = set()


def pair(name, verdict, rules, slip, text, *changes, reviews=()):
    """The clean text, and each (old, new) that makes the slip of it, which must be there once or more."""
    assert name not in names, name
    names.add(name)
    text = text.lstrip("\n")
    if dirty is None:
        (clean / name).write_text(text, encoding="utf-8")
        with open(f"{clean}.reviews", "a", encoding="utf-8") as f:
            for rule, why in reviews:
                f.write(f"{name}\t{rule}\t{why}\n")
        return
    twin = text
    for old, new in changes:
        if old not in twin:
            sys.exit(f"{name}: no {old!r}")
        twin = twin.replace(old, new, 1)
    slipped = "slip-" + name
    (dirty / slipped).write_text(twin, encoding="utf-8")
    with open(f"{dirty}.expect", "a", encoding="utf-8") as f:
        f.write("\t".join([slipped, verdict, rules, name, slip]) + "\n")


C, P, X, D, M, N, I, S = ("min-count", "percentage|min-count", "extreme-value", "degrees-of-freedom", "microdata", "record-number",
                          "identity-number", "survival|min-count")

# --- tables that R prints ---------------------------------------------------------------------------------
pair("r-table-one.txt", "block", C, "table() of one variable", """
> table(d$stage)

  I  II III  IV 
 41  63 118  20 
""", (" 20 \n", "  3 \n"))
pair("r-table-named.txt", "block", C, "table() with the variable's name", """
> table(d$smoker)

   0    1    2 
 410  211   97 
""", ("  97 ", "   4 "))
pair("r-table-two.log", "block", C, "table() of two variables in a log", """
INFO reading cohort
INFO 2 400 rows
> with(d, table(ward, outcome))
    outcome
ward alive dead
   A   412  131
   B   380  127
   C   401  144
INFO done
""", ("  127\n", "    2\n"))
pair("r-xtabs.txt", "block", C, "xtabs() in three dimensions", """
> xtabs(~ rx + sex + stage, d)
, , stage = 1

         sex
rx         F  M
  Placebo 40 51
  Active  38 49

, , stage = 2

         sex
rx         F  M
  Placebo 33 42
  Active  31 37
""", ("  Active  31 37", "  Active  31  7"))
pair("r-ftable.txt", "block", C, "ftable()", """
> ftable(Titanic, row.vars = 1:2)
             Age Child     Adult    
             Survived    No Yes    No Yes
Class Sex                                
1st   Male               10  15   118  57
      Female             12  21    14 140
2nd   Male               10  11   154  14
      Female             11  13    13  80
""", ("10  15   118", " 4  15   118"), reviews=[(C, "a flat table whose columns have two names"), ("differencing", "levels that look alike"),
                                               ("group-disclosure", "nearly all of a row")])
pair("r-table-quiet.txt", "block", C, "a printed table without the call", """
Outcome by arm in the full analysis set.

           outcome
arm         dead alive
  control     61   240
  treatment   48   251
""", ("     61", "      6"))
pair("r-dplyr-count.txt", "block", C, "a tibble of count()", """
> d |> count(region, sex)
# A tibble: 4 x 3
  region sex       n
  <chr>  <chr> <int>
1 North  F       412
2 North  M       398
3 South  F       377
4 South  M       401
""", ("       377", "         7"))
pair("r-tibble-groups.log", "block", C, "summarise() in a log", """
[2026-03-14 09:26] groups
# A tibble: 3 x 4
  site  patients mean_age deaths
  <chr>    <int>    <dbl>  <int>
1 A          310     61.2     41
2 B          288     60.7     39
3 C          301     62.0     44
[2026-03-14 09:27] done
""", ("     41\n", "      5\n"))
pair("r-datatable.txt", "block", C, "data.table's .N", """
> d[, .N, by = .(region)]
   region   N
1:  North 912
2:  South 877
3:   East 640
""", (" 640", "   8"))
pair("r-wrapped.txt", "block", C, "wide output that R wraps", """
> print(res)
  site mean_age sd_age median_bmi
1    A     61.2    9.8       26.1
2    B     60.9   10.1       25.8
3    C     62.2    9.9       26.4
  n_patients events
1        310     41
2        288     39
3        301     44
""", ("        288     39", "        288      3"))
pair("r-summary-factor.txt", "block", C, "a level of 3 in summary() of a data frame", """
> summary(d[c("bmi", "stage")])
      bmi        stage    
 Min.   :16.2   I  :120  
 1st Qu.:22.9   II :244  
 Median :25.4   III: 98  
 Mean   :25.9   IV : 41  
 3rd Qu.:28.4            
 Max.   :44.1            
""", ("IV : 41", "IV :  3"), reviews=[(X, "summary() shows minima and maxima"), ("hidden-content", "R ends its lines in blanks")])
pair("r-summary-age.txt", "block", X, "the oldest in summary() of a data frame", """
> summary(d)
      age             bmi      
 Min.   :40.00   Min.   :16.2  
 1st Qu.:52.00   1st Qu.:22.9  
 Median :61.00   Median :25.4  
 Mean   :60.80   Mean   :25.9  
 3rd Qu.:70.00   3rd Qu.:28.4  
 Max.   :85.00   Max.   :44.1  
""", ("Max.   :85.00", "Max.   :98.00"), reviews=[(X, "summary() shows minima and maxima"), ("hidden-content", "R ends its lines in blanks")])
pair("r-summary-vector.txt", "block", X, "the oldest in summary() of ages", """
> summary(d$age)
   Min. 1st Qu.  Median    Mean 3rd Qu.    Max. 
   40.0    52.0    61.0    60.8    70.0    85.0 
""", ("    85.0 ", "    99.0 "), reviews=[(X, "summary() shows minima and maxima"), ("hidden-content", "R ends its lines in blanks")])
pair("r-range.txt", "block", X, "range() of ages", """
> quantile(d$age, c(.1, .5, .9))
10% 50% 90% 
 47  61  76 
""", ("> quantile(d$age, c(.1, .5, .9))\n10% 50% 90% \n 47  61  76 ", "> range(d$age)\n[1] 19 101"), reviews=[("hidden-content", "R ends its lines in blanks")])
pair("r-quantile-ends.txt", "review", X, "quantile() with its ends", """
> quantile(d$bmi, c(.1, .5, .9))
     10%      50%      90% 
    21.1     25.4     32.0 
""", ("> quantile(d$bmi, c(.1, .5, .9))\n     10%      50%      90% \n    21.1     25.4     32.0 ",
      "> quantile(d$bmi)\n   0%   25%   50%   75%  100% \n 14.1  22.9  25.4  28.4  61.7 "), reviews=[("hidden-content", "R ends its lines in blanks")])
pair("r-boxplot.txt", "review", X, "boxplot.stats() printed", """
> median(d$crp)
[1] 2.1
> IQR(d$crp)
[1] 3.4
""", ("> IQR(d$crp)\n[1] 3.4", "> boxplot.stats(d$crp)\n$stats\n[1] 0.1 0.9 2.1 4.3 9.4\n\n$n\n[1] 2400\n\n$out\n[1] 88.1 120.4 201.9"))
pair("r-head.txt", "block", M, "head() of the data", """
> dim(d)
[1] 2400   12
> names(d)
[1] "id"    "sex"   "age"   "icd10" "stay"
""", ("> names(d)", "> head(d, 3)\n     id sex age icd10 stay\n1 20418   F  63   I21    4\n2 20419   M  71   I63    9\n3 20431   F  58   J44    2\n> names(d)"))
pair("r-tail-tibble.md", "block", M, "tail() of a tibble in a report", """
# Data

The file has 2 400 rows and 5 columns.

```
> dim(d)
[1] 2400    5
```
""", ("> dim(d)\n[1] 2400    5", "> tail(d, 3)\n# A tibble: 3 x 4\n  lopnr sex     age icd10\n  <int> <chr> <dbl> <chr>\n1 88214 F        63 I21  \n2 88220 M        71 I63  \n3 88231 F        58 J44  "))
pair("r-str.log", "block", M, "str() of the data", """
> nrow(d)
[1] 929
> sapply(d, class)
         age          sex           dx 
   "numeric"     "factor"  "character" 
""", ("> nrow(d)\n[1] 929", "> str(d)\n'data.frame':\t929 obs. of  3 variables:\n $ age: num  43 63 71 66 69 57 77 54 46 68 ...\n"
      " $ sex: Factor w/ 2 levels \"F\",\"M\": 2 2 1 1 2 2 1 2 2 2 ...\n $ dx : chr  \"I21\" \"C50\" \"I63\" \"I21\" ..."),
     reviews=[("hidden-content", "R ends its lines in blanks")])
pair("r-fitted.txt", "review", M, "fitted values, a vector of 60", """
> coef(fit)
(Intercept)         age         bmi 
   2839.430      -1.950       4.002 
""", ("> coef(fit)", "> fitted(fit)\n" + "\n".join(f" [{i}] " + " ".join(f"{2900 + (37 * (i + j)) % 411}.{(i * j) % 10}" for j in range(10)) for i in range(1, 60, 10)) + "\n> coef(fit)"),
     reviews=[("hidden-content", "R ends its lines in blanks"), ("precision", "seven digits")])
pair("r-ttest.txt", "block", D, "a t test with seven degrees of freedom", """
	Two Sample t-test

data:  crp by arm
t = 2.41, df = 118, p-value = 0.0175
""", ("df = 118", "df = 7"))
pair("r-cortest.txt", "block", D, "a correlation of six persons", """
	Pearson's product-moment correlation

data:  bmi and crp
t = 2.5, df = 410, p-value = 0.013
sample estimates:
 cor 
0.12 
""", ("df = 410", "df = 4"), reviews=[("hidden-content", "R ends its lines in blanks")])
pair("r-welch-f.txt", "block", D, "an F test with few denominator degrees of freedom", """
	One-way analysis of means (not assuming equal variances)

data:  crp and stage
F = 3.1, num df = 2.0, denom df = 57.4, p-value = 0.052
""", ("denom df = 57.4", "denom df = 6.2"))
pair("article-tests.md", "block", D, "t(6) in an article", """
The groups differed, t(118) = 2.41, p = .02, and so did the stages, F(2, 412) = 3.1, p = .046; r(408) = .12.
""", ("t(118)", "t(6)"))
pair("article-anova.md", "block", D, "F(2, 7) in an article", """
Stages differed, F(2, 412) = 3.1, p = .046. Chi-squared(2) = 4.1 was not significant.
""", ("F(2, 412)", "F(2, 7)"))
pair("stata-ttest.log", "block", D, "Stata's regression with five residual degrees of freedom", """
      Source |       SS           df       MS      Number of obs   =       120
-------------+----------------------------------   F(2, 117)       =      4.10
       Model |  41.2000000         2  20.6000000   Prob > F        =    0.0190
    Residual |  587.900000       117  5.02478632   R-squared       =    0.0655
""", ("F(2, 117) ", "F(2, 5)   "), ("       117  5.02", "         5  5.02"), reviews=[("precision", "digits as Stata writes them"), (C, "the model's degrees of freedom")])
pair("r-coxph-few.txt", "block", C, "six events in a Cox model", """
Call:
coxph(formula = Surv(time, status) ~ rx, data = d)

  n= 310, number of events= 61 
""", ("events= 61", "events= 6"), reviews=[("hidden-content", "R ends its lines in blanks")])
pair("r-survdiff.txt", "block", C, "survdiff() of a group with two events", """
survdiff(formula = Surv(time, status) ~ arm, data = d)

          N Observed Expected (O-E)^2/E (O-E)^2/V
arm=ctl 120       41     36.2     0.636      1.31
arm=trt 118       32     36.8     0.626      1.31
""", ("      32     36.8", "       2     36.8"))

# --- pandas, polars and others --------------------------------------------------------------------------------
pair("pd-counts-two.log", "block", C, "value_counts() of pandas 2", """
>>> d["stage"].value_counts()
stage
II     244
III     98
I       71
IV      41
Name: count, dtype: int64
""", ("IV      41", "IV       4"))
pair("pd-size.txt", "block", C, "groupby().size()", """
region  sex
North   F      412
        M      398
South   F      377
        M      401
dtype: int64
""", ("401", "  4"))
pair("pd-groupby.txt", "block", C, "groupby().agg() printed", """
          mean_crp  patients
region                      
North         2.41       810
South         2.77       778
East          2.35       402
""", ("       402", "         6"), reviews=[("hidden-content", "pandas ends its lines in blanks")])
pair("pd-unstack.md", "block", C, "a cross table in a fenced block", """
# Outcome

Numbers by region:

```
outcome  alive  dead
region              
North      381   131
South      349   128
East       366   133
```
""", ("   128", "     8"), reviews=[("hidden-content", "pandas ends its lines in blanks")])
pair("pd-describe-few.txt", "block", C, "describe() of six persons", """
            crp      bmi
count    412.00   409.00
mean       4.10    26.10
std        2.90     3.90
25%        1.80    23.20
50%        3.10    25.90
75%        5.60    28.40
""", ("count    412.00", "count      6.00"))
pair("pd-head.log", "block", M, "a data frame in a log", """
INFO rows: 2400
INFO columns: ['patient', 'sex', 'age', 'dx', 'stay']
""", ("INFO columns", "   patient sex  age   dx  stay\n0    20418   F   63  I21     4\n1    20419   M   71  I63     9\n2    20431   F   58  J44     2\nINFO columns"))
pair("pl-frame.txt", "block", C, "polars' box", """
shape: (3, 2)
┌────────┬──────────┐
│ region ┆ patients │
│ ---    ┆ ---      │
│ str    ┆ i64      │
╞════════╪══════════╡
│ North  ┆ 810      │
│ South  ┆ 778      │
│ East   ┆ 402      │
└────────┴──────────┘
""", ("┆ 402      │", "┆ 4        │"))
pair("np-array.log", "review", M, "an array of each person's score", """
shape (240,), mean 0.41, sd 0.12
""", ("shape (240,)", "[" + "\n ".join(" ".join(f"{(i * 7919 + j * 104729) % 1000 / 1000:.3f}" for j in range(8)) for i in range(6)) + "]\nshape (240,)"))
pair("py-list.log", "review", M, "a list of ages", """
DEBUG ages read: 240 values
""", ("240 values", "[" + ", ".join(str(31 + (i * 37) % 53) for i in range(40)) + "]"))
pair("sas-freq.txt", "block", C, "PROC FREQ, one way", """
                              The FREQ Procedure

                                       Cumulative    Cumulative
stage    Frequency     Percent     Frequency      Percent
I              120       24.00           120        24.00
II             244       48.80           364        72.80
III             95       19.00           459        91.80
IV              41        8.20           500       100.00
""", ("             41        8.20           500", "              4        0.87           463"), reviews=[("group-disclosure", "cumulative counts reach all")])
pair("stata-tab-one.log", "block", C, "Stata's tabulate, one way", """
. tabulate stage

      stage |      Freq.     Percent        Cum.
------------+-----------------------------------
          I |        120       24.00       24.00
         II |        244       48.80       72.80
        III |         95       19.00       91.80
         IV |         41        8.20      100.00
------------+-----------------------------------
      Total |        500      100.00
""", ("         41        8.20", "          3        0.65"), reviews=[("group-disclosure", "the whole")])
pair("stata-tab-two.log", "block", C, "Stata's tabulate, two way", """
. tabulate stage sex

           |          sex
     stage |         F          M |     Total
-----------+----------------------+----------
         I |        60         60 |       120
        II |       120        124 |       244
       III |        50         45 |        95
-----------+----------------------+----------
     Total |       230        229 |       459
""", ("        50         45 |        95", "        50          5 |        55"))
pair("spss-crosstab.txt", "block", C, "SPSS' crosstab", """
ward * outcome Crosstabulation
Count
              outcome
              alive       dead       Total
ward  A         412        131         543
      B         380        127         507
      C         401        144         545
Total          1193        402        1595
""", ("         380        127         507", "         380          7         387"))

# --- tables with other signs, and words around ---------------------------------------------------------------------
pair("csv-in-text.txt", "block", C, "a table as CSV behind a sentence", """
Table 2 follows; regions are those of 2021.
region,patients,mean_age
North,412,61.2
South,377,60.7
East,402,62.0
Sent by the study team.
""", ("South,377,", "South,3,"))
pair("csv-in-log.log", "block", C, "a table with semicolons in a log", """
2026-03-14 09:26:53 INFO writing
luokka;lkm;keskiarvo
A;412;61,2
B;377;60,7
C;402;62,0
2026-03-14 09:26:54 INFO done
""", ("C;402;", "C;2;"))
pair("tsv-in-md.md", "block", C, "tabs in a fenced block", """
# Counts

```
ward\tpatients\tdeaths
medicine\t412\t31
surgery, general and vascular\t380\t27
paediatrics\t401\t44
```
""", ("\t27\n", "\t7\n"))
pair("latex-table.txt", "block", C, "a LaTeX table", """
\\begin{tabular}{lrr}
\\hline
Region & Patients & Mean age \\\\
\\hline
North & 412 & 61.2 \\\\
South & 377 & 60.7 \\\\
\\hline
\\end{tabular}
""", ("South & 377", "South & 7"))
pair("two-tables.md", "block", C, "the second of three tables", """
# Results

Table 1. Patients by region.

| Region | n |
|---|---:|
| North | 412 |
| South | 377 |

As in table 2, deaths were even.

| Region | Deaths | Rate |
|---|---:|---:|
| North | 41 | 1.2 |
| South | 38 | 1.1 |

Table 3 has the means.

| Region | Mean | SD |
|---|---:|---:|
| North | 61.2 | 9.8 |
| South | 60.7 | 9.9 |
""", ("| 38 | 1.1 |", "| 8 | 0.2 |"))
pair("prose-then-table.txt", "block", C, "a table under a sentence and a caption", """
We counted admissions in each ward during 2021. The wards are those of the main building.

Table 4: Number of patients by ward and sex

Ward        Women    Men
Medicine      412    398
Surgery       377    401
Eye            61     44
""", ("     61     44", "     61      4"))
pair("caption-fi.txt", "block", C, "a Finnish caption", """
Taulukko 3. Potilaat alueittain, lkm (%)

Alue         Naiset       Miehet
Pohjoinen    412 (51)     398 (49)
Etelä        377 (48)     401 (52)
Itä           61 (58)      44 (42)
""", (" 44 (42)", "  4 (6) "), reviews=[("hidden-content", "blanks")])
pair("caption-sv.txt", "block", C, "a Swedish caption", """
Tabell 2. Antal per region och kön

Region      Kvinnor   Män
Norr            412   398
Söder           377   401
Öst              61    44
""", ("    44\n", "     4\n"))
pair("md-suppressed.md", "block", "margins", "a suppressed cell beside its total", """
| Ward | n |
|---|---:|
| A | 412 |
| B | <10 |
| C | 380 |
| D | <10 |
""", ("| D | <10 |", "| D | 61 |\n| Total | 857 |"))

# --- sentences ----------------------------------------------------------------------------------------------------------
SENTENCES = [
    ("en", "Of 412 patients, 41 died within a year; fewer than 10 patients per ward were left out.",
     [("41 died", "three of the 41 patients in ward B died, and 41"), ("; fewer", ". Myopathy was seen in 4 patients; fewer"), ("41 died", "two elderly women and 39 others died"),
      ("41 died", "410 of 412 patients survived, 41")]),
    ("fi", "Potilaista 41 kuoli vuoden aikana; alle 10 potilaan osastot jätettiin pois.",
     [("41 kuoli", "kolme 41 potilaasta kuoli"), ("41 kuoli", "kuoli kolme potilasta ja 38 muuta"), ("41 kuoli", "kuoli 5 naista"), ("; alle", ". Kahdella potilaalla oli myopatia; alle")]),
    ("sv", "Av 412 patienter dog 41 inom ett år; färre än 10 patienter per avdelning redovisas inte.",
     [("dog 41", "dog tre av de 41 patienterna på avdelning B"), ("; färre", ". Myopati sågs hos 4 patienter; färre"), ("dog 41", "dog två äldre kvinnor och 39 andra")]),
    ("nb", "Av 412 pasienter døde 41 innen ett år; færre enn 10 pasienter per avdeling vises ikke.",
     [("døde 41", "døde tre av de 41 pasientene"), ("; færre", ". Myopati ble sett hos to pasienter; færre"), ("døde 41", "døde 5 kvinner")]),
    ("da", "Af 412 patienter døde 41 inden for et år; færre end 10 patienter pr. afdeling vises ikke.",
     [("døde 41", "døde tre af de 41 patienter"), ("; færre", ". Myopati sås hos fire patienter; færre"), ("døde 41", "døde 6 mænd")]),
    ("is", "Af 412 sjúklingum lést 41 innan árs; færri en 10 sjúklingar á deild eru ekki sýndir.",
     [("lést 41", "létust þrír af 41 sjúklingi á deild B, þrír sjúklingar"), ("lést 41", "létust 4 konur")]),
]
for language, text, slips in SENTENCES:
    for i, change in enumerate(slips):
        pair(f"says-{language}-{i}.{('md', 'txt', 'log')[i % 3]}", "block", C, f"few persons in a sentence, {language}", text + "\n", change)
pair("share-of.md", "block", P, "7 % of 41 women", "Remission was seen in 37 % of 410 women and 35 % of 398 men.\n", ("37 % of 410 women", "7 % of the 41 women"))
pair("share-of-fi.md", "block", P, "7 prosenttia 41 potilaasta", "Remissio saavutettiin 37 prosentilla 410 potilaasta.\n", ("37 prosentilla 410", "7 % 41"))
pair("share-of-sv.txt", "block", P, "7,3 procent av 41 patienter", "Remission sågs hos 37,3 procent av 410 patienter.\n", ("37,3 procent av 410", "7,3 procent av 41"))
pair("share-of-nb.txt", "block", P, "7 prosent av de 41 pasientene", "Remisjon ble sett hos 37 prosent av de 410 pasientene.\n", ("37 prosent av de 410", "7 prosent av de 41"))
pair("share-bracket.md", "block", P, "2 (0.8 %) in a sentence", "Of 240 patients 61 (25.4 %) were lost to follow-up.\n", ("61 (25.4 %)", "2 (0.8 %)"))
pair("oldest-en.md", "block", X, "the oldest was 97", "The median age was 61 years (IQR 52-70); patients over 90 years were put in one band.\n", ("(IQR 52-70)", "(IQR 52-70), and the oldest was 97"))
pair("oldest-fi.txt", "block", X, "vanhin oli 97", "Iän mediaani oli 61 vuotta (kvartiiliväli 52-70).\n", ("(kvartiiliväli 52-70)", "(kvartiiliväli 52-70), ja vanhin oli 97 vuotta"))
pair("oldest-sv.txt", "block", X, "den äldsta var 97", "Medianåldern var 61 år (kvartilavstånd 52-70).\n", ("52-70)", "52-70), och den äldsta var 97 år"))
pair("oldest-nb.txt", "review", X, "den yngste var 17", "Medianalderen var 61 år (kvartilavstand 52-70).\n", ("52-70)", "52-70), og den yngste var 17 år"))
pair("oldest-da.txt", "block", X, "den ældste var 96", "Medianalderen var 61 år (kvartilafstand 52-70).\n", ("52-70)", "52-70), og den ældste var 96 år"))
pair("oldest-is.txt", "block", X, "sá elsti var 98", "Miðgildi aldurs var 61 ár (fjórðungabil 52-70).\n", ("52-70)", "52-70) og sá elsti var 98 ára"))
pair("range-en.md", "review", X, "mean 61 (range 19-88)", "Mean age was 61 years (SD 9.8, interquartile range 52-70). The scale ranges from 0 to 100.\n", ("SD 9.8", "range 19-88, SD 9.8"))
pair("year-old.md", "block", X, "a 103-year-old woman", "Women of 65 years and more were the majority, and 85-year-old persons are in the last band.\n", ("the majority", "the majority, among them a 103-year-old woman"))
pair("outliers.md", "review", X, "outliers with their values", "Outliers were kept, since 3 sensitivity analyses gave the same estimates.\n", ("Outliers were kept", "Outliers at 212400, 305120 and 198750 euros were kept"))

# --- numbers that a word announces, in each language ------------------------------------------------------------------------
LAB = [("lab", "Lab no. 22-1048831", "Lab no. and date were dropped"), ("specimen", "specimen id 7710442", "specimen ids were dropped"), ("accession", "accession number A2210488", "accession numbers were dropped"),
       ("hospital", "hospital no. 00482913", "hospital no. was dropped"), ("nayte", "näytenumero 22104883", "näytenumero poistettiin"), ("potilas", "potilasnumero 482913", "potilasnumero poistettiin"),
       ("lahete", "lähetenumero 8812734", "lähetenumero poistettiin"), ("prov", "provnummer 22-104883", "provnummer togs bort"), ("journalsv", "journalnr 482913", "journalnr togs bort"),
       ("remiss", "remissnummer 8812734", "remissnummer togs bort"), ("prove", "prøvenummer 22104883", "prøvenummer ble fjernet"), ("journalnb", "journal nr. 482913", "journal nr. ble fjernet"),
       ("rekvisition", "rekvisitionsnummer 8812734", "rekvisitionsnummer blev fjernet"), ("sjukraskra", "sjúkraskrárnúmer 482913", "sjúkraskrárnúmer var fjarlægt"), ("syni", "sýnanúmer 22104883", "sýnanúmer var fjarlægt")]
for name, slip, fine in LAB:
    pair(f"number-{name}.log", "review", N + "|" + I, f"a number announced: {slip.split(' ')[0]}", f"WARNING: {fine}\nNOTE: 412 rows read\n", (fine, f"no result for {slip}"))
