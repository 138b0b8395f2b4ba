"""Rows of figures: as a table, as JSON, and as a plot."""

import datetime
import json
import os
import platform
import statistics
import subprocess

import rig

# The line of docs/benchmarks.md below which this module writes.
MARK = "<!-- written by make bench from here on -->\n\n"
DOCUMENT_ROUNDS = 5
rows = []


def _spell(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def section(title):
    print(f"\n{title}\n", flush=True)
    rows.append({"section": title})


def remark(text):
    print("  " + text, flush=True)
    rows.append({"remark": text})


def row(name, unit, ours, theirs=None, budget=None, note="", cpu=None):
    """One figure, or two beside each other.

    ours, theirs: one value a round, taken in turns.
    budget: "≥" or "≤" and a number; of the ratio where there are two, else of the figure.
    cpu: microseconds of the servers' CPU time for each answer, ours and theirs."""
    entry = {"name": name, "unit": unit, "ours": statistics.median(ours), "rounds": {"ours": list(ours)}}
    if theirs:
        entry["theirs"] = statistics.median(theirs)
        entry["rounds"]["theirs"] = list(theirs)
        # The median of the rounds' ratios: a machine that slows down slows both.
        entry["ratio"] = statistics.median(a / b for a, b in zip(ours, theirs))
    if budget:
        sense, limit = budget
        value = entry.get("ratio", entry["ours"])
        entry["budget"] = {"sense": sense, "limit": limit}
        entry["share"] = value / limit if sense == "≥" else limit / value
    if cpu:
        entry["cpu"] = [statistics.median(rounds) for rounds in cpu]
    noisy = sum(getattr(rounds, "noisy", 0) for rounds in (ours, theirs or []))
    if noisy:
        entry["noisy"] = noisy
        note += "; " * bool(note) + f"**{noisy} of {len(ours) + len(theirs or [])} slices not quiet**"
    entry["note"] = note
    rows.append(entry)
    print("  " + "  ".join(cell for cell in cells(entry) if cell), flush=True)


def _verdict(entry):
    share = entry["share"]
    return f"met, by {share - 1:.0%}" if share >= 1 else f"**missed, by {1 - share:.0%}**"


def cells(entry):
    measured = _spell(entry["ours"]) + (f" : {_spell(entry['theirs'])}" if "theirs" in entry else "")
    measured += f" {entry['unit']}"
    if "cpu" in entry:
        measured += f"; CPU {' : '.join(map(_spell, entry['cpu']))} µs"
    budget = entry.get("budget")
    return [entry["name"] + (f" ({entry['note']})" if entry["note"] else ""), measured,
            f"{entry['ratio']:.2f}" if "ratio" in entry else "", f"{budget['sense']} {budget['limit']:g}" if budget else "",
            _verdict(entry) if budget else ""]


def _machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{os.cpu_count()} cores ({model}), {memory} GiB, Linux {platform.release()}"


def _commit():
    said = subprocess.run(["git", "-C", rig.PROJECT, "describe", "--always", "--dirty"], text=True, capture_output=True)
    return said.stdout.strip() or "unknown"


def _table():
    lines = []
    for entry in rows:
        if "section" in entry:
            lines += ["", f"## {entry['section']}", "", "| what | measured | ratio | budget | |", "|---|---|---|---|---|"]
        elif "remark" in entry:
            lines.append(f"| {entry['remark']} | | | | |")
        else:
            lines.append("| " + " | ".join(cells(entry)) + " |")
    return lines


def finish(name, is_whole):
    """name: of the folder, so that a part does not take the place of the whole."""
    folder = rig.PROJECT / ".build/benchmarks" / name
    folder.mkdir(parents=True, exist_ok=True)
    about = {"date": datetime.date.today().isoformat(), "commit": _commit(), "machine": _machine(), "rounds": rig.ROUNDS,
             "dovecot": subprocess.run(["dovecot", "--version"], text=True, capture_output=True).stdout.split()[0]}
    (folder / "results.json").write_text(json.dumps({"about": about, "rows": rows}, ensure_ascii=False, indent=1) + "\n")
    head = (f"{about['date']}, commit {about['commit']}, {about['machine']}, Dovecot {about['dovecot']}; "
            f"medians of {rig.ROUNDS} rounds, taken by turns. Only ratios mean something elsewhere.")
    table = "\n".join([head, *_table()]) + "\n"
    (folder / "table.md").write_text(table)
    _plot(folder)
    missed = [entry for entry in rows if entry.get("share", 1) < 1]
    of = sum("share" in entry for entry in rows)
    print(f"\n{of - len(missed)} of {of} budgets met." + " Missed:" * bool(missed))
    for entry in missed:
        print("  " + "  ".join(cell.replace("**", "") for cell in cells(entry) if cell))
    print(f"\nTable, figures and plot: {folder.relative_to(rig.PROJECT)}/table.md, results.json, budgets.png")
    _document(table, is_whole)


def _document(table, is_whole):
    """Writes docs/benchmarks.md, or says why not."""
    noisy = sum("noisy" in entry for entry in rows)
    if not is_whole:
        return print("docs/benchmarks.md was not written: this was not a run of all parts.")
    if rig.ROUNDS < DOCUMENT_ROUNDS:
        return print(f"docs/benchmarks.md was not written: it needs {DOCUMENT_ROUNDS} rounds, these were {rig.ROUNDS}.")
    if noisy:
        return print(f"docs/benchmarks.md was not written: other processes were busy during slices of {noisy} rows.")
    path = rig.PROJECT / "docs/benchmarks.md"
    path.write_text(path.read_text().partition(MARK)[0] + MARK + table)
    print("docs/benchmarks.md was written.")


def _plot(folder):
    """Each budget as a bar: 1 is just met, longer is better."""
    bars = [entry for entry in rows if "share" in entry]
    if not bars:
        return
    data = folder / "budgets.data"
    names = [entry["name"].replace('"', "") for entry in bars]
    data.write_text("".join(f'"{name}" {entry["share"]:.3f} {0 if entry["share"] >= 1 else 1}\n'
                            for name, entry in zip(names, bars)))
    tics = ", ".join(f'"{name[:90]}" {index}' for index, name in enumerate(names))
    script = f"""
set terminal pngcairo size 1400,{60 + 26 * len(bars)} font ",10"
set output "{folder}/budgets.png"
set title "Share of each budget that is reached (1: just met)"
set style fill solid 0.8 noborder
set yrange [{len(bars) - 0.3}:-0.7]
set ytics ({tics}) scale 0
set xrange [0:2]
set grid x
set arrow from 1, graph 0 to 1, graph 1 nohead lw 2 lc rgb "#404040"
set lmargin 76
unset key
plot "{data}" using ($2/2):0:($2/2):(0.35):($3 > 0 ? 0xc04040 : 0x4080b0) with boxxyerrorbars lc rgb variable
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
