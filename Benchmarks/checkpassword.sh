#!/bin/sh
# postern-checkpassword beside a C program that accepts everyone: through a real Dovecot 2.3, and from fork to exit.
# The servers take turns; the figures are medians, and the ratios are what counts.
set -eu
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

for program in accept-all sign-ins fork-to-exit; do gcc -O2 -Wall -o "$root/$program" "Benchmarks/$program.c"; done
mkdir "$root/log"
cat >"$root/postern.conf" <<END
database = $root/var/postern.db
key_file = $root/etc/key
log_target = $root/log/auth.log
dovecot_socket =
mail_uid = 5000
mail_gid = 5000
END
mkdir "$root/sockets"
chgrp postern "$root/sockets"
sed "s|^dovecot_socket =|&$root/sockets/dovecot|" "$root/postern.conf" >"$root/asking.conf"
printf 'auth_socket =\npolicy_socket =\n' >>"$root/asking.conf"
postern() { "$root/usr/bin/postern" --config "$root/postern.conf" "$@" 2>/dev/null; }
postern init >/dev/null
for user in one hundred; do echo 'main secret' | postern account add "$user@example.org" --password-stdin; done
postern app-password create one@example.org --name Phone >"$root/one"
printf 'one@example.org\t%s\n' "$(cat "$root/one")" >"$root/credentials"
postern app-password create hundred@example.org --name Phone >"$root/hundred"
for n in $(seq 50); do postern app-password create hundred@example.org --name "Device $n" >/dev/null; done
for n in $(seq 49); do postern app-password create hundred@example.org --name "Small $n" --compact >/dev/null; done

# start NAME ARGS...: a Dovecot with nothing but an auth process.
start() {
    name=$1
    shift
    mkdir "$root/$name"
    cat >"$root/$name.dovecot" <<END
base_dir = $root/$name
state_dir = $root/$name
log_path = $root/log/$name.log
protocols =
ssl = no
disable_plaintext_auth = no
auth_cache_size = 0
passdb {
  driver = checkpassword
  args = $*
}
userdb {
  driver = prefetch
}
service auth {
  extra_groups = postern
  client_limit = 4096
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
END
    dovecot -F -c "$root/$name.dovecot" >/dev/null 2>&1 &
    servers="$servers $!"
    while [ ! -S "$root/$name/auth-client" ]; do sleep 0.1; done
}
start reply "$root/accept-all"
start through "$root/accept-all" through-reply
start postern "$root/usr/libexec/postern-checkpassword" --config "$root/postern.conf"
start asking "$root/usr/libexec/postern-checkpassword" --config "$root/asking.conf"
"$root/usr/sbin/posternd" --config "$root/asking.conf" 2>"$root/log/posternd.err" &
servers="$servers $!"
while [ ! -S "$root/sockets/dovecot" ]; do sleep 0.1; done


for connections in 1 8; do
    for round in $(seq $rounds); do
        for name in reply through postern asking; do
            "$root/sign-ins" "$root/$name/auth-client" $connections 1 $seconds "$root/credentials" |
                cut -d' ' -f1 >>"$root/result.$name.$connections"
        done
    done
done
for round in $(seq $rounds); do
    "$root/fork-to-exit" 300 one@example.org "$root/one" "$root/accept-all" >>"$root/fork.c"
    "$root/fork-to-exit" 300 one@example.org "$root/one" "$root/usr/libexec/postern-checkpassword" \
        --config "$root/postern.conf" >>"$root/fork.one"
    "$root/fork-to-exit" 300 hundred@example.org "$root/hundred" "$root/usr/libexec/postern-checkpassword" \
        --config "$root/postern.conf" >>"$root/fork.hundred"
done

echo "| postern-checkpassword, app password | measured | ratio | budget |"
echo "|---|---|---|---|"
for connections in 1 8; do
    c=$(median 1 <"$root/result.reply.$connections")
    through=$(median 1 <"$root/result.through.$connections")
    ours=$(median 1 <"$root/result.postern.$connections")
    asking=$(median 1 <"$root/result.asking.$connections")
    echo "| in-process: sign-ins/s through Dovecot 2.3, $connections at a time, against C on descriptor 4 | $ours : $c | $(ratio "$ours" "$c") | ≥ 0.7 |"
    echo "| the same against C through checkpassword-reply | $ours : $through | $(ratio "$ours" "$through") | ≥ 1.3 |"
    echo "| asking the daemon: the same against C on descriptor 4 | $asking : $c | $(ratio "$asking" "$c") | ≥ 0.8 |"
    echo "| the same against C through checkpassword-reply | $asking : $through | $(ratio "$asking" "$through") | ≥ 1.3 |"
done
c=$(median 1 <"$root/fork.c") one=$(median 1 <"$root/fork.one") hundred=$(median 1 <"$root/fork.hundred")
echo "| in-process: fork to exit, µs, against C | $one : $c | $(ratio "$one" "$c") | ≤ 2 |"
echo "| account with 100 app passwords against 1, µs | $hundred : $one | $(ratio "$hundred" "$one") | ≤ 1.1 |"
size=$(stat -c %s "$root/usr/libexec/postern-checkpassword")
echo "| stripped size, MiB | $(ratio "$size" 1048576) | | ≤ 20 |"
