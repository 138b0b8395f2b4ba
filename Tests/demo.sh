#!/bin/sh
# Shows the main job on private, real servers on loopback, with the configurations that are shipped: the main password
# in, a second factor on, the main password out, an app password in and, revoked, out at once, and somebody who guesses.
# First Dovecot 2.3 with postern-checkpassword, then Postfix and Dovecot 2.4 where they can be had, all with posternd.
# Cleans up after itself.
set -eu
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || exec sudo "$0"

top=$(mktemp -d /var/tmp/postern-demo.XXXXXX)
chmod 755 "$top"
servers=
stop() {
    for server in $servers; do kill "$server" 2>/dev/null || true; done
    # Their children write their last lines into the directory.
    for server in $servers; do
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.2
        done
    done
    servers=
}
finish() {
    stop
    rm -rf "$top"
}
trap finish EXIT
trap 'exit 130' INT TERM

last_port=10143
free_port() {
    port=$last_port
    while curl -s --connect-timeout 1 "telnet://127.0.0.1:$port" </dev/null >/dev/null 2>&1; do port=$((port + 1)); done
    last_port=$((port + 1))
}

postern() { "$root/usr/bin/postern" --config "$root/postern.conf" "$@"; }

# expect WHAT ANSWER EXPECTED
expect() {
    printf '   %-56s %s\n' "$1:" "$2"
    [ "$2" = "$3" ] || { echo "expected: $3"; cat "$root"/log/*; exit 1; }
}

# imap WHAT PASSWORD EXPECTED: with curl; the password goes in by a file, not by the command line.
imap() {
    printf 'user = "alice@example.org:%s"\n' "$2" >"$root/curl"
    if curl --silent --config "$root/curl" --max-time 20 "imap://127.0.0.1:$imap/" --request NOOP >/dev/null; then
        expect "IMAP sign-in with $1" in "$3"
    else
        expect "IMAP sign-in with $1" out "$3"
    fi
}

# smtp WHAT PASSWORD-FILE SENDER EXPECTED: the last line of the session.
smtp() {
    answer=$(Tests/Servers/smtp-client "$submissions" tls "auth PLAIN alice@example.org $2" "send $3" | tail -n 1)
    # What it came to, and its code.
    expect "Mail over port 465 with $1" "$(echo "$answer" | cut -d' ' -f1,2)" "$4"
}

log() {
    while read -r line; do
        printf '%s\n' "$line" >"$root/line"
        if [ -n "$(fail2ban-regex -o '<ip>' "$root/line" /etc/fail2ban/filter.d/dovecot.conf 2>/dev/null)" ]; then
            verdict='COUNTED'
        else
            verdict='   -   '
        fi
        printf '   %s  %s\n' "$verdict" "${line#*: postern}"
    done <"$root/log/auth.log"
}

# A seed for alice's phone, which is played by oathtool; sets seed.
enroll() {
    seed=$(postern second-factor enroll alice@example.org 2>/dev/null | sed 's/.*secret=\([A-Z2-7]*\).*/\1/')
    oathtool --totp -b "$seed" | postern second-factor confirm alice@example.org --code-stdin >"$root/recovery-codes"
}

echo "== Dovecot $(dovecot --version), with dovecot-conf/dovecot-2.3-checkpassword.conf and posternd"
root=$top/checkpassword
mkdir "$root"
free_port && imap=$port
free_port && pop3=$port
servers=$(Tests/Servers/start-dovecot checkpassword "$root" "$imap" "$pop3")
echo 'correct horse battery' | postern account add alice@example.org --password-stdin
imap 'the main password' 'correct horse battery' in

echo "== Her second factor is switched on: mail programs need an app password now"
enroll
imap 'the main password' 'correct horse battery' out
imap 'the main password again (a phone)' 'correct horse battery' out
secret=$(postern app-password create alice@example.org --name 'Phone')
imap 'the app password' "$secret" in
imap 'a wrong password' 'guess' out

echo "== Somebody else guesses twelve times in a row; ten are looked at, and she goes on"
seq 12 | awk -v OFS='\t' '{ print $1, $1 / 4, "203.0.113.50", "alice@example.org", "guess " $1 }' |
    Tests/Servers/sign-ins imap "$imap" 12 >"$root/guesses"
expect 'Guesses denied' "$(grep -c denied "$root/guesses")" 10
expect 'Guesses that have to wait' "$(grep -c temporary "$root/guesses")" 2
imap 'the app password' "$secret" in
postern throttle list | sed 's/^/   /'

echo "== What an operator is told"
echo 'correct horse battery' |
    postern check alice@example.org --service imap --from 192.0.2.7 --password-stdin | fold -s -w 110 | sed 's/^/   /' || true
postern app-password list alice@example.org | sed 's/^/   /'

echo "== The app password is revoked, and out at once"
postern app-password revoke alice@example.org --all
imap 'the revoked app password' "$secret" out

echo "== The auth log, and what fail2ban makes of each line"
log
stop

# postfix KIND
postfix() {
    root=$top/$1
    mkdir "$root"
    free_port && relay=$port
    free_port && submissions=$port
    free_port && submission=$port
    servers=$(Tests/Servers/start-postfix "$1" "$root" "$relay" "$submissions" "$submission")
    sed -n 's/.*daemon started -- version \([0-9.]*\).*/== Postfix \1, with postfix-conf\/ and posternd/p' "$root/log/postfix.log"
    echo 'correct horse battery' | postern account add alice@example.org --password-stdin
    postern second-factor external on alice@example.org
    postern app-password create alice@example.org --name 'Laptop' >"$root/secret" 2>/dev/null
    echo 'correct horse battery' >"$root/main"
    smtp 'the app password' "$root/secret" alice@example.org 'send 250'
    smtp 'the app password, as somebody else' "$root/secret" bob@example.org 'send 553'
    answer=$(Tests/Servers/smtp-client "$submissions" tls "auth PLAIN alice@example.org $root/main")
    expect 'Mail over port 465 with the main password' "$(echo "$answer" | cut -d' ' -f1,2)" 'auth 535'
    answer=$(Tests/Servers/smtp-client "$submissions" tls "auth LOGIN alice@example.org $root/secret" \
        "run $root/usr/bin/postern --config $root/postern.conf app-password revoke alice@example.org --all" \
        'send alice@example.org' | tail -n 1)
    expect 'App password revoked after the sign-in, next message' "$(echo "$answer" | cut -d' ' -f1,2)" 'send 554'
    log
    stop
}
if [ -x /usr/sbin/postfix ]; then postfix own; else echo '== Skipped: Postfix, which is not installed'; fi

if Tests/Servers/debian-13 is-installed; then
    postfix debian-13
    echo "== Dovecot 2.4 of Debian 13, with dovecot-conf/dovecot-2.4.conf, postern.lua and posternd"
    root=$top/lua-2.4
    mkdir "$root"
    free_port && imap=$port
    free_port && pop3=$port
    servers=$(Tests/Servers/start-dovecot lua-2.4 "$root" "$imap" "$pop3")
    sed -n 's/.*\(Dovecot v[0-9.]*\).*/   \1/p' "$root/log/dovecot.log"
    echo 'correct horse battery' | postern account add alice@example.org --password-stdin
    imap 'the main password' 'correct horse battery' in
    enroll 2>/dev/null
    secret=$(postern app-password create alice@example.org --name 'Phone' 2>/dev/null)
    imap 'the main password' 'correct horse battery' out
    imap 'the app password' "$secret" in
    postern app-password revoke alice@example.org --all
    imap 'the revoked app password' "$secret" out
    echo "   The phone is lost; the webmail takes a recovery code"
    echo 'correct horse battery' >"$root/main"
    socket=$root/sockets/dovecot
    secret=$(Tests/Servers/webmail "$socket" sign-in alice@example.org "$root/main" "$(head -n 1 "$root/recovery-codes")" session-1)
    imap "the webmail's app password for its session" "$secret" in
    Tests/Servers/webmail "$socket" sign-out alice@example.org session-1
    imap 'the same after sign-out' "$secret" out
    log
    stop
else
    echo '== Skipped: Dovecot 2.4 and Postfix 3.10. There is no Debian 13 here; Tests/Servers/debian-13 install says why.'
fi
echo "Done. Nothing is left behind."
