#!/bin/sh
# Shows the main job on a real, private Dovecot 2.3 on loopback, with the configuration that is shipped: the main
# password in, a second factor on, the main password out, an app password in and, revoked, out at once. Then the log
# lines, with fail2ban's own verdict on each. Cleans up after itself.
set -eu
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || exec sudo "$0"

root=$(mktemp -d /var/tmp/postern-demo.XXXXXX)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    # Dovecot's children write their last lines into the directory.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -n "$server" ] && kill -0 "$server" 2>/dev/null || break
        sleep 0.2
    done
    rm -rf "$root"
}
trap finish EXIT
trap 'exit 130' INT TERM

free_port() {
    port=$1
    while curl -s --connect-timeout 1 "telnet://127.0.0.1:$port" </dev/null >/dev/null 2>&1; do port=$((port + 1)); done
    echo "$port"
}
imap=$(free_port 10143)
pop3=$(free_port $((imap + 1000)))

echo "== A private Dovecot with dovecot-conf/dovecot-2.3-checkpassword.conf"
server=$(Tests/Servers/start-dovecot "$root" "$imap" "$pop3")
dovecot --version

postern() { "$root/usr/bin/postern" --config "$root/postern.conf" "$@"; }

# sign_in WHAT PASSWORD EXPECTED: over IMAP, with curl; the password goes in by a file, not by the command line.
sign_in() {
    printf 'user = "alice@example.org:%s"\n' "$2" >"$root/curl"
    if curl --silent --config "$root/curl" --max-time 20 "imap://127.0.0.1:$imap/" --request NOOP >/dev/null; then
        answer=in
    else
        answer=out
    fi
    printf '   IMAP sign-in with %-38s %s\n' "$1:" "$answer"
    [ "$answer" = "$3" ] || { echo "expected: $3"; cat "$root/log/"*; exit 1; }
}

echo "== An account"
echo 'correct horse battery' | postern account add alice@example.org --password-stdin
sign_in 'the main password' 'correct horse battery' in

echo "== Its second factor is switched on: mail programs need an app password now"
postern second-factor external on alice@example.org
sign_in 'the main password' 'correct horse battery' out
sign_in 'the main password again (a phone)' 'correct horse battery' out
secret=$(postern app-password create alice@example.org --name 'Phone')
sign_in 'the app password' "$secret" in
sign_in 'a wrong password' 'guess' out

echo "== What an operator is told"
echo 'correct horse battery' |
    postern check alice@example.org --service imap --from 192.0.2.7 --password-stdin | fold -s -w 110 | sed 's/^/   /' || true
postern app-password list alice@example.org | sed 's/^/   /'

echo "== The app password is revoked, and out at once"
postern app-password revoke alice@example.org --all
sign_in 'the revoked app password' "$secret" out

echo "== The auth log, and what fail2ban makes of each line"
while read -r line; do
    printf '%s\n' "$line" >"$root/line"
    if [ -n "$(fail2ban-regex -o '<ip>' "$root/line" /etc/fail2ban/filter.d/dovecot.conf 2>/dev/null)" ]; then
        verdict='COUNTED'
    else
        verdict='   -   '
    fi
    printf '   %s  %s\n' "$verdict" "${line#*: postern}"
done <"$root/log/auth.log"

echo "== postern doctor"
postern doctor --dovecot-config "$root/dovecot.conf" | sed "s|$root||; s/^/   /"
echo "Done. Nothing is left behind."
