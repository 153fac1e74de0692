#!/bin/sh
# Within the machine: sped as systemd runs it, installed; a job that goes on while the unit is restarted.
. "${srcdir:-.}/t/lib.sh"
bad_before=$bad
ok "users are made" systemd-sysusers
ok "directories are made" systemd-tmpfiles --create
for u in anna bert; do ssh-keygen -q -t ed25519 -N '' -C "$u" -f "$T/$u" && echo "$u $(cat "$T/$u.pub")"; done >/etc/spe/operators
two_operators() { mkdir -p "$T/etc" && operators_make && install -m 644 "$T/etc/operators" /etc/spe/operators; }
ok "root names two operators" two_operators
ok "the unit starts, and answers when it has" systemctl start sped
is "it is active" "$(systemctl is-active sped)" active
like "cgroup version 2 is what the host has" "$(spe-cli --json doctor | jq -r 'select(.check == "cgroups") | .verdict + ": " + .detail')" '^ok: version 2$'
spe-cli doctor 2>&1 | sed "s/^/# /"
SPE_CLI=spe-cli
captured() { find /var/lib/spe/gate/vault -name "$(jq -r --arg n "$2" ".outputs[] | select(.name == \$n) | .sha256" "/var/lib/spe/gate/jobs/$1.json")" -exec cat {} +; }
for u in aino kari lars mikko; do id "$u" >/dev/null 2>&1 || useradd -m -u "$(uid_of "$u")" "$u"; mkdir -p "$T/home/$u"; chown "$(uid_of "$u")" "$T/home/$u"; done
chmod 711 "$T/home"
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace UNIT-1 people
says "a job runs" 0 "" cli aino run UNIT-1 -- sh -c 'wc -l /data/*/*.csv > /outputs/lines.txt'
job=$(cli aino --json run UNIT-1 --detach -- sh -c 'sleep 20; echo went on' | jq -r .job)
state() { cli aino --json job show "$1" | jq -r .state; }
is_state() { state "$1" | grep -Eq "$2"; }
ok "another one runs" wait_for 60 is_state "$job" '^running$'
first=$(systemctl show -p MainPID --value sped)
ok "the unit is restarted" systemctl restart sped
nok "by another process" test "$first" = "$(systemctl show -p MainPID --value sped)"
ok "the job is still running, and known" wait_for 30 is_state "$job" '^running$'
ok "it ends well" wait_for 120 is_state "$job" '^(completed|captured|done)'
cli aino --json job show "$job" | sed "s/^/# /"
like "and what it wrote later is there" "$(captured "$job" stdout.txt)" "went on"
cgroups() { spe-cli --json doctor | jq -r 'select(.check == "cgroups") | .verdict + ": " + .detail'; }
group=/sys/fs/cgroup/spe/cgroup.subtree_control
: >"$T/no-controller" # takes what is written, and gives nothing
ok "where sped's groups are given no controller" mount --bind "$T/no-controller" "$group"
ok "it starts all the same" systemctl restart sped
is "and doctor says so, whatever the host has itself" "$(cgroups)" "fail: version 2; missing: memory pids cpu"
ok "with them" umount "$group"
ok "it starts again" systemctl restart sped
is "and all is well" "$(cgroups)" "ok: version 2"
main=$(systemctl show -p MainPID --value sped)
kill -HUP "$main"
another() { [ "$(systemctl show -p MainPID --value sped)" != "$main" ] && systemctl -q is-active sped; }
ok "a clean end that nobody asked for is one too" wait_for 60 another
ok "and it answers again" wait_for 60 spe-cli whoami
ok "the journal holds" spe-cli audit verify
ok "the unit stops" systemctl stop sped
says "then nobody answers" 6 "" spe-cli whoami
[ "$bad" = "$bad_before" ] || journalctl -u sped --no-pager | tail -n 30 | sed 's/^/# /'
finish
