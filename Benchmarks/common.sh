# Sourced by the benchmarks: a directory that goes when they end, with the servers they started, and what they count with.

[ "$(id -u)" = 0 ] || exec sudo "$0"

rounds=${ROUNDS:-5}
seconds=2
root=$(mktemp -d /var/tmp/postern-bench.XXXXXX)
chmod 755 "$root"
# Process ids.
servers=
finish() {
    for server in $servers; do kill "$server" 2>/dev/null || true; done
    sleep 1
    rm -rf "$root"
}
trap finish EXIT
trap 'exit 130' INT TERM

make --silent install PREFIX="$root/usr"

# median FIELD: of one result a round, on standard input.
median() { cut -d' ' -f"$1" | sort -n | sed -n "$(((rounds + 1) / 2))p"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
