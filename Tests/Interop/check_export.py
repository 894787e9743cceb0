"""Holds an exported folder against diffusers and against our own frames.

    .venv/bin/python Tests/Interop/check_export.py DIR…

1. WanTransformer3DModel.from_pretrained(DIR/transformer) gives our stored output to 1e-5 (max|a-b| / max|b|).
2. decode.py gives our frames from our noise, from nothing and continuing, to one grey level.
3. diffusers' own FlowMatchEulerDiscreteScheduler, loaded from DIR/scheduler, takes the same path.
4. text_embedder/config.json's algorithm, followed here, gives the stored embeddings.
5. The weights' metadata names the weights, the run and the ledger's totals.
"""
import hashlib
import json
import os
import sys

import numpy as np
from decode import Exported
from safetensors import safe_open
from safetensors.numpy import load_file

failures = []


def check(name, ok, detail):
    print(f"  {'ok  ' if ok else 'FAIL'} {name}: {detail}")
    if not ok:
        failures.append(name)


def relative(a, b):
    return float(np.abs(a.astype(np.float64) - b).max() / np.abs(b).max())


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011) of one counter."""
    x, (a, b), mask = list(counter), key, 0xFFFFFFFF
    for _ in range(10):
        p, q = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(q >> 32) ^ x[1] ^ a, q & mask, (p >> 32) ^ x[3] ^ b, p & mask]
        a, b = (a + 0x9E3779B9) & mask, (b + 0xBB67AE85) & mask
    return x


def hashed_words(caption, tokens, width):
    """text_embedder/config.json, step by step."""
    words = "".join(c if c.isalpha() or c.isnumeric() else " " for c in caption.lower()).split() or [""]
    out = np.zeros((tokens, width), np.float32)
    for i, word in enumerate(words[:tokens]):
        key = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        for j in range(width):
            w = philox((j, 6, 0, 0), (key & 0xFFFFFFFF, key >> 32))
            out[i, j] = np.sqrt(-2 * np.log((w[0] + 1) / 2**32)) * np.cos(2 * np.pi * (w[1] / 2**32))
    return out


def check_transformer(model, folder):
    replay = load_file(os.path.join(folder, "replay.safetensors"))
    y = model.predict(replay["hidden_states"], replay["timestep"], replay["encoder_hidden_states"])
    error = relative(y, replay["output"])
    check("from_pretrained gives the stored output", error <= 1e-5, f"max|a-b|/max|b| = {error:.2e}")
    # A level a sample instead of one a token is the same model: the first sample's tokens share theirs.
    y = model.predict(replay["hidden_states"][:1], replay["timestep"][:1, 0], replay["encoder_hidden_states"][:1])
    error = relative(y, replay["output"][:1])
    check("with one timestep a sample too", error <= 1e-5, f"{error:.2e}")


def check_frames(model, folder):
    path = os.path.join(folder, "example.safetensors")
    example = load_file(path)
    with safe_open(path, "np") as f:
        facts = f.metadata()
    steps, shift, context = int(facts["steps"]), float(facts["shift"]), int(facts["context"])
    ours = example["frames"].astype(int)
    check("the stored frames are no blank", ours.std() > 1, f"deviation {ours.std():.1f} levels")

    def compare(name, frames, ours):
        difference = np.abs(frames.astype(int) - ours)
        check(name, difference.max() <= 1, f"max {difference.max()} of 255, {(difference > 0).mean() * 100:.4f} % of values differ")

    compare("decode.py's frames, from noise", model.sample(example["noise"], example["text"], steps, shift), ours)
    if context:
        compare("decode.py's frames, continuing", model.sample(example["continued.noise"], example["text"], steps, shift, given=ours[:context].astype(np.uint8)),
                example["continued.frames"].astype(int))
    compare("diffusers' scheduler takes the same path", with_scheduler(model, folder, example, steps), ours)


def with_scheduler(model, folder, example, steps):
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(os.path.join(folder, "scheduler"))
    scheduler.set_timesteps(sigmas=list(1 - np.arange(steps) / steps))
    x = torch.from_numpy(example["noise"])
    for t, sigma in zip(scheduler.timesteps, scheduler.sigmas):
        y = torch.from_numpy(model.predict(x.numpy(), t[None].float().numpy(), example["text"]))
        x = scheduler.step((x - y) / sigma if model.x0 else y, t, x, return_dict=False)[0]
    return model.decode(x.numpy())


def check_text(model, folder):
    config = json.load(open(os.path.join(folder, "text_embedder", "config.json")))
    null, captions, names = model.embeddings()
    if config["name"] != "hashed-words/1":
        return
    pairs = [("", null)] + list(zip(names, captions if names else []))[:3]
    error = max(float(np.abs(hashed_words(c, config["tokens"], config["width"]) - e).max()) for c, e in pairs)
    check("the embedder's description gives its vectors", error <= 1e-6, f"max difference {error:.1e} over {len(pairs)} captions")


def check_metadata(folder):
    path = os.path.join(folder, "transformer", "diffusion_pytorch_model.safetensors")
    with safe_open(path, "np") as f:
        facts = f.metadata()
    size = int.from_bytes(open(path, "rb").read(8), "little")
    actual = hashlib.sha256(open(path, "rb").read()[8 + size :]).hexdigest()
    check("weights_sha256 is the data buffer's", facts["weights_sha256"] == actual, actual[:16] + "…")
    summary = json.loads(facts["ledger_summary"])
    check("the ledger's totals are in the header", summary["frames_seen"] > 0 and len(facts["ledger_head"]) == 64,
          f"{summary['clips']} clips, {summary['frames_seen']} frames seen, {facts['distribution']}")


for folder in sys.argv[1:]:
    print(folder)
    exported = Exported(folder)
    check_transformer(exported, folder)
    check_frames(exported, folder)
    check_text(exported, folder)
    check_metadata(folder)
if failures:
    sys.exit(f"{len(failures)} checks failed: {', '.join(failures)}")
