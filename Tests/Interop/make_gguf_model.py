"""A small Wan transformer as the gguf package writes it, under its original names, and what the package reads from it.

usage: pip install gguf numpy safetensors; python make_gguf_model.py OUT [DIM]
Writes OUT/model.gguf, OUT/plain.safetensors (the same weights as f32, original names) and OUT/config.json (the original code's, for
the heads). With DIM a multiple of 256 matrices take turns in every type that is read; below that in those with blocks of 32."""
import json, os, sys
import numpy as np
import gguf
from gguf import GGMLQuantizationType as T
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file

out, d = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 32
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(11)
text, freq, ffn, layers, heads = d, d, 2 * d, 2, 2
shapes = {"patch_embedding.weight": (d, 4, 1, 2, 2), "patch_embedding.bias": (d,), "text_embedding.0.weight": (d, text), "text_embedding.0.bias": (d,),
          "text_embedding.2.weight": (d, d), "text_embedding.2.bias": (d,), "time_embedding.0.weight": (d, freq), "time_embedding.0.bias": (d,),
          "time_embedding.2.weight": (d, d), "time_embedding.2.bias": (d,), "time_projection.1.weight": (6 * d, d), "time_projection.1.bias": (6 * d,),
          "head.head.weight": (16, d), "head.head.bias": (16,), "head.modulation": (1, 2, d)}
for i in range(layers):
    b = f"blocks.{i}."
    shapes |= {b + "modulation": (1, 6, d), b + "norm3.weight": (d,), b + "norm3.bias": (d,), b + "ffn.0.weight": (ffn, d), b + "ffn.0.bias": (ffn,),
               b + "ffn.2.weight": (d, ffn), b + "ffn.2.bias": (d,)}
    for a in ("self_attn", "cross_attn"):
        for l in "qkvo": shapes |= {f"{b}{a}.{l}.weight": (d, d), f"{b}{a}.{l}.bias": (d,)}
        for n in ("norm_q", "norm_k"): shapes[f"{b}{a}.{n}.weight"] = (d,)

halves = {T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}
kinds = [T.Q8_0, T.Q4_0, T.F16, T.BF16, T.F32] + (list(halves) if d % 256 == 0 else [])
w, plain, turn = gguf.GGUFWriter(out + "/model.gguf", "wan"), {}, 0
w.add_name("small random Wan")
w.add_license("CC0-1.0")
w.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
for name, shape in shapes.items():
    x = (rng.normal(0, 1, shape) * (0.02 if len(shape) < 2 else 1 / np.sqrt(np.prod(shape[1:])))).astype(np.float32) + ("norm" in name and "weight" in name)
    x = x.astype(np.float32)
    kind = T.F32
    if len(shape) == 2 and name.startswith("blocks"):
        kind, turn = kinds[turn % len(kinds)], turn + 1
    if len(shape) == 5:                                  # more axes than ggml has: flat, and its shape in the metadata
        w.add_array("comfy.gguf.orig_shape." + name, [int(n) for n in shape])
        w.add_tensor(name, x.reshape(shape[0], -1))
        plain[name] = x
        continue
    if kind in halves:                                   # the package cannot quantise to these: random blocks with small scales
        elements, size = GGML_QUANT_SIZES[kind]
        data = rng.integers(0, 256, (shape[0], shape[1] // elements, size), dtype=np.uint8)
        for place in halves[kind]:
            s = (rng.normal(0, 3e-4, data.shape[:2])).astype(np.float16)
            data[:, :, place:place + 2] = s.view(np.uint8).reshape(*data.shape[:2], 2)
        q = data.reshape(shape[0], -1)
    else:
        q = x if kind == T.F32 else x.astype(np.float16) if kind == T.F16 else quantize(x, kind)
    plain[name] = dequantize(q, kind).reshape(shape).astype(np.float32) if kind not in (T.F32, T.F16) else q.astype(np.float32)
    w.add_tensor(name, q, raw_dtype=kind)
w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
save_file(plain, out + "/plain.safetensors")
json.dump(dict(_class_name="WanModel", model_type="t2v", dim=d, ffn_dim=ffn, freq_dim=freq, in_dim=4, out_dim=4, num_heads=heads, num_layers=layers, eps=1e-6, text_len=512),
          open(out + "/config.json", "w"), indent=1)
