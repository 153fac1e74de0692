/* spe/limits.h - numbers with a reason. */
#ifndef SPE_LIMITS_H
#define SPE_LIMITS_H

#define SPE_NAME_MAX 100             /* bytes of an id or a file name: what people can read and compare */
#define SPE_BODY_MAX (1u << 20)      /* a JSON body: the largest permit seen is 40 kB */
#define SPE_BUNDLE_MAX (64u << 20)   /* code is text; data comes by staging */
#define SPE_HOLDING_MAX (1ull << 40) /* one table, compressed or not */
#define SPE_TICKET_MAX (128u << 10)  /* one datagram on a task socket: under net.core.wmem_default */
#define SPE_TICKET_LONG (8u << 20)   /* a longer one, in a memfd: what the gate takes of the engine, and a permit */
#define SPE_HOLDINGS_MAX 64          /* tables of one permit: fds of spe-stage */
#define SPE_PERSONS_MAX (896u << 20) /* bytes of all sets of persons in a staging, besides what else it needs: one of 50 million,
					more than live in the Nordic and Baltic countries, takes 768 MiB while it grows */
#define SPE_OUTPUTS_MAX 1000         /* files captured from one job */
#define SPE_EXPORT_FILES_MAX 50      /* Findata's batch; a person has to look at each */
#define SPE_ARGV_MAX 256             /* words of a job's command */
#define SPE_SUBMIT_DAY (512ll << 20) /* bytes in journal and database of the jobs of one permit that are submitted in 24 hours, whatever
					becomes of them: three a second, day and night, or 8000 with the longest command */
#define SPE_SUBMIT_BYTES 2048        /* of each, besides its command, which is in both: records of its way, and its row */
#define SPE_FINDINGS_MAX 200         /* of one file: beyond it nobody reads on */

#define SPE_LAYERS_MAX 128           /* of an image: what overlay file systems, for which images are made, take */
#define SPE_ENTRIES_MAX 2000000u     /* in all layers of an image: ten times a large scientific one */
#define SPE_DEPTH_MAX 64u            /* directories in each other: descriptors of what removes them */
#define SPE_RATIO_MAX 200u           /* a layer to what it is compressed to: text reaches 10, empty space 1000 */

#define SPE_MEM_MIN (16ull << 20)    /* under this R does not load */
#define SPE_MEM_MAX (1ull << 40)
#define SPE_OUT_MAX (1ull << 40)
#define SPE_WORK_MAX (1ull << 40)
#define SPE_PIDS_DEFAULT 512
#define SPE_TIME_MAX (30u * 86400)   /* seconds */
#endif
