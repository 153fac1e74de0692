#!/usr/bin/env python3
"""results.py OUT - what pandas and statsmodels print and write of simulated cohorts, and pictures by matplotlib."""
import os
import re
import sys
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

warnings.simplefilter("ignore")
out = Path(sys.argv[1])
out.mkdir(exist_ok=True)
rng = np.random.default_rng(544)


def may(file, rule, reason):
    """This file may be for review by this rule, and why that is right."""
    with open(f"{out}.reviews", "a", encoding="utf-8") as f:
        f.write(f"{file}\t{rule}\t{reason}\n")


def put(name, text):
    (out / name).write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


N = 6000
d = pd.DataFrame({
    "age": rng.normal(58, 12, N).round(1).clip(35, 85), "sex": rng.choice(["female", "male"], N), "bmi": rng.normal(26.5, 4, N).round(1),
    "smoker": rng.choice(["never", "former", "current"], N, p=[.5, .3, .2]), "site": rng.integers(1, 13, N), "treated": rng.integers(0, 2, N)})
d["sbp"] = 100 + .5 * d.age + 1.1 * (d.bmi - 25) + rng.normal(0, 12, N)
d["event"] = (rng.random(N) < 1 / (1 + np.exp(4 - .04 * d.age - .5 * d.treated))).astype(int)
d["visits"] = rng.poisson(np.exp(.2 + .01 * d.age))
d["band"] = pd.cut(d.age, [0, 45, 55, 65, 120], labels=["<45", "45-54", "55-64", "65+"])

# Models, as statsmodels prints them: with date and time, condition numbers and notes.
fits = {"ols-sbp": smf.ols("sbp ~ age + bmi + C(sex) + C(smoker)", d).fit(), "ols-robust": smf.ols("sbp ~ age * treated", d).fit(cov_type="HC3"),
        "logit-event": smf.logit("event ~ age + treated + C(smoker)", d).fit(disp=0), "logit-sites": smf.logit("event ~ treated + C(site)", d).fit(disp=0),
        "poisson-visits": smf.glm("visits ~ age + sex", d, family=sm.families.Poisson()).fit(),
        "negbin-visits": smf.glm("visits ~ age + bmi", d, family=sm.families.NegativeBinomial(alpha=.5)).fit(),
        "mixed-sbp": smf.mixedlm("sbp ~ age + treated", d, groups=d.site).fit(), "quantile-sbp": smf.quantreg("sbp ~ age", d).fit(.5)}
for name, f in fits.items():
    put(f"sm-{name}.txt", re.sub(r"(Date: +)\w{3}, \d\d \w{3} \d{4}", r"\1Sat, 14 Mar 2026", re.sub(r"(Time: +)\d\d:\d\d:\d\d", r"\g<1>09:26:53", str(f.summary()))))
    t = pd.DataFrame({"coef": f.params, "std_err": f.bse, "p_value": f.pvalues, "ci_low": f.conf_int()[0], "ci_high": f.conf_int()[1]})
    t.apply(lambda c: c.map(lambda v: float(f"{v:.5g}"))).to_csv(out / f"sm-{name}.csv", index_label="term")
put("sm-anova.txt", str(sm.stats.anova_lm(fits["ols-sbp"]).round(4)))
put("sm-vif.csv", "variable,vif\nage,1.02\nbmi,1.01\nsmoker,1.31\n")
put("fit-messages.log", "Optimization terminated successfully.\n         Current function value: 0.482137\n         Iterations 6\n"
    f"LogitResults nobs={N} df_resid={N - 5} pseudo-R2=0.031\n")
f = fits["logit-event"]
odds = np.exp(pd.concat([f.params, f.conf_int()], axis=1)).round(2)
put("odds-ratios.csv", "Variable,OR (95% CI),p\n" + "".join(f"{i},{r.iloc[0]:.2f} ({r.iloc[1]:.2f}-{r.iloc[2]:.2f}),{max(f.pvalues[i], 0.001):.3f}\n" for i, r in odds.iterrows()))

# Counts and groups.
ct = pd.crosstab(d.band, d.smoker, margins=True)
ct.to_csv(out / "pd-crosstab.csv")
put("pd-crosstab.txt", ct.to_string())
pd.crosstab(d.band, d.smoker, normalize="index").round(3).to_csv(out / "pd-shares.csv", sep=";", decimal=",")
put("pd-value-counts.txt", str(d.smoker.value_counts()))
put("pd-value-counts.log", "INFO:root:cohort built\n" + str(d.site.value_counts().sort_index()) + "\nINFO:root:done in 3.21 s\n")
g = d.groupby(["band", "sex"], observed=True).agg(n=("age", "size"), events=("event", "sum"), mean_bmi=("bmi", "mean"), sd_bmi=("bmi", "std")).round(2).reset_index()
g.to_csv(out / "pd-groups.csv", index=False)
g.to_csv(out / "pd-groups.tsv", sep="\t", index=False)
put("pd-groups.json", g.to_json(orient="records", indent=1))
put("pd-groups-split.json", g.to_json(orient="split"))
put("pd-groups.md", "| " + " | ".join(g.columns) + " |\n" + "|---" * len(g.columns) + "|\n" + "".join("| " + " | ".join(map(str, r)) + " |\n" for r in g.values))
g.to_csv(out / "pd-groups-indexed.csv")
m = d.groupby("site").agg(patients=("age", "size"), event_rate=("event", "mean")).round(3)
m.to_csv(out / "sites.csv")
piv = d.pivot_table(index="band", columns="sex", values="bmi", aggfunc="mean", observed=True).round(2)
piv.to_csv(out / "pd-pivot.csv")
put("pd-info.log", "<class 'pandas.core.frame.DataFrame'>\nRangeIndex: 6000 entries, 0 to 5999\nData columns (total 10 columns):\n #   Column   Non-Null Count  Dtype   \n"
    "---  ------   --------------  -----   \n" + "".join(f" {i}   {c:<8} 6000 non-null   {str(t):<8}\n" for i, (c, t) in enumerate(d.dtypes.items())) + "memory usage: 432.1+ KB\n")
d[["age", "bmi", "sbp"]].describe().round(2).to_csv(out / "pd-describe.csv")
may("pd-describe.csv", "extreme-value", "describe() has the minimum and the maximum")
put("pd-describe.txt", str(d[["age", "bmi", "sbp"]].describe().round(2)))
may("pd-describe.txt", "extreme-value", "describe() has the minimum and the maximum")
d[["age", "bmi", "sbp"]].agg(["count", "mean", "std", "median"]).round(2).to_csv(out / "pd-agg.csv")
d[["age", "bmi", "sbp", "visits"]].corr().round(3).to_csv(out / "pd-corr.csv")
put("pd-corr.txt", str(d[["age", "bmi", "sbp", "visits"]].corr().round(3)))
d[["age", "bmi", "sbp"]].corr().to_csv(out / "pd-corr-full.csv")
may("pd-corr-full.csv", "precision", "fifteen digits, as pandas writes them")
h, e = np.histogram(d.bmi, bins=np.arange(18, 38, 2))
pd.DataFrame({"bin": [f"[{a:.0f},{b:.0f})" for a, b in zip(e, e[1:])], "count": h}).to_csv(out / "hist-bmi.csv", index=False)
pd.DataFrame({"left": e[:-1], "right": e[1:], "n": h, "density": (h / h.sum() / 2).round(4)}).to_csv(out / "hist-bmi-edges.csv", index=False)
q = d.groupby(pd.qcut(d.age, 5, labels=range(1, 6)), observed=True).agg(n=("age", "size"), median_sbp=("sbp", "median"), events=("event", "sum")).round(1)
q.to_csv(out / "quintiles.csv", index_label="quintile")
put("ttest.txt", str(stats.ttest_ind(d.sbp[d.treated == 1], d.sbp[d.treated == 0])) + f"\nn1={int((d.treated == 1).sum())} n0={int((d.treated == 0).sum())}\n"
    + str(stats.chi2_contingency(pd.crosstab(d.sex, d.smoker))[:3]))
fpr = np.linspace(0, 1, 40)
pd.DataFrame({"fpr": fpr.round(3), "tpr": (fpr ** .45).round(3)}).to_csv(out / "roc-python.csv", index=False)
put("classification-report.txt", """              precision    recall  f1-score   support

           0       0.88      0.96      0.92      5012
           1       0.61      0.33      0.43       988

    accuracy                           0.86      6000
   macro avg       0.75      0.64      0.67      6000
weighted avg       0.84      0.86      0.84      6000
""")


# Pictures, several sizes and colour kinds.
def fig(name, w, h, dpi, draw, **how):
    f, ax = plt.subplots(figsize=(w, h), dpi=dpi)
    draw(ax)
    f.savefig(out / f"{name}.png", **how)
    plt.close(f)


fig("mpl-bars", 5, 4, 100, lambda a: a.bar(ct.index[:-1].astype(str), ct["All"][:-1]))
fig("mpl-hist", 6, 4, 80, lambda a: a.stairs(h, e, fill=True))
fig("mpl-curve", 7, 5, 120, lambda a: [a.step(np.arange(0, 10, .5), np.exp(-k * np.arange(0, 10, .5)), where="post") for k in (.03, .06)])
fig("mpl-forest", 6, 3, 150, lambda a: a.errorbar(odds.iloc[:, 0], range(len(odds)), xerr=[odds.iloc[:, 0] - odds.iloc[:, 1], odds.iloc[:, 2] - odds.iloc[:, 0]], fmt="s"))
fig("mpl-transparent", 4, 3, 100, lambda a: a.plot(fpr, fpr ** .45), transparent=True)
fig("mpl-plain", 4, 3, 100, lambda a: a.plot(fpr, fpr ** .45), metadata={"Software": None})
fig("mpl-large", 10, 8, 200, lambda a: a.bar(range(12), m.patients))
fig("mpl-heat", 4, 4, 90, lambda a: a.imshow(d[["age", "bmi", "sbp", "visits"]].corr(), cmap="viridis"))
fig("mpl-calibration", 4, 4, 100, lambda a: a.plot(np.linspace(.05, .5, 10), np.linspace(.06, .48, 10), "o-"))
grey = (np.linspace(0, 1, 200)[None, :].repeat(100, 0) * 8).round() / 8
plt.imsave(out / "mpl-grey.png", grey, cmap="gray")
try:
    from PIL import Image

    im = Image.open(out / "mpl-bars.png").convert("RGB")
    im.quantize(16).save(out / "palette.png")
    im.convert("L").save(out / "grey8.png")
    im.convert("1").save(out / "bilevel.png")
    im.convert("LA").save(out / "grey-alpha.png")
    im.resize((64, 48)).save(out / "thumbnail.png")
except ImportError:
    pass
