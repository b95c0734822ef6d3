"""The figures of a run, as a table for people and as JSON."""

import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path


class Report:
    def __init__(self, path, **about):
        self.path = path
        self.about = {
            **about, "cores": os.cpu_count(), "processor": processor(), "busy_at_start": busy_share(),
            "commit": git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")}
        self.rows = []

    def ratio(self, part, name, ours, theirs, figure, unit, aim):
        """A paired measurement; `ours` and `theirs` are seconds, or anything that is better when less, by round."""
        ratios = [b / a for a, b in zip(ours, theirs)]
        self.rows.append({
            "part": part, "name": name, "ours": figure(statistics.median(ours)),
            "theirs": figure(statistics.median(theirs)), "unit": unit, "ratio": statistics.median(ratios),
            "lowest": min(ratios), "highest": max(ratios), "aim": aim, "rounds": {"ours": ours, "theirs": theirs}})

    def value(self, part, name, value, unit):
        self.rows.append({"part": part, "name": name, "ours": value, "unit": unit})

    def note(self, part, text):
        self.rows.append({"part": part, "name": text})

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(self.path.name + ".part")
        partial.write_text(json.dumps({"about": self.about, "results": self.rows}, indent=1) + "\n")
        partial.replace(self.path)

    def __str__(self):
        header = ["part", "what", "ours", "theirs", "unit", "ratio", "range", "aim"]
        cells = [header, *map(self.cells, self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
        cells.insert(1, ["-" * width for width in widths])
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]
        about = self.about
        machine = f"{about['cores']} cores ({about['processor']})"
        lines.append("")
        lines.append(f"{machine}, commit {about['commit']}, median of {about['rounds']} rounds; all is in {self.path}.")
        if about["quick"]:
            lines.append("A quick run shows that everything runs; its figures mean nothing.")
        elif about["busy_at_start"] > 0.1:
            share = f"{about['busy_at_start']:.0%}"
            lines.append(f"Others used {share} of the processor when this began: measure again when it is idle.")
        return "\n".join(lines)

    def cells(self, row):
        ratio = row.get("ratio")
        aim = f"{row['aim']}" if row.get("aim") else ""
        return [
            row["part"], row["name"], number(row.get("ours")), number(row.get("theirs")), row.get("unit", ""),
            "" if ratio is None else f"{ratio:.2f}",
            "" if ratio is None else f"{row['lowest']:.2f}-{row['highest']:.2f}",
            aim + (" MISSED" if aim and ratio < row["aim"] else "")]


def number(value):
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def busy_share():
    """How much of the processor is in use, watched for a second; the load average would still count the build."""
    def times():
        fields = list(map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]))
        return sum(fields), fields[3] + fields[4]

    total, idle = times()
    time.sleep(1)
    total_later, idle_later = times()
    return 1 - (idle_later - idle) / max(total_later - total, 1)


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def git(*arguments):
    root = Path(__file__).parent
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True).stdout.strip()
