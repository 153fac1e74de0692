/* policy/explain.c - every rule in words, for those whom it stops: what it looks for, why that discloses, whence it
 * comes, what to change. Where a number is meant the option of the policy is named, since permits may be stricter. */
#include <string.h>

#include "policy/inside.h"

#define EXPLAIN(looks, why, source, change)                                                        \
	"Looks for: " looks "\nWhy: " why "\nSource: " source "\nWhat to change: " change "\n"

static const char *const texts[RULES] = {
	[RULE_NAME] = EXPLAIN(
		"names that are more than names: odd characters, more than four directories, no or several dots, long runs that read as encoded data, identifiers.",
		"a name is read by people and programs before anybody opens the file, and 400 bytes of it carry a record.",
		"the environment's own rule; POSIX.1-2017, portable file names.",
		"use letters, digits, '-' and '_', one dot, and the type: table1.csv."),
	[RULE_TYPE] = EXPLAIN(
		"files that are not what their extension says, that are two things at once, or of a type that the policy does not let leave.",
		"what the check can't read to its last byte it can't vouch for; data hides behind the end of a picture or in a format that only its own program reads.",
		"RFC 3629 (UTF-8), RFC 4180 (CSV), RFC 8259 (JSON), the PNG specification; OpenSAFELY and Statistics Denmark release by lists of types as well.",
		"write tables as CSV, text as UTF-8, pictures as PNG; one file, one format."),
	[RULE_SIZE] = EXPLAIN(
		"files over max-bytes and tables over max-rows.",
		"results are small and records are large: a table of many rows is one row per person.",
		"OpenSAFELY's limits, 16 MiB and 5000 rows; the policy may set others.",
		"release the summary that the paper needs, or several smaller files with a description each."),
	[RULE_HIDDEN] = EXPLAIN(
		"what a reader does not see: invisible and direction-turning characters, patterns of blanks, content after many empty lines or beyond the header's columns, comments and extra chunks, low bits of pictures; in documents, everything that is no plain text, table or line: spe-policy(5), DOCUMENTS.",
		"a checker who reads the file sees something else than what leaves.",
		"Unicode Technical Report 36; CVE-2021-42574; the PNG specification, ancillary chunks; the hidden parts of published spreadsheets that WhatDoTheyKnow's Excel Analyser looks for.",
		"write the file anew with a plain program, without comments, trailing blanks and metadata."),
	[RULE_BLOB] = EXPLAIN(
		"long runs of base64, hexadecimal or other encoded data in text.",
		"encoded bytes are whatever they decode to, and no person reads them.",
		"RFC 4648; the environment's own rule.",
		"leave the encoded part out; release what it decodes to as a file of its own type."),
	[RULE_IDNUM] = EXPLAIN(
		"personal identity numbers of Finland, Sweden, Norway, Denmark, Greenland, Iceland, Estonia, Latvia, Lithuania, the Faroe Islands and the United Kingdom, in any usual notation.",
		"one of them names one person.",
		"the check digits and formats as DVV, Skatteverket, Skatteetaten, the CPR office, Registers Iceland and NHS England publish them.",
		"remove the number. Where a column of measurements only looks like one, name the column after what it holds."),
	[RULE_PSEUDONYM] = EXPLAIN(
		"pseudonyms of any permit, known by their last four characters.",
		"a pseudonym stands for one person, and rows with it can be linked to each other and to later releases.",
		"TEHDAS2 guideline on pseudonymisation: pseudonyms must not be used across permits; Statistics Denmark releases no pseudonymised keys.",
		"aggregate, and leave the key column out."),
	[RULE_MAIL] = EXPLAIN(
		"e-mail addresses.",
		"an address names its owner; those of roles, as info@, are for a person to judge.",
		"RFC 5321 and RFC 5322.",
		"remove the address; name an author by name where the result needs one."),
	[RULE_IBAN] = EXPLAIN(
		"bank account numbers whose check passes.",
		"an account has one holder or few.",
		"ISO 13616 and ISO 7064 (modulo 97).",
		"remove the number."),
	[RULE_PHONE] = EXPLAIN(
		"telephone numbers with a country's prefix.",
		"a telephone belongs to one person or household.",
		"ITU-T E.164 and the national numbering plans.",
		"remove the number; if it is a measurement, write it without '+' and without leading 00."),
	[RULE_NETWORK] = EXPLAIN(
		"IP and MAC addresses.",
		"an address leads to a device and its user, and tells of the host.",
		"RFC 791, RFC 4291, IEEE 802; Court of Justice of the EU, C-582/14 (Breyer).",
		"remove the address; a version number stands beside the word version."),
	[RULE_NUMBER] = EXPLAIN(
		"numbers that a word announces as somebody's: medical record, journal, specimen, accession, insurance.",
		"whoever has the hospital's register finds the person.",
		"HIPAA Safe Harbor, 45 CFR 164.514(b)(2), lists them as identifiers.",
		"remove the number, or the row of it."),
	[RULE_PLACE] = EXPLAIN(
		"coordinates of four and more decimals, and many different ones.",
		"four decimals are some ten metres: a home.",
		"HIPAA Safe Harbor, 45 CFR 164.514(b)(2), geographic subdivisions; the environment's own precision.",
		"give regions (NUTS 2 or 3), or round to one decimal."),
	[RULE_COUNT] = EXPLAIN(
		"counts of persons of at least 1 and less than min-count, in tables, sentences, listings and lists of names with numbers, "
		"also within one cell or string; counts that are not "
		"multiples of round-base where the policy has one; tables whose first line holds values, so that nobody can tell what their numbers count.",
		"who knows one of few persons learns the rest of the row about them.",
		"ESSnet guidelines for output checking (2009; Data without Boundaries, 2015): 10 units; ACRO safe_threshold 10; OpenSAFELY redacts 1 to 7; Statistics Denmark 3.",
		"merge the category with its neighbour, or write NA for it and for one more cell of the same row and column; spe-cli protect "
		"suppresses and rounds a table as the policy asks."),
	[RULE_PERCENT] = EXPLAIN(
		"percentages and rates that, with their total, come from a count under min-count.",
		"4.0 % of 50 is two persons, however it is written.",
		"UK LLC: counts under 10 may not be had from percentages either; the arithmetic of rounding.",
		"merge categories, round the percentage to whole numbers, or leave the total out."),
	[RULE_ZERO] = EXPLAIN(
		"cells with no person.",
		"a zero says of everybody in its row that they are not in its column; often it is harmless (no men in a ward of gynaecology), so a person decides.",
		"ACRO, zeros_are_disclosive; UK LLC counts 0 among the small counts. Severity: option zeros.",
		"merge the category, or say in the description why the zero had to be."),
	[RULE_GROUP] = EXPLAIN(
		"cells that hold their whole row or column, all of it but one person, or at least full-percent of it.",
		"what is true of all in a group is known of each; all but one is known to the one.",
		"Statistical Disclosure Control handbook, 2nd edition, section 5.9; ESSnet guidelines: no cell over 90 % of its row or column.",
		"merge categories, or give a coarser group."),
	[RULE_DOMINANCE] = EXPLAIN(
		"sums and means of which the dominance-n largest contributors make over dominance-k percent, or whose largest can be estimated to within p-percent by the second largest.",
		"a total that one contributor makes is that contributor's number.",
		"Statistical Disclosure Control handbook, 2nd edition, section 4.2; ACRO safe_nk_n 2, safe_nk_k 0.9, safe_pratio_p 0.1.",
		"merge the cell with others; give in the sidecar the number of persons and the two largest values, which stay inside. A suppressed sum is "
		"protected where totals leave it an interval that reaches at least its upper protection level above it: p/100 of the largest less what "
		"is left without the two largest, and 100/k of the n largest less the sum. The finding says it in percent of the sum, in steps of 1, 2, "
		"5, 10, 20, 50."),
	[RULE_MARGINS] = EXPLAIN(
		"suppressed cells that totals and the other cells give away.",
		"one unknown in a row with its total is a subtraction.",
		"Statistical Disclosure Control handbook, 2nd edition, chapter 4 (secondary suppression).",
		"suppress a second cell in the same row and the same column (spe-cli protect does), or drop the total."),
	[RULE_EXTREME] = EXPLAIN(
		"minima, maxima, ranges, and percentiles with fewer than min-count persons beyond them.",
		"the oldest patient is one patient.",
		"ESSnet guidelines for output checking: maxima, minima and percentiles are unsafe; Bundesbank's sdcLog gives the mean of the extreme records instead.",
		"give the 5th and 95th percentile of a large group, or the mean of the min-count most extreme values."),
	[RULE_DOF] = EXPLAIN(
		"models with fewer than min-dof residual degrees of freedom, and saturated ones: R squared of max-r2 percent or more.",
		"a model with as many coefficients as persons is a copy of the table.",
		"ESSnet guidelines: 10 degrees of freedom; Australian Bureau of Statistics: at least 10, R squared under 0.9; ACRO safe_dof_threshold 10.",
		"drop terms, merge categories, or fit on more persons; give n and the degrees of freedom in the sidecar."),
	[RULE_SURVIVAL] = EXPLAIN(
		"steps of survival curves and life tables with fewer than min-count events and censorings together, and few at risk at the end.",
		"each step of a Kaplan-Meier curve is the day on which somebody died.",
		"ACRO survival_safe_threshold 10; OpenSAFELY guidance on Kaplan-Meier output.",
		"group times into months or years, and end the curve where min-count are still at risk."),
	[RULE_MICRODATA] = EXPLAIN(
		"tables of one row per person: columns named after something of one person, columns of all different values, rows that hardly repeat, "
		"lists of values in which no label tells one row from another, and what prints records: head(), str(), glimpse(), lists in sentences.",
		"that is what the environment is there to keep.",
		"OpenSAFELY refuses patient_id; Statistics Denmark's rules on microdata; the environment's own measures.",
		"count or average over groups; where the rows are results, name the columns after what they hold (estimate, p, week)."),
	[RULE_PRECISION] = EXPLAIN(
		"numbers of more than max-digits significant digits.",
		"no result needs them and each is room for something else: an exact mean also gives away its sum.",
		"the environment's own rule; compare the rounding rules of OpenSAFELY and Statistics Canada.",
		"round on writing: signif(x, 4) in R, float_format='%.4g' in pandas. The release is rounded anyway."),
	[RULE_DIFFERENCE] = EXPLAIN(
		"counts that differ from a count of the same thing, in this request or released before, by 1 to min-count less one.",
		"two harmless tables, subtracted, are the few persons that only one of them has.",
		"OpenSAFELY and UK LLC guidance on differencing; Australian Bureau of Statistics: nested models differ by at least 10.",
		"use the same population as before, or round both to the same base; ask for the difference as such where it is large."),
	[RULE_STAGED] = EXPLAIN(
		"rows, and values that hardly anybody has, of the data that was staged for the workspace; planted rows.",
		"a record is a record in any order and any format.",
		"the environment's own rule: Regulation (EU) 2025/327, Article 73: no personal data is taken out.",
		"aggregate; leave the rows out."),
	[RULE_SIDECAR] = EXPLAIN(
		"what the researcher's own sidecar (outputs.json, or results.json of ACRO) says against the file: other counts, refused outputs, names that are not there.",
		"a sidecar helps where it says more than the file, and is believed only where it makes a rule stricter.",
		"ACRO's results.json, version 1.0; the environment's own rule.",
		"make the sidecar and the file in one run of the script."),
	[RULE_FORMULA] = EXPLAIN(
		"fields of tables that a spreadsheet would execute: a beginning of '=', '+', '-', '@', tab or carriage return that is no number.",
		"opened in a spreadsheet it can fetch and send things.",
		"CWE-1236; OWASP, CSV injection.",
		"begin the field with a letter."),
	[RULE_REBUILD] = EXPLAIN(
		"files that can't be written anew in their plainest form.",
		"what leaves is not your file but a copy with the same meaning and nothing else, so that what no rule knows is left behind.",
		"the environment's own rule.",
		"write CSV, TSV, text, JSON or PNG with usual settings; spe-cli check --rebuilt DIR shows the copy."),
	[RULE_FINDINGS] = EXPLAIN(
		"more findings than are listed.",
		"nobody reads on beyond some hundreds, and what is not listed is not decided.",
		"the environment's own bound.",
		"mend the listed ones and check again."),
};

/* Not a rule: what the gate writes where a check did not end well. */
static const char failed[] = EXPLAIN("nothing: the check itself did not end.",
	"what was not checked does not leave.", "the environment's own rule.",
	"ask again; where it stays so, release less in one file.");

/* Here, so that who names rules need not link what applies them. */
const char *rule_id(enum rule rule)
{
	static const char *const ids[RULES] = { "file-name", "file-type", "size", "hidden-content", "blob",
		"identity-number", "pseudonym", "e-mail", "iban", "phone", "network-address", "record-number", "coordinates",
		"min-count", "percentage", "zero-count", "group-disclosure", "dominance", "margins", "extreme-value",
		"degrees-of-freedom", "survival", "microdata", "precision", "differencing", "staged-data", "sidecar",
		"csv-formula", "rebuild", "findings" };

	return ids[rule];
}

const char *policy_rule(size_t i)
{
	return i < RULES ? rule_id((enum rule)i) : NULL;
}

const char *policy_explain(const char *rule)
{
	size_t i;

	for (i = 0; i < RULES; i++)
		if (strcmp(policy_rule(i), rule) == 0)
			return texts[i];
	return strcmp(rule, "check-failed") == 0 ? failed : NULL;
}
