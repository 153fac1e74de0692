/* policy/xml.h - a strict reader of XML, one event at a time, and of HTML that is written as strictly.
 * What a document may leave out or spell otherwise is resolved here and nowhere else: quotes of both kinds, entities,
 * namespaces, CDATA. What nobody sees (comments, instructions, document types) or what could be read in two ways is
 * refused, and ends the reading. Sources: W3C XML 1.0 (fifth edition), Namespaces in XML 1.0; HTML living standard, 13.1.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_XML_H
#define SPE_POLICY_XML_H
#include "policy/formats.h"

#define XML_DEPTH 64
#define XML_ATTRS 64
#define XML_BINDS 64
#define XML_NAME 64        /* bytes of a name with its NUL */
#define XML_PIECE 65536u   /* bytes of one text or value */

enum xml_event { XML_BAD, XML_DONE, XML_OPEN, XML_CLOSE, XML_TEXT };
enum { XML_NONE = 0, XML_OTHER = 255, XML_XML = 254 }; /* spaces besides those of the caller, which begin at 1 */

struct xml_attr {
	uint8_t space;
	char name[XML_NAME];
	const char *value; /* decoded, blanks as ' '; len bytes, and a NUL behind them */
	size_t len, at;
};

struct xml {
	/* What the caller gives: the bytes, and URIs of the namespaces that it knows, ending with NULL. */
	const char *at, *end;
	const char *const *spaces;
	bool html;
	/* The event: of XML_OPEN and XML_CLOSE the element's name, of XML_OPEN attributes, of XML_TEXT the decoded text. */
	uint8_t space;
	char name[XML_NAME];
	struct xml_attr attr[XML_ATTRS];
	size_t attrs;
	const char *text;
	size_t len;
	unsigned depth;    /* of the element at hand, the outermost being 1; of a text: of the element around it */
	uint64_t line;
	/* XML_BAD: what the document has, to end the sentence "it has ..." */
	const char *wrong;
	/* its own */
	bool begun, ended, closing;
	struct xml_open {
		uint8_t space;
		char name[XML_NAME];
		size_t binds;
	} open[XML_DEPTH];
	struct {
		char prefix[16];
		uint8_t space;
	} bind[XML_BINDS];
	size_t binds;
	struct out decoded;
};

enum xml_event xml_next(struct xml *x);
void xml_free(struct xml *x);
/* xml_is - the element at hand is this one. */
bool xml_is(const struct xml *x, uint8_t space, const char *name);
/* xml_value - of the attribute, NULL where there is none. */
const char *xml_value(const struct xml *x, uint8_t space, const char *name);
/* xml_blank - the text at hand is nothing but blanks. */
bool xml_blank(const struct xml *x);
/* xml_skip - all of the element that was opened; each element in it is shown to look, which may be NULL; text that is not
 * blank is refused unless texts. False: x->wrong says why. */
bool xml_skip(struct xml *x, bool texts, const char *(*look)(const struct xml *x));
/* xml_add - text or a value with what it needs escaped. */
void xml_add(struct out *o, const char *p, size_t n);
#endif
