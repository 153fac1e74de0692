#!/usr/bin/env python3
"""texts.py OUT - reports, logs, code books, code lists and JSON of a study, with all the numbers that look like something else."""
import hashlib
import json
import random
import sys
import uuid
from pathlib import Path

out = Path(sys.argv[1])
out.mkdir(exist_ok=True)
rng = random.Random(543)


def may(file, rule, reason):
    """This file may be for review by this rule, and why that is right."""
    with open(f"{out}.reviews", "a", encoding="utf-8") as f:
        f.write(f"{file}\t{rule}\t{reason}\n")


def put(name, text):
    (out / name).write_text(text.lstrip("\n"), encoding="utf-8")


def rows(name, header, body, sep=","):
    def field(x):
        x = str(x)
        return f'"{x}"' if sep in x or '"' in x else x

    put(name, "\n".join(sep.join(map(field, r)) for r in [header, *body]) + "\n")


def as_json(name, value, indent=2):
    put(name, json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


# --- code books: the words of identifiers, no data ----------------------------------------------
VARIABLES = [
    ("patient_id", "string", "Pseudonym of the person, one permit long; not released"),
    ("hetu", "string", "Finnish personal identity code, replaced before staging"),
    ("personnummer", "string", "Swedish identity number, replaced before staging"),
    ("fodselsnummer", "string", "Norwegian identity number, replaced before staging"),
    ("cpr", "string", "Danish identity number, replaced before staging"),
    ("kennitala", "string", "Icelandic identity number, replaced before staging"),
    ("dob", "date", "Date of birth, shifted; analysis uses birth_year"),
    ("sex", "integer", "1 = male, 2 = female, 9 = unknown"),
    ("birth_year", "integer", "Year of birth, four digits"),
    ("postcode", "string", "First two digits only"),
    ("municipality", "integer", "Three digits, Statistics Finland 2024"),
    ("index_date", "date", "Date of the first diagnosis, shifted per person"),
    ("icd10", "string", "Main diagnosis, ICD-10 with four characters"),
    ("atc", "string", "Drug, ATC level 5"),
    ("bmi", "decimal", "Body mass index, kg/m²"),
    ("smoker", "integer", "0 = never, 1 = former, 2 = current"),
    ("hba1c", "decimal", "mmol/mol"),
    ("egfr", "decimal", "CKD-EPI 2021, ml/min/1.73 m²"),
    ("followup_days", "integer", "Days from index_date to death, emigration or 2023-12-31"),
    ("death", "integer", "1 = died during follow-up"),
    ("email", "string", "Not delivered"),
    ("phone", "string", "Not delivered"),
    ("etunimi", "string", "Not delivered"),
    ("sukunimi", "string", "Not delivered"),
]
rows("codebook.csv", ["variable", "type", "description"], VARIABLES)
rows("codebook-names.csv", ["name", "type", "label"], VARIABLES)
rows("codebook-fi.csv", ["muuttuja", "tyyppi", "selite"], VARIABLES, ";")
rows("dictionary.tsv", ["field_name", "data_type", "description"], VARIABLES, "\t")
rows("variables-missing.csv", ["variable", "n_valid", "n_missing", "missing_percent"],
     [(v, 48210 - 10 * (37 * i + 12), 10 * (37 * i + 12), f"{100 * 10 * (37 * i + 12) / 48210:.1f}") for i, (v, _, _) in enumerate(VARIABLES[7:20])])
may("variables-missing.csv", "group-disclosure", "nearly all values of a variable are there")
put("codebook.md", "# Variables\n\n| Name | Type | Description |\n|---|---|---|\n" + "".join(f"| {a} | {b} | {c} |\n" for a, b, c in VARIABLES))
put("codebook.txt", "DATA DICTIONARY, release 3 (2025-11-02)\n\n" + "".join(f"{a:<16}{b:<10}{c}\n" for a, b, c in VARIABLES))
as_json("codebook.json", [{"name": a, "type": b, "description": c} for a, b, c in VARIABLES])
as_json("schema.json", {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                        "properties": {a: {"type": b, "description": c} for a, b, c in VARIABLES}, "required": ["patient_id", "sex"]})

# --- code lists with large counts ------------------------------------------------------------------
ICD = [("E10", "Type 1 diabetes mellitus"), ("E11", "Type 2 diabetes mellitus"), ("I10", "Essential (primary) hypertension"),
       ("I20.0", "Unstable angina"), ("I21", "Acute myocardial infarction"), ("I48", "Atrial fibrillation and flutter"),
       ("I63", "Cerebral infarction"), ("J44", "Other chronic obstructive pulmonary disease"), ("J45", "Asthma"),
       ("C18", "Malignant neoplasm of colon"), ("C50", "Malignant neoplasm of breast"), ("C61", "Malignant neoplasm of prostate"),
       ("F32", "Depressive episode"), ("G30", "Alzheimer disease"), ("K35", "Acute appendicitis"), ("M16", "Coxarthrosis"),
       ("N18", "Chronic kidney disease"), ("O80", "Single spontaneous delivery"), ("S72", "Fracture of femur"), ("Z51", "Other medical care")]
ATC = [("A02BC01", "omeprazole"), ("A10BA02", "metformin"), ("A10BK01", "dapagliflozin"), ("B01AF02", "apixaban"), ("C03CA01", "furosemide"),
       ("C07AB02", "metoprolol"), ("C08CA01", "amlodipine"), ("C09AA05", "ramipril"), ("C10AA05", "atorvastatin"), ("H03AA01", "levothyroxine"),
       ("J01CA08", "pivmecillinam"), ("N02BE01", "paracetamol"), ("N05CF01", "zopiclone"), ("N06AB04", "citalopram"), ("R03AC02", "salbutamol")]
rows("icd10-counts.csv", ["icd10", "description", "n"], [(c, d, rng.randrange(400, 90000)) for c, d in ICD])
rows("icd10-list.csv", ["code", "description"], ICD)
rows("atc-counts.tsv", ["atc", "substance", "persons", "prescriptions"],
     [(c, d, n, n * rng.randrange(3, 9) + rng.randrange(100)) for c, d in ATC for n in [rng.randrange(900, 70000)]], "\t")
rows("atc-per-tusen.csv", ["atc", "substans", "brukere_per_1000"], [(c, d, f"{rng.uniform(2, 180):.1f}".replace(".", ",")) for c, d in ATC], ";")
put("icd10-chapters.md", "# Diagnoses by chapter\n\n| Chapter | Patients | Share |\n|:---|---:|---:|\n" + "".join(
    f"| {c} | {n} | {100 * n / 21640:.1f} % |\n" for c, n in [("I Infectious", 1310), ("II Neoplasms", 2874), ("IV Endocrine", 3120), ("V Mental", 2045),
                                                             ("IX Circulatory", 6213), ("X Respiratory", 2770), ("XIII Musculoskeletal", 3308)]))
rows("snomed-map.csv", ["snomed", "term", "icd10"], [("44054006", "Diabetes mellitus type 2", "E11"), ("38341003", "Hypertensive disorder", "I10"),
     ("22298006", "Myocardial infarction", "I21"), ("49436004", "Atrial fibrillation", "I48"), ("195967001", "Asthma", "J45"),
     ("13645005", "Chronic obstructive lung disease", "J44"), ("73211009", "Diabetes mellitus", "E14"), ("230690007", "Cerebrovascular accident", "I64")])
rows("loinc-units.csv", ["loinc", "test", "unit"], [("4548-4", "HbA1c", "%"), ("2160-0", "Creatinine", "umol/l"), ("2085-9", "HDL", "mmol/l"),
     ("2089-1", "LDL", "mmol/l"), ("718-7", "Haemoglobin", "g/l"), ("33914-3", "eGFR", "ml/min")])
rows("kommuner.csv", ["kommunenr", "kommune", "antall_personer"], [(n, k, rng.randrange(900, 60000)) for n, k in [("0301", "Oslo"), ("1103", "Stavanger"),
     ("4601", "Bergen"), ("5001", "Trondheim"), ("5501", "Tromsø"), ("1804", "Bodø"), ("3420", "Elverum"), ("4204", "Kristiansand")]], ";")
rows("postcode-areas.csv", ["area", "persons", "median_income_eur"], [(f"{a:02d}", rng.randrange(4000, 90000), 100 * rng.randrange(210, 390)) for a in range(0, 98, 7)])

# --- flow of participants, reports, README ---------------------------------------------------------
put("flow.txt", """
PRISMA 2020 flow
Records identified from databases (n = 2,314): MEDLINE (n = 1,020), Embase (n = 894), Cochrane (n = 400)
Duplicates removed (n = 611)
Records screened (n = 1,703)
  excluded (n = 1,502)
Full texts assessed (n = 201)
  excluded: wrong population (n = 88), wrong outcome (n = 61), no comparator (n = 29)
Studies included (n = 23)
""")
put("flow-cohort.md", """
# Selection of the cohort

1. All residents on 2015-01-01 (n = 5 471 753)
2. Age 40 to 79 (n = 2 710 344)
3. No earlier diagnosis of I20-I25 (n = 2 455 120)
4. Complete covariates (n = 2 301 877)
   - excluded: BMI missing (n = 101 230)
   - excluded: smoking missing (n = 52 013)
""")
put("consort.txt", """
Assessed for eligibility (n=640)
Excluded (n=120): not meeting criteria (n=84), declined (n=36)
Randomised (n=520)
  Intervention (n=260): received (n=241), did not receive (n=19); lost to follow-up (n=17); analysed (n=243)
  Control (n=260): received (n=246), did not receive (n=14); lost to follow-up (n=21); analysed (n=239)
""")
DOIS = ["10.1136/bmj.39465.451748.AD", "10.1016/S0140-6736(14)60460-8", "10.1371/journal.pmed.0040296", "10.1093/ije/dyh299", "10.5281/zenodo.1234567",
        "10.1007/s10654-019-00492-6", "10.1186/1471-2288-8-29", "10.1002/sim.4780140108"]
put("references.md", "# References\n\n" + "".join(f"{i}. Author A, Author B. Title of the article. J Epidemiol. {2001 + i};{30 + i}({i}):{100 + 7 * i}-{109 + 7 * i}. "
    f"doi:{d} PMID: {16000000 + 123457 * i}\n" for i, d in enumerate(DOIS, 1)) +
    "\nISSN 0140-6736, ISSN 1549-1676 (online), ISBN 978-3-16-148410-0. ORCID 0000-0002-1825-0097, 0000-0001-5109-3700.\n"
    "Registered as NCT01234567, EudraCT 2012-003456-23, ISRCTN12345678, PROSPERO CRD42020123456.\n")
put("references.txt", "".join(f"https://doi.org/{d}\n" for d in DOIS) + "https://www.R-project.org/\nhttps://cran.r-project.org/package=survival\n"
    "https://github.com/example/study/tree/v1.2.3#readme\nhttps://thl.fi/fi/tilastot/sotkanet?indicator=s_YCBAA=&region=s07MBAA=\n")
put("README.md", """
# Survival after colon cancer, 2005-2021

Study of 929 patients in three arms; see `tables/table2.csv`. Permit THL/1234/14.06.00/2025.

| Arm | N | Deaths | 5-year survival (95 % CI) |
|:----|--:|-------:|--------------------------:|
| Observation | 315 | 168 | 51.9 % (46.6-57.7) |
| Levamisole | 310 | 161 | 53.0 % (47.7-58.9) |
| Levamisole + 5-FU | 304 | 123 | 63.5 % (58.3-69.2) |

The hazard ratio was 0.69 (95 % CI 0.55-0.87; p = 0.0016), 930 person-years in the smallest stratum.

```r
library(survival)
fit <- coxph(Surv(time, status) ~ rx, data = subset(colon, etype == 2))
exp(coef(fit))["rxLev+5FU"]  # 0.690
```

Made on 2026-02-11T08:14:52+02:00 with R 4.2.2, commit 9f2c1e7d3b5a4860c1d2e3f4a5b6c7d8e9f0a1b2.
Run time 00:12:31; seed 20260211; port 8787 of the RStudio server.
""")
put("abstract.md", """
# Statins and dementia: a register-based cohort

**Background** Evidence from trials is limited. **Methods** We followed 1,204,312 persons aged 60 years or more from
1 January 2010 to 31 December 2021 (median 8.4 years). **Results** There were 61,842 dementia diagnoses (6.1 per 1000 person-years).
The adjusted HR was 0.93 (0.91–0.95). In women 0.92 (0.90–0.95), in men 0.94 (0.91–0.97), p for interaction 0.31.
E-value 1.36. Absolute risk difference at 10 years −0.4 percentage points (−0.6 to −0.2).
**Conclusion** The association was modest.
""")
put("sammanfattning.md", """
# Resultat

Av 48 210 personer fick 3 412 (7,1 %) diagnosen under uppföljningen (medianålder 61 år, kvartilavstånd 52–70).
Oddskvoten var 1,24 (95 % KI 1,05–1,47). Bland kvinnor 1,31 (1,04–1,66), bland män 1,18 (0,95–1,46).
Känslighetsanalys utan år 2020: 1,22 (1,02–1,45). Datauttag 2025-10-01, version 2.3.1.
""")
put("tulokset.txt", """
Taulukko 2. Esiintyvyys ikäryhmittäin, lkm (%)

Ikäryhmä     Naiset          Miehet          Yhteensä
18–39        1 204 (4,1)     1 377 (4,6)      2 581
40–59        3 880 (9,8)     4 412 (11,2)     8 292
60–79        7 145 (18,7)    6 930 (20,9)    14 075
80+          2 960 (24,4)    1 548 (25,0)     4 508
""")
put("supplement.md", "# Supplementary methods\n\n" + "\n".join(
    f"## S{i}. {t}\n\n{b}\n" for i, (t, b) in enumerate([
        ("Propensity score", "Logistic regression with 34 covariates; trimmed at the 1st and 99th percentile; standardised differences under 0.1 for 31 of them."),
        ("Multiple imputation", "m = 20 data sets, 10 iterations, predictive mean matching with 5 donors; Rubin's rules."),
        ("Sensitivity", "Lag of 1, 2 and 3 years; exposure windows of 90, 180 and 365 days; washout 2 years."),
        ("Software", "R 4.2.2, survival 3.5-3, mice 3.15.0, Python 3.11.2, OpenSSL 3.0.11, Linux 6.1.0-13-amd64."),
        ("Codes", "ICD-10 I20-I25, ICD-9 410-414; ATC C10AA01-C10AA08; NCSP FNG02, FNG05."),
        ("Model", "logit(p) = -3.21 + 0.047*age - 0.31*female + 0.88*smoker; c = 0.74, Brier 0.081, slope 0.98, intercept -0.02.")], 1)))
put("changelog.md", "".join(f"- {y}-{m:02d}-{d:02d} v{v}: {t} ({h})\n" for y, m, d, v, t, h in [
    (2025, 9, 1, "1.0.0", "first run", "a1b2c3d"), (2025, 10, 12, "1.1.0", "exclude emigrants", "9e107d9"), (2025, 12, 3, "1.1.1", "fix age at index", "e4d909c"),
    (2026, 1, 20, "2.0.0", "new follow-up to 2023-12-31", "7f83b16")]))
put("sap-checklist.md", "# STROBE checklist\n\n| Item | Recommendation | Page |\n|---|---|---|\n" + "".join(
    f"| {i} | {t} | {p} |\n" for i, t, p in [("1a", "Title and abstract", 1), ("2", "Background", 3), ("3", "Objectives", 4), ("4", "Study design", 5),
    ("5", "Setting", 5), ("6a", "Participants", 6), ("7", "Variables", 6), ("12", "Statistical methods", 8), ("13", "Participants, n = 48 210", 9)]))
put("email-free-contact.md", "# Contact\n\nThe corresponding author is named in the article. Data: see the register holder's catalogue, section 4.2.\n"
    "Twitter/X, @-mentions and e-mail addresses are left out on purpose. Code: example/study@v1.4 on GitHub.\n")

# --- hashes, identifiers of machines and software --------------------------------------------------
put("SHA256SUMS.txt", "".join(f"{sha256(n)}  {n}\n" for n in ["table1.csv", "table2.csv", "figure1.png", "model.R", "README.md"]))
rows("manifest.csv", ["file", "sha256", "bytes"], [(n, sha256("b" + n), 1000 + 37 * i * i) for i, n in enumerate(["table1.csv", "table2.csv", "table3.csv", "fig1.png"], 3)])
as_json("provenance.json", {"git": "9f2c1e7d3b5a4860c1d2e3f4a5b6c7d8e9f0a1b2", "run": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "started": "2026-03-14T09:26:53Z", "epoch": 1773480413, "container": "sha256:" + sha256("image"), "seed": 20260314, "port": 5432,
        "versions": {"R": "4.2.2", "python": "3.11.2", "openssl": "3.0.11", "glibc": "2.36", "kernel": "6.1.0-13-amd64"}})
rows("runs.csv", ["run", "model", "commit", "seconds"], [(str(uuid.UUID(int=rng.getrandbits(128), version=4)), m, sha256(m)[:10], round(rng.uniform(3, 90), 1))
     for m in ["crude", "adjusted", "matched", "weighted", "imputed"]])
put("pip-freeze.txt", "".join(f"{p}=={v}\n" for p, v in [("numpy", "1.24.2"), ("pandas", "1.5.3"), ("scipy", "1.10.1"), ("statsmodels", "0.13.5"), ("lifelines", "0.27.7"),
    ("matplotlib", "3.6.3"), ("pytz", "2022.7.1"), ("certifi", "2022.9.24"), ("types-setuptools", "67.6.0.8"), ("tzdata", "2023.3"), ("pywin32", "305"),
    ("jupyter_core", "5.2.0"), ("xgboost", "1.7.4"), ("opencv-python", "4.7.0.72"), ("grpcio", "1.51.1"), ("psycopg2", "2.9.5")]))
put("renv-lock.json", json.dumps({"R": {"Version": "4.2.2", "Repositories": [{"Name": "CRAN", "URL": "https://cloud.r-project.org"}]},
    "Packages": {p: {"Package": p, "Version": v, "Source": "Repository", "Hash": hashlib.md5(p.encode()).hexdigest()} for p, v in
                 [("survival", "3.5-3"), ("Matrix", "1.5-3"), ("data.table", "1.14.8"), ("ggplot2", "3.4.1"), ("MASS", "7.3-58.2")]}}, indent=2) + "\n")
put("conda-list.txt", "# packages in environment at /opt/conda:\n#\n# Name                    Version                   Build  Channel\n" + "".join(
    f"{n:<25} {v:<25} {b}  conda-forge\n" for n, v, b in [("_libgcc_mutex", "0.1", "conda_forge"), ("ca-certificates", "2022.12.7", "ha878542_0"), ("libblas", "3.9.0", "16_linux64_openblas"),
    ("openssl", "3.0.8", "h0b41bf4_0"), ("python", "3.11.2", "h2755cc3_0_cpython"), ("tk", "8.6.12", "h27826a3_0"), ("xz", "5.2.6", "h166bdaf_0"), ("zlib", "1.2.13", "h166bdaf_4")]))
put("sessioninfo-py.txt", "Python 3.11.2 (main, Mar 13 2023, 12:18:29) [GCC 12.2.0] on linux\nLinux-6.1.0-13-amd64-x86_64-with-glibc2.36\n"
    "CPU count 2, load 0.15 0.22 0.31, memory 7.6 GiB\n")
put("stata.log", """
. version 17.0
. use cohort, clear
. logit low age lwt i.race smoke, or

Iteration 0:   log likelihood =   -117.336
Iteration 1:   log likelihood = -107.29639
Iteration 2:   log likelihood = -107.28862
Iteration 3:   log likelihood = -107.28861

Logistic regression                                     Number of obs =    189
                                                        LR chi2(5)    =  20.09
                                                        Prob > chi2   = 0.0012
Log likelihood = -107.28861                             Pseudo R2     = 0.0856

------------------------------------------------------------------------------
         low | Odds ratio   Std. err.      z    P>|z|     [95% conf. interval]
-------------+----------------------------------------------------------------
         age |   .9777443   .0330823    -0.67   0.506     .9150168    1.044772
         lwt |   .9875543   .0062943    -1.96   0.049     .9752944     .999968
        race |
      Black  |   3.427064   1.768471     2.39   0.017     1.246481     9.42233
      Other  |   2.568466   1.068921     2.27   0.023     1.136098    5.806733
       smoke |   2.865706   1.068011     2.83   0.005     1.380327    5.949485
------------------------------------------------------------------------------
""")
may("stata.log", "precision", "seven digits, as Stata writes them")
put("sas.log", """
NOTE: SAS initialization used:
      real time           0.02 seconds
      cpu time            0.01 seconds
NOTE: There were 48210 observations read from the data set WORK.COHORT.
NOTE: The data set WORK.OUT has 412 observations and 12 variables.
NOTE: Convergence criterion (GCONV=1E-8) satisfied.
NOTE: PROCEDURE PHREG used (Total process time):
      real time           4.31 seconds
""")
put("make.log", """
make: Entering directory '/srv/work/study'
Rscript -e 'source("R/01-cohort.R")'
[1] "2026-03-14 09:26:53 EET"
Rscript R/02-models.R 2>&1 | tee models.out
gcc -g -O2 -ffile-prefix-map=/build/r-base-4.2.2=. -fstack-protector-strong -Wformat -c glmer.c -o glmer.o
Warning: 12 warnings (use warnings() to see them)
make: Leaving directory '/srv/work/study'
real	12m31.044s
user	11m58.210s
sys	0m9.302s
""")
put("slurm.log", "".join(f"[2026-03-{10 + i // 4:02d}T0{i % 4 + 1}:{7 * i % 60:02d}:{13 * i % 60:02d}.{rng.randrange(1000):03d}] job 48{3100 + i} node c{i % 6 + 1:02d} step {i}: "
    f"epoch {1773100800 + 5400 * i} rss {rng.randrange(200, 4000)} MiB loss {2.3 / (i + 1):.5f} pid {20000 + 17 * i}\n" for i in range(24)))
put("training.log", "".join(f"{1773480413 + 61 * i} epoch {i:>3}/50 - loss: {0.69 * 0.95 ** i:.4f} - auc: {0.5 + 0.3 * (1 - 0.93 ** i):.4f} - lr: {1e-3 * 0.97 ** i:.3e}\n" for i in range(50)))
put("mcmc.log", "".join(f"Chain {c}: Iteration: {i:>4} / 2000 [{i // 20:>3}%]  ({'Warmup' if i <= 1000 else 'Sampling'})\n" for c in range(1, 5) for i in range(200, 2001, 200))
    + "Chain 4:  Elapsed Time: 3.412 seconds (Warm-up)\n" + "R-hat max 1.004, bulk ESS min 1204, 3 divergent transitions after warmup\n")
put("warnings.log", "Warning messages:\n1: In rbind(deparse.level, ...) : number of columns of result, 5, is not a multiple of vector length 4 of arg 2\n"
    "2: glm.fit: fitted probabilities numerically 0 or 1 occurred\n3: Removed 112 rows containing missing values (`geom_point()`).\n"
    "4: In chisq.test(t) : Chi-squared approximation may be incorrect\n")
put("traceback.log", """
Traceback (most recent call last):
  File "/srv/work/study/model.py", line 141, in <module>
    fit = sm.Logit(y, X).fit(maxiter=100)
  File "/usr/lib/python3/dist-packages/statsmodels/discrete/discrete_model.py", line 2600, in fit
    bnryfit = super().fit(start_params=start_params,
numpy.linalg.LinAlgError: Singular matrix
""")
put("sql.log", "2026-03-14 09:26:53.412 EET [4711] LOG:  duration: 1204.118 ms  statement: SELECT region, year, count(*) FROM visit GROUP BY 1, 2 HAVING count(*) >= 10\n"
    "2026-03-14 09:26:55.001 EET [4711] LOG:  checkpoint complete: wrote 1204 buffers (7.3%); 0 WAL file(s) added, distance=16384 kB\n(412 rows)\n")

# --- code, which leaves as text ------------------------------------------------------------------
put("model-code.txt", """
# 02-models.R
library(survival)
d <- readRDS(file.path(Sys.getenv("DATA"), "cohort.rds"))
stopifnot(!anyDuplicated(d$patient_id), nrow(d) > 1e4)
d$age10 <- d$age / 10
fit <- coxph(Surv(time, status) ~ exposure + age10 + sex + strata(region), data = d, ties = "efron")
write.csv(broom::tidy(fit, exponentiate = TRUE, conf.int = TRUE), "out/cox.csv", row.names = FALSE)
""")
put("query-code.txt", """
SELECT sex, width_bucket(age, 0, 100, 20) AS band, count(*) AS n
FROM person JOIN visit USING (person_id)
WHERE birth_date < DATE '1980-01-01' AND icd10 LIKE 'I2%'
GROUP BY 1, 2 HAVING count(*) >= 10;
""")

# --- JSON ------------------------------------------------------------------------------------------
for name, n, ev in [("crude", 48210, 3412), ("adjusted", 47115, 3301), ("matched", 8124, 702), ("weighted", 47115, 3301)]:
    as_json(f"model-{name}.json", {"model": name, "family": "binomial", "n": n, "events": ev, "df_residual": n - 9, "aic": round(rng.uniform(9e3, 2e4), 1),
            "converged": True, "iterations": 6, "coefficients": {t: {"estimate": round(rng.gauss(0, .4), 4), "se": round(rng.uniform(.02, .1), 4),
            "p": float(f"{rng.random() ** 4:.3g}")} for t in ["age", "sex", "bmi", "smoker", "factor(site)10", "factor(site)11"]}})
as_json("metrics.json", {"auc": 0.741, "brier": 0.0812, "accuracy": 0.872, "n_train": 33747, "n_test": 14463, "confusion": [[11820, 512], [1304, 827]],
        "threshold": 0.5, "params": {"max_depth": 4, "eta": 0.1, "subsample": 0.8, "min_child_weight": 10, "n_estimators": 300, "n_jobs": 2}})
as_json("grid.json", [{"depth": d, "eta": e, "folds": 5, "auc": round(rng.uniform(.7, .76), 4), "sd": round(rng.uniform(.002, .01), 4)}
                      for d in (2, 3, 4) for e in (.01, .05, .1)], None)
as_json("table1.json", {"groups": {"exposed": 24105, "unexposed": 24105}, "rows": [
        {"variable": v, "level": "yes", "exposed": {"n": a, "pct": round(100 * a / 24105, 1)}, "unexposed": {"n": b, "pct": round(100 * b / 24105, 1)}}
        for v, a, b in [("smoker", 6210, 5988), ("diabetes", 3214, 2870), ("hypertension", 9120, 8771)]]})
as_json("yearly.json", {"year": list(range(2010, 2022)), "cases": [rng.randrange(800, 1000) for _ in range(12)], "rate_per_100000": [round(rng.uniform(15, 18), 1) for _ in range(12)]})
as_json("suppressed.json", {"threshold": 10, "counts": {"Nord": 412, "Sør": "<10", "Øst": 1204, "Vest": "<10"}})
as_json("feature-importance.json", {"gain": {f: round(g, 4) for f, g in zip(["age", "bmi", "hba1c", "egfr", "sex", "smoker"], [.31, .22, .19, .14, .09, .05])}})
as_json("config.json", {"seed": 42, "cohort": {"age": [40, 79], "from": "2010-01-01", "to": "2021-12-31", "codes": [c for c, _ in ICD]},
        "exposure": {"window_days": 90, "min_purchases": 2}, "bootstrap": 1000, "alpha": 0.05, "host": "localhost", "port": 5432})
as_json("stan-summary.json", {p: {"mean": round(rng.gauss(0, 1), 3), "sd": round(rng.uniform(.1, .3), 3), "q5": -1.2, "q95": 1.3, "ess_bulk": rng.randrange(900, 3000),
        "rhat": 1.0} for p in ["alpha", "beta[1]", "beta[2]", "sigma", "tau"]})
as_json("km-grouped.json", {"arms": {a: [{"day": 365 * y, "at_risk": int(310 - 38 * y), "lost": 38 if y < 6 else 12, "survival": round(.9 ** y, 3)} for y in range(1, 7)] for a in ("Lev", "Obs")}})
as_json("vega-bars.json", {"mark": "bar", "data": {"values": [{"band": b, "persons": p} for b, p in [("18-39", 2581), ("40-59", 8292), ("60-79", 14075), ("80+", 4508)]]},
        "encoding": {"x": {"field": "band"}, "y": {"field": "persons"}}})

# --- tables with odd writing -----------------------------------------------------------------------
rows("baseline-comma.csv", ["Muuttuja", "Altistuneet (N=1204)", "Verrokit (N=2408)"], [("Ikä, ka (kh)", "61,2 (9,8)", "61,0 (10,1)"), ("Naisia, n (%)", "610 (50,7)", "1220 (50,7)"),
     ("Tupakoi, n (%)", "214 (17,8)", "398 (16,5)"), ("Diabetes, n (%)", "133 (11,0)", "251 (10,4)")], ";")
rows("thousands.csv", ["region", "population", "cases"], [("Uusimaa", "1 702 678", "12 044"), ("Pirkanmaa", "527 478", "3 870"), ("Lappi", "176 494", "1 305"), ("Åland", "30 344", "214")])
rows("differences.csv", ["outcome", "risk_difference", "ci"], [("death", "-0.4", "-0.6 to -0.2"), ("stroke", "+0.1", "-0.1 to +0.3"), ("bleeding", "0.2", "0.0 to 0.4"), ("infection", "-1.1", "-1.5 to -0.7")])
rows("pvalues.csv", ["test", "statistic", "p"], [("Wald", "74.2", "<2.2e-16"), ("score", "71.9", "< 2e-16"), ("LR", "12.15", "0.0023"), ("Hosmer-Lemeshow", "8.1", "0.42"), ("Breslow-Day", "3.3", "1.2E-01")])
rows("smd.csv", ["covariate", "before", "after"], [(c, f"{rng.uniform(-.3, .3):.3f}", f"{rng.uniform(-.05, .05):.3f}") for c in ["age", "sex", "bmi", "smoker", "egfr", "hba1c", "region=North", "calendar year"]])
rows("gwas-top.tsv", ["rsid", "chr", "pos", "a1", "eaf", "beta", "se", "p"], [(f"rs{rng.randrange(10 ** 5, 10 ** 8)}", rng.randrange(1, 23), rng.randrange(10 ** 6, 2 * 10 ** 8),
     rng.choice("ACGT"), f"{rng.uniform(.05, .95):.2f}", f"{rng.gauss(0, .1):.3f}", f"{rng.uniform(.01, .02):.3f}", f"{10 ** -rng.uniform(8, 30):.2e}") for _ in range(40)], "\t")
rows("weekly.csv", ["week", "date", "admissions", "expected"], [(f"2021-W{w:02d}", f"2021-{(w - 1) * 7 // 31 + 1:02d}-{(w * 7) % 27 + 1:02d}", rng.randrange(300, 600), rng.randrange(380, 460)) for w in range(1, 53)])
rows("interrupted-series.csv", ["t", "month", "rate", "fitted", "step"], [(t, f"{2015 + t // 12}-{t % 12 + 1:02d}", f"{30 + t * .05:.2f}", f"{30.2 + t * .05:.2f}", int(t >= 36)) for t in range(72)])
rows("spline.csv", ["bmi", "hr", "lower", "upper"], [(b, f"{1 + (b - 24) ** 2 / 300:.3f}", f"{.95 + (b - 24) ** 2 / 330:.3f}", f"{1.05 + (b - 24) ** 2 / 270:.3f}") for b in range(18, 43)])
rows("lab-means.csv", ["test", "N", "mean", "sd", "q1", "median", "q3"], [(t, rng.randrange(9000, 40000), f"{m:.1f}", f"{m / 4:.1f}", f"{m * .8:.1f}", f"{m * .98:.1f}", f"{m * 1.2:.1f}")
     for t, m in [("hba1c", 39), ("ldl", 3.1), ("creatinine", 78), ("egfr", 84), ("crp", 2.2)]])
rows("agreement.csv", ["rater pair", "kappa", "lower", "upper", "n_items"], [("A-B", .81, .76, .86, 420), ("A-C", .77, .71, .83, 420), ("B-C", .79, .73, .85, 420)])
rows("income-decile.csv", ["decile", "persons", "mean_income_eur", "mortality_per_1000"], [(i, 4821, 1000 * (9 + 5 * i), f"{19 - i * .9:.1f}") for i in range(1, 11)])
put("latex.txt", "\\begin{tabular}{lrr}\n\\toprule\n & OR & 95\\% CI \\\\\n\\midrule\nAge (per 10 y) & 1.24 & 1.05--1.47 \\\\\nMale sex & 0.91 & 0.80--1.03 \\\\\n\\bottomrule\n\\end{tabular}\n")

# --- numbers that are no persons, words that only look like a rule's ----------------------------------
put("methods.md", """
# Methods

Data came from 3 hospitals in 2 regions; 4 reviewers screened the titles and 2 extracted data. We used 5-fold cross-validation,
7 covariates and restricted cubic splines with 4 knots. Blood pressure was the mean of 3 readings taken 5 min apart.
Follow-up visits were at 1, 3, 6 and 12 months. Two-sided p-values under 0.05 were called significant (no correction for 8 tests).
Ties were handled by Efron's method; 6 models did not converge at first and were run again with max. 500 iterations.
The score ranges from 0 to 12 (higher is worse); the visual scale from 0 to 100 mm. Intraclass correlation 0.91.
The minimum detectable difference was 0.3 SD with 80 % power. Maximum likelihood was used throughout.
Events per variable: 42. Ratio 1:4. Range of the scale 4-20. Tests were done in 9 laboratories at 06:00-10:00.
""")
put("methods.txt", "Chi-squared = 4.2, df = 2, p = 0.12\nF(3, 412) = 7.1, p < 0.001\nt(58) = 2.1, p = 0.04\nI2 = 34 %, tau2 = 0.012, Q = 10.6 (df = 7)\n"
    "AIC 412.3, BIC 430.1, k = 5, 3 iterations\nHosmer-Lemeshow chi2(8) = 8.14, p = 0.42\n")
rows("anova.csv", ["source", "df", "sum_sq", "mean_sq", "F", "p"], [("arm", 2, 41.2, 20.6, 7.1, 0.001), ("sex", 1, 9.9, 9.9, 3.4, 0.066), ("arm:sex", 2, 3.1, 1.55, 0.53, 0.59), ("residuals", 412, 1195.4, 2.9, "", "")])
rows("model-comparison.csv", ["model", "df", "logLik", "AIC", "delta_AIC", "chisq", "chi_df", "p"], [("null", 2, -612.3, 1228.6, 41.2, "", "", ""), ("age", 3, -598.1, 1202.2, 14.8, 28.4, 1, "<0.001"), ("age + arm", 5, -588.7, 1187.4, 0.0, 18.8, 2, "<0.001")])
rows("hyperparameters.csv", ["parameter", "value", "min", "max"], [("max_depth", 4, 2, 8), ("min_child_weight", 10, 1, 50), ("eta", 0.1, 0.01, 0.3), ("n_estimators", 300, 100, 1000)])
may("hyperparameters.csv", "extreme-value", "columns named min and max")
rows("scales.csv", ["instrument", "items", "scale_minimum", "scale_maximum", "cronbach_alpha"], [("PHQ-9", 9, 0, 27, 0.87), ("GAD-7", 7, 0, 21, 0.89), ("EQ-5D-5L", 5, 5, 25, 0.78), ("WHO-5", 5, 0, 25, 0.83)])
may("scales.csv", "extreme-value", "columns named minimum and maximum")
may("scales.csv", "min-count", "a column of small whole numbers that nothing explains")
rows("dose-response.csv", ["dose_mg", "responders_pct", "lower", "upper"], [(0, 12.1, 8.2, 16.9), (5, 18.4, 13.7, 23.9), (10, 27.9, 22.3, 34.0), (20, 41.2, 34.9, 47.7)])
rows("timings.csv", ["step", "duration_min", "cpu_s", "max_rss_mib"], [("read", 3, 171.2, 812), ("link", 12, 700.9, 2210), ("fit", 41, 2399.0, 1904), ("write", 1, 21.4, 300)])
rows("knots.csv", ["variable", "knot", "position"], [(v, i, f"{p:.1f}") for v, ps in [("age", (42.1, 55.0, 63.2, 78.4)), ("bmi", (20.3, 24.9, 28.1, 35.2))] for i, p in enumerate(ps, 1)])
rows("region-centres.csv", ["region", "lat", "lon", "n"], [("Uusimaa", 60.2, 24.9, 4120), ("Pirkanmaa", 61.5, 23.8, 2210), ("Lappi", 67.9, 26.5, 890), ("Ahvenanmaa", 60.2, 20.0, 310)])
rows("periods.csv", ["period", "from", "to", "person_years", "events"], [("I", "2010-01-01", "2013-12-31", 41210, 611), ("II", "2014-01-01", "2017-12-31", 40877, 588), ("III", "2018-01-01", "2021-12-31", 40112, 640)])
rows("variables-used.csv", ["Name", "Unit", "Source", "Mean", "SD"], [("Age", "years", "register", 61.2, 9.8), ("Body mass index", "kg/m²", "questionnaire", 26.4, 4.1), ("HbA1c", "mmol/mol", "laboratory", 39.1, 8.0)])
rows("hospital-types.csv", ["hospital_type", "hospitals", "patients", "mean_stay_days"], [("university", 5, 20411, 4.1), ("central", 16, 31002, 3.9), ("other", 24, 9120, 3.2)])
may("hospital-types.csv", "min-count", "a column of small whole numbers that nothing explains")
rows("quality.csv", ["indicator", "target_pct", "result_pct", "n"], [("door-to-needle < 60 min", 90, 84.2, 1204), ("CT < 25 min", 95, 91.0, 1198), ("discharged home", 50, 53.1, 1150)])
rows("charlson-weights.csv", ["condition", "icd10", "weight"], [("Myocardial infarction", "I21-I22, I25.2", 1), ("Dementia", "F00-F03, G30", 1), ("Hemiplegia", "G81-G82", 2), ("Metastatic tumour", "C77-C80", 6), ("AIDS", "B20-B24", 6)])
rows("scoring-points.csv", ["risk factor", "points"], [("age 65-74", 1), ("age 75+", 2), ("hypertension", 1), ("diabetes", 1), ("stroke", 2), ("female sex", 1)])
may("scoring-points.csv", "min-count", "a column of small whole numbers that nothing explains")
rows("missing-patterns.csv", ["bmi", "smoking", "egfr", "n"], [(1, 1, 1, 40210), (0, 1, 1, 3104), (1, 0, 1, 2990), (1, 1, 0, 1411), (0, 0, 0, 495)])
rows("hr-by-subgroup.csv", ["Subgroup", "Events/N", "HR (95% CI)", "p interaction"], [("All", "1 204/48 210", "0.93 (0.91–0.95)", ""), ("Women", "640/25 102", "0.92 (0.88–0.96)", "0.31"), ("Men", "564/23 108", "0.94 (0.90–0.99)", "")])
rows("survival-grid.csv", ["year", "survival", "lower", "upper"], [(y, f"{.94 ** y:.3f}", f"{.94 ** y - .02:.3f}", f"{min(1, .94 ** y + .02):.3f}") for y in range(11)])
rows("weights.csv", ["percentile", "stabilised_weight"], [(p, w) for p, w in [(5, .61), (25, .84), (50, .97), (75, 1.12), (95, 1.6)]])
rows("loci.csv", ["gene", "region", "variants", "p_burden"], [("APOE", "19q13.32", 41, "3.1e-12"), ("PCSK9", "1p32.3", 58, "4.4e-07"), ("LDLR", "19p13.2", 112, "1.0e-06")])
put("gtsummary.md", """
| **Characteristic** | **Exposed**, N = 24,105 | **Unexposed**, N = 24,105 | **p-value** |
|:---|:---:|:---:|:---:|
| Age, years | 61 (52, 70) | 61 (52, 70) | 0.8 |
| Female | 12,210 (51%) | 12,101 (50%) | 0.3 |
| Smoker | 6,210 (26%) | 5,988 (25%) | 0.020 |
| Unknown | 1,204 | 1,377 |  |

Median (IQR); n (%). Wilcoxon rank sum test; Pearson's Chi-squared test.
""")
put("proc-freq.txt", """
                 Table of smoker by low

            smoker     low

            Frequency|
            Percent  |
            Row Pct  |       0|       1|  Total
            ---------+--------+--------+
            No       |     86 |     29 |    115
                     |  45.50 |  15.34 |  60.85
                     |  74.78 |  25.22 |
            ---------+--------+--------+
            Yes      |     44 |     30 |     74
                     |  23.28 |  15.87 |  39.15
                     |  59.46 |  40.54 |
            ---------+--------+--------+
            Total         130       59      189
                        68.78    31.22   100.00
""")
put("stata-tab.txt", """
. tabulate race smoke, row

           |      smoked during
           |      pregnancy
      race |         0          1 |     Total
-----------+----------------------+----------
     White |        44         52 |        96
           |     45.83      54.17 |    100.00
-----------+----------------------+----------
     Black |        16         10 |        26
           |     61.54      38.46 |    100.00
-----------+----------------------+----------
     Other |        55         12 |        67
           |     82.09      17.91 |    100.00
-----------+----------------------+----------
     Total |       115         74 |       189
           |     60.85      39.15 |    100.00
""")
put("spss.txt", """
Crosstabulation  sex * outcome
                     outcome
              no          yes        Total
sex  female   1204        212        1416
     male     1133        240        1373
Total         2337        452        2789
""")
