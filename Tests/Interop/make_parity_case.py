"""Writes a parity case: what diffusers' WanTransformer3DModel computes in f32, for `orrery parity` to replay.

    .venv/bin/python Tests/Interop/make_parity_case.py FOLDER [--heads 2 --head-dim 24 --patch 1 2 2 …]
    .venv/bin/python Tests/Interop/make_parity_case.py --all Tests/Fixtures     # the repository's own cases

FOLDER/transformer is a diffusers folder; FOLDER/case.safetensors holds the inputs and what torch made of them: output, loss,
grad.<parameter>, and the five losses of AdamW (1e-3, betas .9/.95, eps 1e-8, decay .01, clip 1.0).
B samples, C channels, F latent frames, H x W latent pixels, L text tokens.
"""
import argparse
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import save_file

# Each case leaves the beaten path in one or two places; sizes are as small as still shows a mistake.
CASES = {
    # Three heads of 10 features: 10 is not divisible by 6, so the frame axis takes what height and width leave.
    "wan-three-heads": dict(heads=3, head_dim=10, seed=11),
    # A patch two frames deep.
    "wan-patch-222": dict(patch=(2, 2, 2), frames=6, seed=12),
    "wan-no-cross-norm": dict(cross_attn_norm=False, seed=13),
    # 3 x 5 x 3 = 45 tokens, a prime number of text tokens.
    "wan-odd-tokens": dict(frames=3, height=10, width=6, text_tokens=7, heads=1, head_dim=36, seed=14),
    # Latents of 6 channels in, 4 out (a concatenated image, say).
    "wan-in-out-channels": dict(in_channels=6, out_channels=4, seed=15),
    # Three samples, a level for every token, patch 1.
    "wan-batch-3": dict(batch=3, patch=(1, 1, 1), frames=3, height=3, width=4, per_token=True, seed=16),
    # One layer, one token, one text token: softmax over one key, so the gradients of queries and keys are zero but for rounding.
    "wan-single": dict(layers=1, frames=1, height=2, width=2, text_tokens=1, batch=1, heads=1, head_dim=12, seed=17),
}
DEFAULTS = dict(batch=2, frames=3, height=6, width=8, in_channels=4, out_channels=4, heads=2, head_dim=12, layers=2, ffn_dim=40,
                freq_dim=16, text_dim=10, text_tokens=5, patch=(1, 2, 2), cross_attn_norm=True, per_token=False, seed=0)


def model_for(c):
    model = WanTransformer3DModel(
        patch_size=tuple(c["patch"]), num_attention_heads=c["heads"], attention_head_dim=c["head_dim"], in_channels=c["in_channels"],
        out_channels=c["out_channels"], text_dim=c["text_dim"], freq_dim=c["freq_dim"], ffn_dim=c["ffn_dim"], num_layers=c["layers"],
        cross_attn_norm=c["cross_attn_norm"], qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=64)
    # diffusers leaves some tensors at zero or one, where a swapped or forgotten one would not show.
    generator = torch.Generator().manual_seed(c["seed"])
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn(p.shape, generator=generator) * (0.1 if p.ndim == 1 else 0.05))
    return model.float()


def write_case(folder, **options):
    c = {**DEFAULTS, **options}
    torch.manual_seed(c["seed"])
    model = model_for(c)
    model.save_pretrained(os.path.join(folder, "transformer"))
    b, f, h, w = c["batch"], c["frames"], c["height"], c["width"]
    tokens = f // c["patch"][0] * (h // c["patch"][1]) * (w // c["patch"][2])
    hidden = torch.randn(b, c["in_channels"], f, h, w)
    timestep = 1000 * torch.rand(b, tokens) if c["per_token"] else 1000 * torch.rand(b)
    text = torch.randn(b, c["text_tokens"], c["text_dim"])
    target = torch.randn(b, c["out_channels"], f, h, w)

    def forward():
        y = model(hidden_states=hidden, timestep=timestep, encoder_hidden_states=text, return_dict=False)[0]
        return y, torch.nn.functional.mse_loss(y, target)

    output, loss = forward()
    loss.backward()
    case = {"hidden_states": hidden, "timestep": timestep, "encoder_hidden_states": text, "target": target, "output": output.detach(),
            "loss": loss.detach().reshape(1)}
    for name, p in model.named_parameters():
        case["grad." + name] = p.grad.clone()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01)
    losses = [loss.item()]
    for _ in range(4):
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        _, loss = forward()
        loss.backward()
        losses.append(loss.item())
    case["adamw_losses"] = torch.tensor(losses)
    save_file({k: v.contiguous() for k, v in case.items()}, os.path.join(folder, "case.safetensors"), metadata={"format": "pt"})
    size = sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(folder) for n in names)
    print(f"{folder}: {tokens} tokens, {sum(p.numel() for p in model.parameters())} parameters, {size / 1000:.0f} kB")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--all", action="store_true", help="write every case of the repository below FOLDER")
    for name, value in DEFAULTS.items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            p.add_argument(flag, action=argparse.BooleanOptionalAction, default=value)
        elif isinstance(value, tuple):
            p.add_argument(flag, type=int, nargs=3, default=value)
        else:
            p.add_argument(flag, type=int, default=value)
    a = vars(p.parse_args())
    folder, every = a.pop("folder"), a.pop("all")
    torch.set_num_threads(1)
    if every:
        for name, options in CASES.items():
            write_case(os.path.join(folder, name), **options)
    else:
        for axis, size, patch in zip(("frames", "height", "width"), (a["frames"], a["height"], a["width"]), a["patch"]):
            if size % patch:
                sys.exit(f"{axis} {size} is not divisible by the patch {patch}")
        write_case(folder, **a)


if __name__ == "__main__":
    main()
