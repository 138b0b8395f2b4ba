# Of all cases; in the test machine only.
set -eu

cases=/postern-test/cases
units='posternd-dovecot.socket posternd-auth.socket posternd-policy.socket posternd.service'
auth=/var/spool/postfix/private/postern-auth
policy=/var/spool/postfix/private/postern-policy
dovecot=/run/postern/dovecot

fail() {
    echo "FAILED: $*"
    exit 1
}

# Again and again until it works: eventually SECONDS COMMAND…
eventually() {
    for _ in $(seq $(($1 * 2))); do
        (shift && "$@") >/dev/null 2>&1 && return
        sleep 0.5
    done
    (shift && "$@") || fail "not within $1 seconds: $*"
}

# are_active UNIT…
are_active() {
    for unit in "$@"; do systemctl is-active --quiet "$unit" || fail "$unit is $(systemctl is-active "$unit")"; done
}

main_pid() { systemctl show --property MainPID --value posternd.service; }

# What was logged since the case began, of one unit.
journal() { journalctl --no-pager --output cat --unit "$1" --since "@$began"; }

began=$(date +%s)
password=$(cat /postern-test/password 2>/dev/null || true)

# Asks on a socket as the user that does so in earnest, who is in group postern only where Postern's configuration says so.
ask_as_dovecot() { setpriv --reuid dovecot --regid dovecot --groups postern "$cases/ask" auth $dovecot imap "$@"; }
ask_as_postfix() { setpriv --reuid postfix --regid postfix --clear-groups "$cases/ask" "$@"; }

# A sign-in on each socket, and a wrong one.
all_answer() {
    [ "$(ask_as_dovecot alice@example.org "$password")" = OK ] || fail "no sign-in on $dovecot"
    [ "$(ask_as_postfix auth $auth smtp alice@example.org "$password")" = OK ] || fail "no sign-in on $auth"
    [ "$(ask_as_postfix policy $policy alice@example.org)" = 'action=DUNNO' ] || fail "no grant on $policy"
    [ "$(ask_as_dovecot alice@example.org wrong)" = FAIL ] || fail 'a wrong secret is not denied'
}
