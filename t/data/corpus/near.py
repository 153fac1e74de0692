#!/usr/bin/env python3
"""near.py OUT - clean results as the Nordic countries head them, each near to a slip that dirty.py makes of it."""
import json
import sys
from pathlib import Path

out = Path(sys.argv[1])


def put(name, *rows):
    (out / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


# Characteristics of a cohort: flat, under headings, with and without signs of percent.
put("perustiedot.csv", "Muuttuja;Hoito (N=412);Lume (N=405)", "Ikä, mediaani (Q1-Q3);61 (52-70);60 (51-69)", "Naisia, n (%);201 (48,8);189 (46,7)",
    "Diabetes, n (%);48 (11,7);62 (15,3)", "Tupakoi, n (%);77 (18,7);91 (22,5)", "BMI, ka (kh);27,1 (4,2);26,8 (4,4)")
put("baslinje.md", "| Variabel | Behandling (N=412) | Placebo (N=405) |", "| --- | --- | --- |", "| kön | | |", "| Kvinna | 201 (48,8 %) | 189 (46,7 %) |", "| Man | 211 (51,2 %) | 216 (53,3 %) |",
    "| diabetes | | |", "| Ja | 48 (11,7 %) | 62 (15,3 %) |", "| Nej | 364 (88,3 %) | 343 (84,7 %) |", "| rökning | | |", "| Ja | 77 (18,7 %) | 91 (22,5 %) |",
    "| Nej | 335 (81,3 %) | 314 (77,5 %) |", "| ålder, medelvärde (SD) | 60,9 (9,8) | 60,1 (10,2) |")
put("karakteristika.tsv", "Variabel\tTiltak (N=412)\tKontroll (N=405)", "kjønn\t\t", "  Kvinne\t201 (48.8)\t189 (46.7)", "  Mann\t211 (51.2)\t216 (53.3)", "røyking\t\t", "  Aldri\t250 (60.7)\t228 (56.3)",
    "  Tidligere\t85 (20.6)\t86 (21.2)", "  Nå\t77 (18.7)\t91 (22.5)", "alder, median (IQR)\t61.0 (52.0-70.0)\t60.0 (51.0-69.0)")
put("grunddata.json", json.dumps({"rækker": [{"variabel": v, "niveau": lv, "behandling": {"n": a, "pct": round(a / 4.12, 1)}, "kontrol": {"n": b, "pct": round(b / 4.05, 1)}}
    for v, lv, a, b in [("køn", "kvinde", 201, 189), ("køn", "mand", 211, 216), ("ryger", "ja", 77, 91), ("ryger", "nej", 335, 314)]]}, ensure_ascii=False))
# Cross tables whose columns no word calls counts, with their totals.
put("korstabell.csv", "län;Kvinnor;Män;Totalt", "Dalarna;143;171;314", "Gotland;41;58;99", "Skåne;402;433;835", "Totalt;586;662;1248")
put("ristiintaulukko.tsv", "alue\ttyöttömät\ttyölliset\tyhteensä", "Lappi\t43\t171\t214", "Kainuu\t41\t158\t199", "Uusimaa\t102\t433\t535", "yhteensä\t186\t762\t948")
put("krydstabel.md", "| region | indlagt | ambulant | i alt |", "| --- | --- | --- | --- |", "| Nord | 43 | 171 | 214 |", "| Midt | 81 | 158 | 239 |", "| Syd | 62 | 133 | 195 |", "| i alt | 186 | 462 | 648 |")
put("kross.json", json.dumps([{"fylke": f, "kvinner": a, "menn": b, "totalt": a + b} for f, a, b in [("Troms", 143, 171), ("Møre", 141, 158), ("Agder", 102, 133)]], ensure_ascii=False))
# Rates and what they are of.
put("dodelighet.csv", "gruppe;antall;dødsfall;personår;rate_per_1000", "A;317;47;4782;9,8", "B;329;61;5004;12,2", "C;402;88;6110;14,4")
put("ilmaantuvuus.tsv", "alue\tväkiluku\ttapaukset\tilmaantuvuus per 100 000", "X\t40000\t27\t67.5", "Y\t52000\t43\t82.7", "Z\t81000\t66\t81.5")
put("raten.md", "| Gruppe | Personår | Tilfælde | Rate per 1000 personår |", "| --- | --- | --- | --- |", "| A | 4782 | 47 | 9,8 |", "| B | 5004 | 61 | 12,2 |")
# Shares of groups.
put("andelar.csv", "rökning;Kvinnor (N=512);Män (N=498)", "aldrig;0,602;0,512", "tidigare;0,213;0,263", "nu;0,185;0,225")
put("andeler.csv", "fylke,kjønn,antall,prosent", "Troms,K,149,47.3", "Troms,M,166,52.7", "Agder,K,133,42.9", "Agder,M,177,57.1", "Møre,K,163,53.6", "Møre,M,141,46.4")
# Distributions.
put("fordelinger.csv", "måling,antall,p5,q1,median,q3,p95", "kolesterol,1204,3.1,4.2,5.0,5.8,7.1", "hemoglobin,1198,11.2,12.9,13.8,14.7,16.1")
put("alderskvantiler.tsv", "kohort\tantal\tp10\tmedian\tp90", "A\t929\t43\t61\t74", "B\t1204\t41\t60\t76")
put("jakauma.csv", "luokka;lkm", "18-19;143", "20-21;287", "22-23;310", "24-25;166")
put("moodi.csv", "muuttuja,lkm,moodi,prosentti", "tupakointi,1204,ei,61.2", "kunta,1204,Oulu,31.0")
# Curves and lists.
put("roc-kurva.csv", "threshold,sensitivity,specificity", *[f"{1 - i / 50:.2f},{(i / 50) ** .5:.3f},{1 - (i / 50) ** 2:.3f}" for i in range(50)])
put("spline.csv", "age,fit,lower,upper", *[f"{40 + i / 2:.1f},{1 + (i - 40) ** 2 / 2000:.3f},{.9 + (i - 40) ** 2 / 2100:.3f},{1.1 + (i - 40) ** 2 / 1900:.3f}" for i in range(100)])
put("overlevelse.json", json.dumps({"arme": {a: [{"dag": 365 * (i + 1), "at_risk": n - 38 * i, "lost": 38, "survival": round(.95 - .08 * i, 3)} for i in range(5)] for a, n in [("Lev", 310), ("Obs", 415)]}}))
put("tal.json", json.dumps({"antal": {"Nord": 412, "Midt": 1204, "Syd": 388}, "år": 2024}, ensure_ascii=False))
put("serie.json", json.dumps({"år": [2019, 2020, 2021, 2022], "antal": [812, 970, 833, 940], "rate": [15.2, 16.0, 15.6, 17.2]}, ensure_ascii=False))
put("ryhmat.json", json.dumps({"Hoito": {"n": 412, "kuolemat": 48, "ika_ka": 60.9}, "Lume": {"n": 405, "kuolemat": 62, "ika_ka": 60.1}}))
put("split.json", json.dumps({"columns": ["ryhmä", "lkm", "keskiarvo"], "index": [0, 1, 2], "data": [["a", 412, 5.1], ["b", 405, 5.4], ["c", 398, 5.2]]}, ensure_ascii=False))
put("modeller.csv", "modell,antall,r2,df_residual", "ujustert,4120,0.21,4110", "justert,4120,0.34,4101")
