/* t/tools/short.h - what short.c asks fault.c by. */
#ifndef T_TOOLS_SHORT_H
#define T_TOOLS_SHORT_H

#define SHORT_ASKS 0x5043ffffu /* bytes; nobody reads as many */

#endif
