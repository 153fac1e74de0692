/* t/tools/life.c - the table of what may become of an export, as "what from to" a line. */
#include <stdio.h>

#include "sped/gate/room.h"

int main(void)
{
	const struct export_step *s;

	for (s = export_steps(); s->what; s++)
		printf("%s %s %s\n", s->what, s->from, s->to);
	return 0;
}
