"""Blocks of ggml's types and what the `gguf` package reads from them: Tests/Fixtures/gguf/blocks.safetensors.

usage: pip install gguf numpy safetensors; python make_gguf_blocks.py OUT
The bytes are random; half-precision scales are drawn so that they are finite."""
import sys
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize
from safetensors.numpy import save_file

rng = np.random.default_rng(7)
# Where the halves of a block stand.
halves = {T.Q8_0: [0], T.Q4_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}
out = {}
for kind, places in halves.items():
    elements, size = GGML_QUANT_SIZES[kind]
    rows, blocks = 3, 512 // elements
    data = rng.integers(0, 256, (rows, blocks, size), dtype=np.uint8)
    for place in places:
        scale = (rng.normal(0, 0.05, (rows, blocks))).astype(np.float16)
        data[:, :, place:place + 2] = scale.view(np.uint8).reshape(rows, blocks, 2)
    flat = data.reshape(rows, blocks * size)
    name = kind.name.lower()
    out["bytes." + name] = flat
    out["values." + name] = dequantize(flat, kind).astype(np.float32)
save_file(out, sys.argv[1] + "/blocks.safetensors")
