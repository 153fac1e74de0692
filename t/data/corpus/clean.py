"""clean.py - logs, reports, metrics and codebooks that a careful researcher writes: nothing here may be blocked.
python3 clean.py DIRECTORY; the standard library only. Numbers are made up; small counts are "<10"."""
import hashlib, json, os, random, sys, uuid
from datetime import datetime, timedelta

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
r = random.Random(20260214)


def write(name, *lines):
    with open(os.path.join(out, name), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def table(name, head, rows, delimiter=","):
    write(name, *[delimiter.join(str(c) for c in row) for row in [head, *rows]])


def digest(what, kind="sha256"):
    return hashlib.new(kind, what.encode()).hexdigest()


# --- logs: times, versions, digests, addresses of pages, numbers of all sorts
t = datetime(2026, 2, 14, 8, 0)
for k in range(12):
    lines = []
    for step in ("read permit", "load cohort", "join exposure", "impute", "fit main model", "fit sensitivity model",
                 "bootstrap", "draw figures", "write tables"):
        t += timedelta(seconds=r.randrange(20, 900), milliseconds=r.randrange(1000))
        lines.append(f"{t:%Y-%m-%d %H:%M:%S},{r.randrange(1000):03d} INFO {step} finished in {r.uniform(0.1, 400):.2f} s")
    write(f"run_{k}.log", *lines,
          f"epoch {1770000000 + r.randrange(10 ** 7)}; {1770000000000 + r.randrange(10 ** 10)} ms",
          f"commit {digest(str(k), 'sha1')} on branch main, tag v2.{k}.0",
          f"sha256 {digest('tables' + str(k))}  tables/main.csv",
          f"md5 {digest('figures' + str(k), 'md5')}  figures/km.png",
          f"run id {uuid.UUID(bytes=r.randbytes(16), version=4)}",
          f"loglik -{r.uniform(9000, 90000):.3f}; p-value < 2.2e-16; tolerance 1e-08; iterations {r.randrange(12, 60)}",
          f"memory {r.randrange(10 ** 9, 8 * 10 ** 9)} bytes, {r.randrange(100000, 900000)} kB peak; pid {r.randrange(2000, 30000)}",
          f"seed {r.randrange(10 ** 8, 2 * 10 ** 9)}; {r.randrange(10000, 90000)} persons; events under 10 are suppressed")
    write(f"session_{k}.txt", "R version 4.2.2 Patched (2022-11-10 r83330)", "Platform: x86_64-pc-linux-gnu (64-bit)",
          "Running under: Debian GNU/Linux 12 (bookworm)", "", "locale:",
          " [1] LC_CTYPE=fi_FI.UTF-8       LC_NUMERIC=C               LC_TIME=sv_SE.UTF-8", "", "attached base packages:",
          "[1] stats     graphics  grDevices utils     datasets  methods   base", "", "other attached packages:",
          f"[1] survival_3.5-{k}    data.table_1.14.{k} dplyr_1.1.{k}", "",
          "Loading required package: survival", "Warning message:", "In coxph.fit(X, Y, istrat, offset, init, control) :",
          "  Loglik converged before variable  4 ; coefficient may be infinite.")

# --- reports with tables, references and code
papers = ["10.1056/NEJMoa2034577", "10.1016/S0140-6736(20)31180-6", "10.1136/bmj.n71", "10.1038/s41586-020-2521-4"]
for k, disease in enumerate(["stroke", "asthma", "sepsis", "gout", "migraine", "psoriasis", "anaemia", "epilepsy"]):
    n = [r.randrange(120, 4000) for _ in range(4)]
    write(f"report_{disease}.md", f"# Incidence of {disease} in the Nordic countries", "",
          "Authors: see the protocol, https://orcid.org/0000-0002-1825-0097 and https://orcid.org/0000-0001-5109-3700.", "",
          "## Population", "", f"We followed {sum(n)} adults (2010-2021); {n[0]} had {disease} (hazard ratio 1,24; 95 % CI "
          "1,05–1,47). Counts under 10 are shown as <10.", "", "| Maa | n | % |", "|---|---:|---:|",
          *[f"| {c} | {x} | {100 * x / sum(n):.1f} % |" for c, x in zip(["Suomi", "Åland och Sverige", "Færøerne", "Ísland"], n)],
          "", "## Method", "", "```r", "m <- coxph(Surv(time, status) ~ exposure + age + factor(site), data = cohort)",
          "summary(m)$coefficients[, c(1, 3, 5)]", "```", "", "```sh", "make tables figures > build.log 2>&1", "```", "",
          "## References", "", *[f"{i}. doi:{p}, https://doi.org/{p}" for i, p in enumerate(papers, 1)],
          "5. PMID 33301246, PMCID PMC7745181, ISBN 978-0-387-98141-3, ISSN 0028-4793, NCT04368728.", "",
          f"Code: https://github.com/example/{disease}-study/commit/{digest(disease, 'sha1')[:10]} (v1.{k}.2).")
    write(f"metrics_{disease}.json", json.dumps(
        {"model": "logistic", "outcome": disease, "n": sum(n), "events": n[0], "auc": round(r.uniform(.6, .9), 3),
         "auc_ci": [0.61, 0.88], "brier": 0.118, "git": digest(disease, "sha1"), "created": "2026-02-14T09:30:00Z",
         "packages": {"numpy": "1.26.4", "scikit-learn": "1.4.1.post1"}, "note": "cells under 10 suppressed"}, indent=1))
    write(f"flow_{disease}.txt", "Flow of participants", "", f"Registered            {sum(n) + 9000}",
          "Excluded              9000", "  under 18            5200", "  moved abroad        3800", f"Analysed              {sum(n)}")
    table(f"suppressed_{disease}.csv", ["age_group", "women", "men"],
          [["18-39", "<10", "<10"], ["40-59", r.randrange(40, 90), r.randrange(40, 90)], ["60+", "<10", "<10"]])
    table(f"rounded_{disease}.csv", ["exposure", "n_rounded", "events_rounded"],
          [[e, 5 * r.randrange(100, 900), 5 * r.randrange(4, 90)] for e in ("none", "low", "high")])
    table(f"percent_{disease}.tsv", ["sukupuoli", "osuus", "luottamusväli"],
          [["naiset", f"{r.uniform(20, 60):.1f}".replace(".", ","), "18,2–61,0"], ["miehet", "31,4", "28,0–35,1"]], "\t")

# --- codebooks: names of variables as values, and no data
words = [("patient_id", "string", "pseudonym of the person"), ("hetu", "string", "Finnish personal identity code, not delivered"),
         ("dob", "date", "date of birth, not delivered"), ("sex", "integer", "1 man, 2 woman"), ("bmi", "number", "kg/m2"),
         ("visit_date", "date", "shifted per person"), ("icd10", "string", "main diagnosis, ICD-10"), ("postinumero", "string", "first two digits"),
         ("personnummer", "string", "Swedish identity number, not delivered"), ("hba1c", "number", "mmol/mol")]
for k, (ext, delimiter) in enumerate([("csv", ","), ("tsv", "\t"), ("csv", ";")]):
    table(f"codebook_{k}.{ext}", ["variable", "type", "description"],
          [[w[0], w[1], w[2].replace(",", ":") if delimiter == "," else w[2]] for w in words], delimiter)
write("codebook.md", "# Codebook", "", "| Variable | Type | Description |", "|---|---|---|", *[f"| {a} | {b} | {c} |" for a, b, c in words])
write("codebook.json", json.dumps([dict(zip(("variable", "type", "description"), w)) for w in words], indent=1))
write("codebook.txt", *[f"{a:<14}{b:<9}{c}" for a, b, c in words])
