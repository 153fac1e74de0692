# What an installed sped comes with: manuals, configuration, unit, users, directories.
dist_man_MANS += sped/sped.8 sped/sped.conf.5
EXTRA_DIST += sped/sped.conf sped/sped.service sped/spe-witness.service sped/spe.sysusers sped/spe.tmpfiles

# Directories are known to make alone: autoconf leaves ${prefix} in them.
SPE_UNITS = sped/bin/units/sped.service sped/bin/units/spe-witness.service sped/bin/units/sysusers.d/spe.conf sped/bin/units/tmpfiles.d/spe.conf
SUBSTITUTE = $(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	-e 's|@localstatedir[@]|$(localstatedir)|g' -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|g'
sped/bin/units/sped.service: sped/sped.service Makefile
	$(SUBSTITUTE) $(srcdir)/sped/sped.service >$@
sped/bin/units/spe-witness.service: sped/spe-witness.service Makefile
	$(SUBSTITUTE) $(srcdir)/sped/spe-witness.service >$@
sped/bin/units/sysusers.d/spe.conf: sped/spe.sysusers Makefile
	$(SUBSTITUTE) $(srcdir)/sped/spe.sysusers >$@
sped/bin/units/tmpfiles.d/spe.conf: sped/spe.tmpfiles Makefile
	$(SUBSTITUTE) $(srcdir)/sped/spe.tmpfiles >$@

nodist_systemdsystemunit_DATA = sped/bin/units/sped.service sped/bin/units/spe-witness.service
nodist_sysusers_DATA = sped/bin/units/sysusers.d/spe.conf
nodist_tmpfiles_DATA = sped/bin/units/tmpfiles.d/spe.conf
CLEANFILES += $(SPE_UNITS)

# A configuration that somebody has edited is theirs.
install-data-local: install-sped-conf install-policies
install-sped-conf:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/spe'
	test -e '$(DESTDIR)$(sysconfdir)/spe/sped.conf' || \
		$(INSTALL_DATA) $(srcdir)/sped/sped.conf '$(DESTDIR)$(sysconfdir)/spe/sped.conf'
uninstall-local: uninstall-sped-conf uninstall-policies
uninstall-sped-conf:
	! cmp -s $(srcdir)/sped/sped.conf '$(DESTDIR)$(sysconfdir)/spe/sped.conf' || \
		rm -f '$(DESTDIR)$(sysconfdir)/spe/sped.conf'
.PHONY: install-sped-conf uninstall-sped-conf
