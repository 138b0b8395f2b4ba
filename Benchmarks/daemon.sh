#!/bin/sh
# posternd beside Dovecot's own auth process with a passwd-file and no slow hash: sign-ins a second with app passwords,
# and how fast they stay while others flood it with wrong passwords. The servers take turns; the figures are medians,
# and the ratios are what counts.
set -eu
cd "$(dirname "$0")/.."
. Benchmarks/common.sh
accounts=${ACCOUNTS:-20000}

gcc -O2 -Wall -o "$root/sign-ins" Benchmarks/sign-ins.c
mkdir "$root/log" "$root/dovecot"
cat >"$root/postern.conf" <<END
# The flood is to saturate the slow hashes, which throttling would spare.
guess_free = 1000
guess_account_limit = 10000
database = $root/var/postern.db
key_file = $root/etc/key
log_target = $root/log/auth.log
auth_socket = $root/auth
dovecot_socket = $root/socket
policy_socket =
mail_uid = 5000
mail_gid = 5000
END
"$root/usr/bin/postern" --config "$root/postern.conf" init >/dev/null
Benchmarks/populate "$root/var/postern.db" "$root/etc/key" "$accounts" >"$root/credentials"
awk -F'\t' '{ print $1 ":{PLAIN}" $2 ":5000:5000::/var/vmail/" $1 "::" }' "$root/credentials" >"$root/passwd"

cat >"$root/dovecot.conf" <<END
base_dir = $root/dovecot
state_dir = $root/dovecot
log_path = $root/log/dovecot.log
protocols =
ssl = no
disable_plaintext_auth = no
auth_cache_size = 0
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $root/passwd
}
userdb {
  driver = prefetch
}
service auth {
  client_limit = 4096
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
END
dovecot -F -c "$root/dovecot.conf" >/dev/null 2>&1 &
servers="$servers $!"
"$root/usr/sbin/posternd" --config "$root/postern.conf" 2>"$root/log/posternd.err" &
daemon=$!
servers="$servers $daemon"
while [ ! -S "$root/dovecot/auth-client" ] || [ ! -S "$root/socket" ]; do sleep 0.1; done
idle=$(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status")


for shape in '8 64 4.0' '32 1 1.5' '8 1 1.0' '1 1 0.9'; do
    # shellcheck disable=SC2086 # words
    set -- $shape
    for round in $(seq "$rounds"); do
        "$root/sign-ins" "$root/dovecot/auth-client" "$1" "$2" "$seconds" "$root/credentials" >>"$root/dovecot.$1.$2"
        "$root/sign-ins" "$root/socket" "$1" "$2" "$seconds" "$root/credentials" >>"$root/postern.$1.$2"
    done
done

# 64 clients with ever new wrong passwords, and beside them eight with app passwords.
for round in $(seq "$rounds"); do "$root/sign-ins" "$root/socket" 8 1 1 "$root/credentials" >>"$root/quiet"; done
"$root/sign-ins" "$root/auth" 64 1 8 "$root/credentials" wrong >"$root/flood" &
flood=$!
sleep 1
: >"$root/flooded"
for round in $(seq "$rounds"); do
    "$root/sign-ins" "$root/socket" 8 1 1 "$root/credentials" >>"$root/flooded"
done
most=$(awk '/VmHWM/ { print $2 }' "/proc/$daemon/status")
wait "$flood"

echo "| posternd, app passwords, $accounts accounts | measured | ratio | budget |"
echo "|---|---|---|---|"
for shape in '8 64 4.0' '32 1 1.5' '8 1 1.0' '1 1 0.9'; do
    # shellcheck disable=SC2086 # words
    set -- $shape
    ours=$(median 1 <"$root/postern.$1.$2") theirs=$(median 1 <"$root/dovecot.$1.$2")
    echo "| sign-ins/s against Dovecot's own auth, $1 × $2 | $ours : $theirs | $(ratio "$ours" "$theirs") | ≥ $3 |"
done
echo "| p99 of 8 clients, µs, nobody else there | $(median 3 <"$root/quiet") | | |"
echo "| p99 of 8 clients, µs, while 64 flood wrong passwords | $(median 3 <"$root/flooded") | | < 5000 |"
echo "| wrong passwords/s answered meanwhile (each denial takes failure_delay) | $(cut -d' ' -f1 "$root/flood") | | |"
echo "| resident memory, idle, KiB | $idle | | ≤ 25600 |"
echo "| most resident memory, KiB | $most | | |"
