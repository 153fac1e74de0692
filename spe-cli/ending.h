/* spe-cli/ending.h - whether a copied journal is all that the gate signed. */
#ifndef SPE_CLI_ENDING_H
#define SPE_CLI_ENDING_H
#include "spe/evidence.h"

/* ending_verify - the newest checkpoint in gate/journal/ is of the whole journal there, and signed with keys/release.key: records
 * can be put behind each other by anybody, that one by nobody without the key. Returns 0; -SPE_E_TAMPERED; -SPE_E_INPUT. */
int ending_verify(int gate, int keys, struct checkpoint *ret, struct spe_error *e);
#endif
