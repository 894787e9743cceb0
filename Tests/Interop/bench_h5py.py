"""Random windows of frames from an HDF5 dataset by h5py with a chunk cache: what `orrery perf loader` is held against. Prints JSON.

  bench_h5py.py FILE [--window 16] [--cache-mib 256] [--seconds 1] [--repeats 5]
  bench_h5py.py FILE --repack OUT       # the same data, chunked [8,H,W,3] and packed by h5py itself with gzip 4
"""
import argparse
import json
import random
import time

import h5py


def repack(source, target):
    with h5py.File(source, "r") as a, h5py.File(target, "w") as b:
        for name, value in a.attrs.items():
            b.attrs[name] = value
        for name in a:
            if name != "pixels":
                a.copy(name, b)
        pixels = a["pixels"]
        out = b.create_dataset("pixels", pixels.shape, "u1", chunks=(8,) + pixels.shape[1:], compression="gzip", compression_opts=4)
        for start in range(0, pixels.shape[0], 64):
            out[start:start + 64] = pixels[start:start + 64]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--repack")
    parser.add_argument("--window", type=int, default=16)
    parser.add_argument("--cache-mib", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    o = parser.parse_args()
    if o.repack:
        return repack(o.file, o.repack)
    # As many hash slots as h5py's own advice asks for: about a hundred a chunk that fits.
    with h5py.File(o.file, "r", rdcc_nbytes=o.cache_mib << 20, rdcc_nslots=1_000_003, rdcc_w0=0) as file:
        pixels, starts, rates = file["pixels"], random.Random(1), []
        last = pixels.shape[0] - o.window
        for _ in range(o.repeats + 1):  # the first fills the cache and is not counted
            windows, begin = 0, time.perf_counter()
            while windows == 0 or time.perf_counter() - begin < o.seconds:
                at = starts.randint(0, last)
                pixels[at:at + o.window]
                windows += 1
            rates.append(windows * o.window / (time.perf_counter() - begin))
        rates = sorted(rates[1:])
        stored = pixels.id.get_storage_size() / (pixels.size or 1)
        print(json.dumps(dict(frames_per_s=rates[len(rates) // 2], h5py=h5py.__version__, hdf5=h5py.version.hdf5_version, shape=list(pixels.shape), packed_to=stored)))


main()
