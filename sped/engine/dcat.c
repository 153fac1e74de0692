/* engine/dcat.c - a holding's public description as a data set of HealthDCAT-AP (release 8 of its shapes for data that are not
 * public), as JSON-LD. What the profile asks for and the description does not say is told; nothing is made up. */
#include <string.h>

#include "sped/engine/engine.h"

#define LAW "http://data.europa.eu/eli/reg/2025/327/oj"
#define AUTHORITY "http://publications.europa.eu/resource/authority/"
#define CATEGORIES "https://hdeu-dcat.data.health.europa.eu/resource/authority/healthcategories/"

static const struct {
	const char *prefix, *iri;
} prefixes[] = {
	{ "dct", "http://purl.org/dc/terms/" }, { "dcat", "http://www.w3.org/ns/dcat#" }, { "dcatap", "http://data.europa.eu/r5r/" },
	{ "csvw", "http://www.w3.org/ns/csvw#" }, { "cv", "http://data.europa.eu/m8g/" }, { "vcard", "http://www.w3.org/2006/vcard/ns#" },
	{ "foaf", "http://xmlns.com/foaf/0.1/" }, { "healthdcatap", "http://healthdataportal.eu/ns/health#" },
	{ "rdfs", "http://www.w3.org/2000/01/rdf-schema#" }, { "xsd", "http://www.w3.org/2001/XMLSchema#" },
};

static json_t *context(void)
{
	json_t *c = json_object();
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		json_object_set_new(c, prefixes[i].prefix, json_string(prefixes[i].iri));
	return c;
}

static json_t *iri(const char *base, const char *rest)
{
	return json_pack("{ss+}", "@id", base, rest);
}

static json_t *number(json_int_t n)
{
	auto_json json_t *text = json_sprintf("%lld", (long long)n);

	return json_pack("{sssO}", "@type", "xsd:nonNegativeInteger", "@value", text);
}

/* ---- variables, by CSVW ---- */

static json_t *column_json(const json_t *column)
{
	const char *name = json_str(column, "name"), *title = json_str(column, "title"), *text = json_str(column, "description");
	json_t *o = json_pack("{sssssssssssb}", "@type", "csvw:Column", "csvw:name", name, "csvw:title", *title ? title : name, "dct:description",
		*text ? text : *title ? title : name, "csvw:datatype", json_str(column, "datatype"), "csvw:required",
		json_flag(column, "required"));

	if (json_object_get(column, "codes"))
		json_object_set(o, "dct:conformsTo", json_object_get(column, "codes"));
	return o;
}

/* NULL where no table has any: opaque ones, such as images. */
static json_t *variables(const json_t *d)
{
	json_t *tables = json_array(), *columns, *table, *column;
	size_t i, k;

	json_array_foreach(json_object_get(d, "tables"), i, table) {
		const char *title = json_str(table, "title");

		if (json_array_size(json_object_get(table, "columns")) == 0) /* CSVW's tables have some */
			continue;
		columns = json_array();
		json_array_foreach(json_object_get(table, "columns"), k, column)
			json_array_append_new(columns, column_json(column));
		json_array_append_new(tables, json_pack("{ssssso}", "@type", "csvw:Table", "dct:title",
			*title ? title : json_str(table, "name"), "csvw:column", columns));
	}
	if (json_array_size(tables) == 0) {
		json_decref(tables);
		return NULL;
	}
	return json_pack("{ssssso}", "@type", "csvw:TableGroup", "dct:title", json_str(d, "title"), "csvw:table", tables);
}

/* ---- what only the holder can say ---- */

static const struct {
	const char *field, *property;
} wanted[] = {
	{ "categories", "healthdcatap:healthCategory" }, { "provenance", "dct:provenance" }, { "contact", "dcat:contactPoint" },
	{ "access", "dcat:distribution" }, { "hdab", "healthdcatap:hdab" },
};

static int complete(const json_t *d, struct spe_error *e)
{
	const json_t *c = json_object_get(d, "catalogue");
	auto_buf struct buf missing = { 0 };
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!json_object_get(c, wanted[i].field))
			buf_fmt(&missing, "%scatalogue.%s", missing.len ? ", " : "", wanted[i].field);
	if (!json_object_get(d, "keyword"))
		buf_fmt(&missing, "%skeyword", missing.len ? ", " : "");
	if (missing.len == 0)
		return 0;
	spe_fail(e, SPE_E_CONFLICT, "holding %.100s can't be exported: its description lacks %s", json_str(d, "id"), missing.p);
	spe_remedy(e, "add them to the description, and: spe-cli holding add DESCRIPTION.json");
	return -SPE_E_CONFLICT;
}

static json_t *categories(const json_t *c)
{
	json_t *list = json_array(), *word;
	size_t i;

	json_array_foreach(json_object_get(c, "categories"), i, word)
		json_array_append_new(list, iri(CATEGORIES, json_string_value(word)));
	return list;
}

/* Numbers that are not there were not told, or count too few people to be. */
static void add_numbers(json_t *o, const json_t *c)
{
	static const struct {
		const char *field, *property;
	} numbers[] = { { "records", "healthdcatap:numberOfRecords" }, { "persons", "healthdcatap:numberOfUniqueIndividuals" },
		{ "minimum-age", "healthdcatap:minTypicalAge" }, { "maximum-age", "healthdcatap:maxTypicalAge" } };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (json_object_get(c, numbers[i].field))
			json_object_set_new(o, numbers[i].property, number(json_int(c, numbers[i].field)));
}

static void add_variables(json_t *o, const json_t *d)
{
	json_t *group = variables(d);

	json_object_set_new(o, "healthdcatap:hasStructuredData", json_boolean(group));
	if (group)
		json_object_set_new(o, "healthdcatap:hasVariables", group);
}

/* A holder may be a name: "THL, Helsinki" is no IRI. */
static bool is_iri(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-");

	return n > 0 && ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') && s[n] == ':' && s[n + 1] && !s[n + strcspn(s + n, " \t\r\n<>\"{}|\\^`")];
}

static void add_people(json_t *o, const json_t *d, const json_t *c)
{
	const json_t *hdab = json_object_get(c, "hdab");

	json_object_set_new(o, "dcat:contactPoint", json_pack("{ssssso}", "@type", "vcard:Kind", "vcard:fn", json_str(d, "holder"), "vcard:hasEmail",
		iri("mailto:", json_str(c, "contact"))));
	json_object_set_new(o, "healthdcatap:hdab", json_pack("{sssss{ssss}}", "@type", "foaf:Agent", "foaf:name", json_str(hdab, "name"),
		"cv:contactPoint", "@type", "cv:ContactPoint", "cv:email", json_str(hdab, "email")));
	json_object_set_new(o, "dct:publisher", json_pack("{ss*ssss}", "@id", is_iri(json_str(d, "holder")) ? json_str(d, "holder") : NULL,
		"@type", "foaf:Agent", "foaf:name", json_str(d, "holder")));
	json_object_set_new(o, "dct:provenance", json_pack("{ssss}", "@type", "dct:ProvenanceStatement", "rdfs:label", json_str(c, "provenance")));
	json_object_set_new(o, "dcat:distribution", json_pack("{sssoso}", "@type", "dcat:Distribution", "dcat:accessURL",
		iri(json_str(c, "access"), ""), "dcatap:applicableLegislation", iri(LAW, "")));
}

int dcat_dataset(const json_t *d, json_t **ret, struct spe_error *e)
{
	const json_t *c = json_object_get(d, "catalogue");
	json_t *o;
	int r = complete(d, e);

	if (r < 0)
		return r;
	o = json_pack("{soss+ssssssss}", "@context", context(), "@id", "urn:spe:holding:", json_str(d, "id"), "@type", "dcat:Dataset",
		"dct:identifier", json_str(d, "id"), "dct:title", json_str(d, "title"), "dct:description", json_str(d, "description"));
	if (!o)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	json_object_set_new(o, "dct:accessRights", iri(AUTHORITY, "access-right/NON_PUBLIC"));
	json_object_set_new(o, "dcatap:applicableLegislation", iri(LAW, ""));
	json_object_set_new(o, "dct:type", iri(AUTHORITY, "dataset-type/STATISTICAL"));
	json_object_set_new(o, "dcat:theme", iri(AUTHORITY, "data-theme/HEAL"));
	json_object_set(o, "dcat:keyword", json_object_get(d, "keyword"));
	json_object_set_new(o, "healthdcatap:healthCategory", categories(c));
	add_variables(o, d);
	add_people(o, d, c);
	add_numbers(o, c);
	*ret = o;
	return 0;
}
