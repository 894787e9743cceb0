"""One timing of diffusers' WanTransformer3DModel on this CPU: what `orrery perf train|forward` is held against.

The flags are those of `orrery perf`; --bf16 means autocast with f32 master weights, --compile means torch.compile. Prints one line of
JSON. A training step is forward, mean squared error, backward, clip to 1.0, fused AdamW, as ours is.
"""
import argparse
import json
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from diffusers import WanTransformer3DModel

SIZES = dict(dim=384, layers=12, heads=6, ffn=1536, channels=16, frames=8, size=16, batch=4, text=64, text_dim=384, iters=5, threads=2)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=["train", "forward"])
    for name, default in SIZES.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=default)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


def model(o):
    return WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=o.heads, attention_head_dim=o.dim // o.heads, in_channels=o.channels, out_channels=o.channels,
        text_dim=o.text_dim, freq_dim=256, ffn_dim=o.ffn, num_layers=o.layers, cross_attn_norm=True, qk_norm="rms_norm_across_heads")


def main():
    o = options()
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    net = model(o)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    run = torch.compile(net) if o.compile else net
    latents = torch.randn(o.batch, o.channels, o.frames, o.size, o.size)
    inputs = dict(hidden_states=latents, timestep=torch.rand(o.batch) * 1000, encoder_hidden_states=torch.randn(o.batch, o.text, o.text_dim), return_dict=False)
    target = torch.randn_like(latents)

    def train():
        with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
            loss = torch.nn.functional.mse_loss(run(**inputs)[0].float(), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def forward():
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
            return run(**inputs)[0].float().sum().item()

    step = train if o.work == "train" else forward
    first, _, times = step(), step(), []
    for _ in range(o.iters):
        start = time.perf_counter()
        last = step()
        times.append(time.perf_counter() - start)
    times.sort()
    print(json.dumps(dict(
        median_ms=times[len(times) // 2] * 1e3, min_ms=times[0] * 1e3, loss_first=first, loss_last=last, parameters=sum(p.numel() for p in net.parameters()),
        torch=torch.__version__, capability=torch.backends.cpu.get_cpu_capability(), mkl=torch.backends.mkl.is_available())))


main()
