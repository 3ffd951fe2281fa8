"""``python -m benchmarks [NAME …]``: each benchmark in a process of its own, then one table of all.

Exit code 1 when a benchmark broke; an aim that was not met is marked in the table.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import Result, print_table

NAMES = ("place_bid", "transfer", "listing_page", "listing_search", "buying", "fanout")


def main() -> int:
    """Run the named benchmarks (all by default) and print what they returned."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="which to run; all by default")
    names = parser.parse_args().names or NAMES
    results: list[Result] = []
    broken: list[str] = []
    for name in names:
        print(f"== {name}", flush=True)
        with tempfile.TemporaryDirectory() as room:
            answer = Path(room) / "results.json"
            done = subprocess.run(
                [sys.executable, "-m", f"benchmarks.{name}", "--json", str(answer)], check=False
            )
            if done.returncode or not answer.exists():
                broken.append(name)
                continue
            for row in json.loads(answer.read_text()):
                row.pop("met")
                results.append(Result(**row))
    print_table("All, medians of paired runs", results)
    if broken:
        print(f"broke: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
