noinst_HEADERS += include/spe/cleanup.h include/spe/err.h include/spe/ids.h include/spe/limits.h \
	include/spe/log.h include/spe/msg.h
noinst_HEADERS += include/spe/counts.h include/spe/csv.h include/spe/idnum.h include/spe/psn.h include/spe/policy.h include/spe/prints.h \
	include/spe/sshsig.h include/spe/permit.h
noinst_HEADERS += include/spe/merkle.h include/spe/evidence.h include/spe/ticket.h include/spe/weak.h include/spe/profile.h include/spe/mdwe.h include/spe/outputs.h \
	include/spe/holding.h
