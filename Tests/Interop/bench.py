"""`make bench`: orrery beside PyTorch with diffusers, and beside h5py, in one run on this machine.

Both sides take turns, round by round, each timing in a process of its own; a figure is the median over rounds of a process's median.
Of PyTorch's variants (eager and compiled, every --peer) the fastest counts, and for memory the smallest. Peak memory is what
/usr/bin/time says of the whole process. Prints the table as markdown and writes it, with everything measured, to --out.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
STEP = ["--frames", "8", "--size", "16", "--batch", "4"]
LONG = ["--frames", "16", "--size", "32", "--batch", "1"]
# name, work, sizes, dtype, the bar as a ratio, PyTorch variants
ROWS = [
    ("f32 training step, B 4, N 512", "train", STEP, "f32", 2.6, ["eager", "compile"]),
    ("bf16 training step, B 4, N 512", "train", STEP, "bf16", 2.2, ["eager", "compile"]),
    ("bf16 training step, B 1, N 4096", "train", LONG, "bf16", 2.0, ["eager", "compile"]),
    ("bf16 forward, B 4, N 512", "forward", STEP, "bf16", 1.5, ["eager", "compile"]),
]
LOADER = [("64×64", "64x64", 60_000), ("480×832", "832x480", 960)]
EXPERIMENT = """
name: wait
data: [{path: worlds.h5}]
window: 16
consent: {unsigned: [own-work]}
model: {dim: 128, heads: 4, layers: 4, patch: [1, 2, 2]}
codec: {space: 8}
levels: {prefix_share: 0.5, prefix_frames: 4}
train: {steps: 80, batch: 8}
record: {evaluate: 0, sample: 0, checkpoint: 1000}
"""


def threaded(rows):
    """Rows whose time on one thread is measured too."""
    return [r for r in rows if r[1] == "train" and r[2] is STEP]


class Bench:
    def __init__(self, o):
        self.o = o
        # Some machines pin OpenBLAS to an old kernel; neither side is to be pinned.
        self.environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")} | {"HF_HUB_OFFLINE": "1"}
        self.measured, self.failed = {}, {}

    def time(self, key, command):
        """Runs a command that prints JSON, under /usr/bin/time; remembers its figures under `key`."""
        if key in self.failed:
            return None
        with tempfile.NamedTemporaryFile("r", suffix=".time") as report:
            done = subprocess.run(["/usr/bin/time", "-v", "-o", report.name, *command], capture_output=True, text=True, env=self.environment)
            peak = re.search(r"Maximum resident set size \(kbytes\): (\d+)", report.read())
        try:
            figures = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else None
        except (IndexError, ValueError):
            figures = None
        if figures is None:
            self.failed[key] = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
            print(f"  {key}: failed: {self.failed[key]}", file=sys.stderr)
            return None
        figures["outside_peak_bytes"] = int(peak.group(1)) * 1024
        self.measured.setdefault(key, []).append(figures)
        shown = figures["median_ms"] if "median_ms" in figures else figures["frames_per_s"]
        print(f"  {key}: {shown:.0f} {'ms' if 'median_ms' in figures else 'frames/s'}", file=sys.stderr)
        return figures

    def median(self, key, field):
        values = [m[field] for m in self.measured.get(key, []) if field in m]
        return statistics.median(values) if values else None

    def ours(self, name, work, sizes, dtype, threads):
        # f32 is what every orrery does; a build without --dtype fails the bf16 rows, and they say so.
        asked = [] if dtype == "f32" else ["--dtype", dtype]
        self.time(f"ours, {threads} threads: {name}", [self.o.orrery, "perf", work, *sizes, *asked, "--iters", str(self.o.iters), "--threads", str(threads), "--json"])

    def models(self):
        rows = [r for r in ROWS if not self.o.only or any(w in r[0] for w in self.o.only)]
        for turn in range(self.o.rounds):
            print(f"round {turn + 1} of {self.o.rounds}", file=sys.stderr)
            for name, work, sizes, dtype, _, variants in rows:
                self.ours(name, work, sizes, dtype, 2)
                for peer in self.o.peer:
                    for variant in variants:
                        flags = (["--bf16"] if dtype == "bf16" else []) + (["--compile"] if variant == "compile" else [])
                        self.time(f"{peer} {variant}: {name}", [peer, str(HERE / "bench_torch.py"), work, *sizes, *flags, "--iters", str(self.o.iters), "--threads", "2"])
            for name, work, sizes, dtype, _, _ in threaded(rows):
                self.ours(name, work, sizes, dtype, 1)
        return rows

    def loader(self):
        folder = pathlib.Path(self.o.work)
        folder.mkdir(parents=True, exist_ok=True)
        peer = self.o.peer[0]
        for name, size, frames in LOADER:
            made, packed = folder / f"made-{size}.h5", folder / f"packed-{size}.h5"
            if not packed.exists():
                print(f"making {packed}", file=sys.stderr)
                subprocess.run([self.o.orrery, "perf", "loader", made, "--make", size, "--make-frames", str(frames), "--seconds", "0", "--iters", "1"], check=True, capture_output=True, env=self.environment)
                subprocess.run([peer, HERE / "bench_h5py.py", made, "--repack", f"{packed}.part"], check=True, env=self.environment)
                made.unlink()
                os.replace(f"{packed}.part", packed)
            for _ in range(self.o.rounds):
                for cache in (256, 1024):
                    self.time(f"ours, cache {cache}: loader {name}", [self.o.orrery, "perf", "loader", str(packed), "--cache-mib", str(cache), "--threads", "2", "--json"])
                self.time(f"h5py: loader {name}", [peer, str(HERE / "bench_h5py.py"), str(packed)])

    def wait(self):
        """Share of a short training's time spent waiting for data, after its first step."""
        with tempfile.TemporaryDirectory() as folder:
            run = dict(cwd=folder, check=True, capture_output=True, env=self.environment)
            orrery = os.path.abspath(self.o.orrery)
            subprocess.run([orrery, "worlds", "render", "--scenario", "free-fall", "--count", "400", "--size", "64", "--frames", "32", "--out", "worlds.h5"], **run)
            pathlib.Path(folder, "wait.yaml").write_text(EXPERIMENT)
            subprocess.run([orrery, "finetune", "wait.yaml", "--runs", "runs"], **run)
            events = [json.loads(line) for line in next(pathlib.Path(folder, "runs").glob("wait-*/events.jsonl")).open()]
        steps = [e for e in events if e["kind"] == "step"][1:]
        return sum(e["wait"] for e in steps) / sum(e["seconds"] for e in steps)

    def machine(self):
        def out(command):
            return subprocess.run(command, capture_output=True, text=True, env=self.environment).stdout
        cpu = re.search(r"Model name:\s*(.*)", out(["lscpu"])).group(1)
        peers = {p: out([p, "-c", "import torch, diffusers, h5py; print('torch', torch.__version__, torch.backends.cpu.get_cpu_capability(), '· diffusers', diffusers.__version__, '· h5py', h5py.__version__)"]).strip() for p in self.o.peer}
        for p in self.o.peer:  # the CUDA build's libraries weigh half a gigabyte that has nothing to do with the work
            self.time(f"{p} imports alone", [p, "-c", "import json, torch; from diffusers import WanTransformer3DModel; print(json.dumps(dict(median_ms=0)))"])
        isa = next((m[0].get("isa") for k, m in self.measured.items() if k.startswith("ours, 2")), None)
        return dict(cpu=cpu, cores=os.cpu_count(), isa=isa, peers=peers,
                    imports={p: self.median(f"{p} imports alone", "outside_peak_bytes") for p in self.o.peer}, date=datetime.date.today().isoformat(), load=os.getloadavg()[0], rounds=self.o.rounds, iters=self.o.iters)


def seconds(ms):
    return "–" if ms is None else f"{ms:,.0f} ms"


def table(bench, rows, waited):
    machine = bench.machine()
    imports = "; ".join(f"{v / 1e9:.2f} GB" for v in machine["imports"].values() if v)
    lines = [f"{machine['cpu']}, {machine['cores']} cores, {machine['isa'] or 'instructions not asked'}; " + "; ".join(machine["peers"].values()) + f"; {machine['date']}"]
    if rows:
        lines += ["", "| work | orrery | PyTorch | ratio to the better | bar | peak memory: orrery | PyTorch | share |", "|---|---|---|---|---|---|---|---|"]
    ratios = {}

    def peers(name, field):
        """Each of the peers' ways and its median, the better first."""
        return sorted((bench.median(k, field), k.split(":")[0]) for k in bench.measured if k.endswith(": " + name) and not k.startswith("ours") and not k.startswith("h5py"))

    def best(name, field):
        return next(iter(peers(name, field)), (None, ""))

    for name, _, _, _, bar, _ in rows:
        mine, (theirs, which) = bench.median(f"ours, 2 threads: {name}", "median_ms"), best(name, "median_ms")
        memory, (most, _) = bench.median(f"ours, 2 threads: {name}", "outside_peak_bytes"), best(name, "outside_peak_bytes")
        ratio = theirs / mine if mine and theirs else None
        ratios[name] = dict(ratio=ratio, bar=bar, memory=memory / most if memory and most else None, against=which)
        show = lambda x: f"{x / 1e9:.2f} GB" if x else "–"
        ways = ", ".join(f"{seconds(ms)} ({way.split()[-1]})" for ms, way in peers(name, "median_ms")) or "–"
        lines.append(f"| {name} | {seconds(mine)} | {ways} | {f'**{ratio:.2f}×**' if ratio else '–'} | {bar}× | {show(memory)} | {show(most)} | {f'{100 * memory / most:.0f} %' if memory and most else '–'} |")
    for name, *_ in threaded(rows):
        one, two = (bench.median(f"ours, {n} threads: {name}", "median_ms") for n in (1, 2))
        if one and two:
            ratios["1 → 2 threads: " + name] = dict(ratio=one / two, bar=1.75)
            lines.append(f"| the same, 1 → 2 threads: {name} | {seconds(one)} → {seconds(two)} | | {one / two:.2f}× | 1.75× | | | |")
    loader = [(n, bench.median(f"h5py: loader {n}", "frames_per_s")) for n, _, _ in LOADER]
    if any(x for _, x in loader):
        lines += ["", "| loader, random windows of 16 frames | orrery, 2 threads | h5py | ratio | bar |", "|---|---|---|---|---|"]
        for name, theirs in loader:
            for cache in (256, 1024):
                mine = bench.median(f"ours, cache {cache}: loader {name}", "frames_per_s")
                if mine and theirs:
                    ratios[f"loader {name}, cache {cache} MiB"] = dict(ratio=mine / theirs, bar=4)
                    lines.append(f"| {name}, our cache {cache} MiB, h5py's 256 MiB | {mine:,.0f} frames/s | {theirs:,.0f} frames/s | {mine / theirs:.2f}× | 4× |")
    lines += ["", f"Of PyTorch's memory its imports alone are {imports}."]
    if waited is not None:
        lines += ["", f"Waiting for data: {100 * waited:.2f} % of a training step (bar: 2 %)."]
    for key, why in bench.failed.items():
        lines.append(f"\nNot measured: {key}: {why}")
    return "\n".join(lines), dict(machine=machine, ratios=ratios, data_wait=waited, failed=bench.failed, measured=bench.measured)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orrery", default=".build/release/orrery")
    parser.add_argument("--peer", action="append", help="a Python with torch, diffusers and h5py; repeat for several")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--iters", type=int, default=3)
    parser.add_argument("--only", action="append", help="rows whose name contains this; 'loader' and 'wait' for those, 'models' for none of them")
    parser.add_argument("--work", default=".build/bench", help="folder for the loader's files (2 GB)")
    parser.add_argument("--out", default=".build/bench/bench")
    o = parser.parse_args()
    o.peer = o.peer or [".venv/bin/python"]
    for program in [o.orrery, *o.peer, "/usr/bin/time"]:
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is missing: make build, bash Tests/Interop/setup.sh, apt-get install time")
    if os.getloadavg()[0] > 0.5:
        print(f"note: the load is {os.getloadavg()[0]:.1f}; other work on this machine spoils the figures", file=sys.stderr)
    bench = Bench(o)
    wanted = lambda word: not o.only or word in o.only
    rows = bench.models() if not o.only or any(w not in ("loader", "wait") for w in o.only) else []
    if wanted("loader"):
        bench.loader()
    waited = bench.wait() if wanted("wait") else None
    text, value = table(bench, rows, waited)
    pathlib.Path(o.out).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(o.out + ".md").write_text(text + "\n")
    pathlib.Path(o.out + ".json").write_text(json.dumps(value, indent=1) + "\n")
    print(text)


main()
