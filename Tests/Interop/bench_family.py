"""`make bench-family`: shapes of the Wan family beside PyTorch with diffusers, peft and transformers, in turns, on this machine.

usage: bench_family.py --orrery PATH [--peer PYTHON] [--rows vae,step,forward,text] [--rounds N] [--dtypes f32,bf16]

Every timing is a process of its own: one pass to warm up, one that counts, both sides in turns. A figure is the median over rounds;
of PyTorch's types the fastest counts for time, and the smallest peak for memory. Weights are random, of the published shape.
OPENBLAS_* variables are taken out of the environment for both sides.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

PEER = r'''
import json, resource, sys, time
import torch
work, kind, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[kind]

def shape_of_13():
    from diffusers import WanTransformer3DModel
    torch.set_default_dtype(dtype)
    model = WanTransformer3DModel(num_attention_heads=12, attention_head_dim=128, ffn_dim=8960, num_layers=30)
    torch.set_default_dtype(torch.float32)
    return model.requires_grad_(False)

def noise(*shape):
    return torch.randn(*shape, dtype=dtype)

if work in ("step", "forward"):
    model = shape_of_13()
    x, t, text = noise(1, 16, 5, 32, 32), torch.tensor([500.0]), noise(1, 512, 4096)
    if work == "step":
        from peft import LoraConfig
        model.add_adapter(LoraConfig(r=32, lora_alpha=32, target_modules=["to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2"]))
        trained = [p for p in model.parameters() if p.requires_grad]
        for p in trained:
            p.data = p.data.float()
        model.enable_gradient_checkpointing()
        model.train()
        optimizer = torch.optim.AdamW(trained, lr=1e-4)

        def run():
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
                y = model(x, t, text, return_dict=False)[0]
            (y.float() - x.float()).square().mean().backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
    else:
        def run():
            with torch.no_grad():
                model(x, t, text, return_dict=False)
elif work in ("encode", "decode"):
    from diffusers import AutoencoderKLWan
    model = AutoencoderKLWan().to(dtype).eval()
    clip, z = noise(1, 3, 17, 256, 256), noise(1, 16, 5, 32, 32)

    def run():
        with torch.no_grad():
            model.encode(clip) if work == "encode" else model.decode(z)
else:
    from transformers import UMT5Config, UMT5EncoderModel
    torch.set_default_dtype(dtype)
    model = UMT5EncoderModel(UMT5Config(vocab_size=256384, d_model=4096, d_kv=64, d_ff=10240, num_layers=6, num_heads=64)).eval()
    torch.set_default_dtype(torch.float32)
    ids = torch.randint(0, 256384, (1, 512))

    def run():
        with torch.no_grad():
            model(ids)
seconds = []
for _ in range(2):
    start = time.perf_counter()
    run()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"ms": 1e3 * seconds[-1], "bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
'''

FAMILY = ["--like", "wan2.1-t2v-1.3b", "--frames", "5", "--size", "32", "--batch", "1", "--iters", "1"]
# name, what the peer is asked, our words, our field, the bar
ROWS = {
    "step": [("LoRA step, 1.3 B, rank 32, 1280 tokens, recomputed", "step", ["perf", "train", *FAMILY, "--lora", "32", "--recompute"], "median_ms", 1.6)],
    "forward": [("forward, 1.3 B, 1280 tokens", "forward", ["perf", "forward", *FAMILY], "median_ms", 1.5)],
    "vae": [
        ("autoencoder 2.1, 17×256×256, encode", "encode", ["perf", "vae", "--way", "encode", "--iters", "2"], "encode_ms", 1.5),
        ("autoencoder 2.1, 17×256×256, decode", "decode", ["perf", "vae", "--way", "decode", "--iters", "2"], "decode_ms", 2.5),
    ],
    "text": [("UMT5, 6 of 24 layers, 512 tokens", "text", ["perf", "text", "--like", "umt5-xxl", "--layers", "6", "--tokens", "512", "--iters", "1"], "median_ms", 1.2)],
}


def last_json(words, env):
    done = subprocess.run(words, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words[:4])} … ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--orrery", required=True)
    p.add_argument("--peer", default=".venv/bin/python")
    p.add_argument("--rows", default="vae,forward,step,text")
    p.add_argument("--dtypes", default="f32,bf16")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    a = p.parse_args()
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    dtypes = a.dtypes.split(",")
    print("| work | ours | PyTorch | ratio | bar | memory, ours | PyTorch | share |\n|---|---|---|---|---|---|---|---|")
    for row in [row for name in a.rows.split(",") for row in ROWS[name]]:
        name, work, words, field, bar = row
        ours, theirs = {d: [] for d in dtypes}, {d: [] for d in dtypes}
        for _ in range(a.rounds):
            for d in dtypes:
                mine = last_json([a.orrery, *words, "--dtype", d, "--threads", str(a.threads), "--json"], env)
                ours[d].append((mine[field], mine["peak_bytes"]))
                other = last_json([a.peer, "-c", PEER, work, d, str(a.threads)], env)
                theirs[d].append((other["ms"], other["bytes"]))

        def best(side, index):
            return min((statistics.median(x[index] for x in runs), d) for d, runs in side.items())

        (mine, md), (other, od) = best(ours, 0), best(theirs, 0)
        mine_bytes, (other_bytes, _) = statistics.median(x[1] for x in ours[md]), best(theirs, 1)
        print(
            f"| {name} | {mine / 1e3:.1f} s ({md}) | {other / 1e3:.1f} s ({od}) | {other / mine:.2f} | {bar} "
            f"| {mine_bytes / 1e9:.2f} GB | {other_bytes / 1e9:.2f} GB | {100 * mine_bytes / other_bytes:.0f} % |",
            flush=True)


if __name__ == "__main__":
    main()
