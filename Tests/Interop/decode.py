"""Makes video from an exported folder without orrery: noise and a caption's embedding in, frames out.

    .venv/bin/python Tests/Interop/decode.py DIR [--out frames.npy] [--caption N] [--seed 0] [--steps 20]

Only the transformer itself is diffusers'; levels, velocity, Euler steps and the codec are the few lines of numpy below, written from
DIR/world.json and DIR/codec.json. B samples, F latent frames, H x W latent pixels, C channels, T frames, L words of E features.
"""
import argparse
import json
import os

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import torch
from diffusers import WanTransformer3DModel
from safetensors import safe_open
from safetensors.numpy import load_file


class Exported:
    def __init__(self, folder):
        self.folder = folder
        self.world = json.load(open(os.path.join(folder, "world.json")))
        self.codec = json.load(open(os.path.join(folder, "codec.json")))
        self.patch = self.world["model"]["transformer"]["patch_size"]
        self.x0 = self.world["model"]["objective"]["prediction"] == "x0"
        self.clip = self.world["model"]["clip"]
        self.transformer = WanTransformer3DModel.from_pretrained(os.path.join(folder, "transformer"))

    def embeddings(self):
        """(null [L,E], captions [N,L,E], the captions)"""
        path = os.path.join(self.folder, "text_embedder", "embeddings.safetensors")
        with safe_open(path, "np") as f:
            names = json.loads(f.metadata()["captions"])
            return f.get_tensor("null"), f.get_tensor("captions") if names else None, names

    def predict(self, x, timestep, text):
        """The transformer's output [B,C,F,H,W]."""
        with torch.no_grad():
            y = self.transformer(torch.from_numpy(x), torch.from_numpy(timestep), torch.from_numpy(text), return_dict=False)[0]
        return y.numpy()

    def latent_shape(self, frames=None):
        c, k = self.clip, self.codec
        return (1, k["channels"], (frames or c["frames"]) // k["time"], c["height"] // k["space"], c["width"] // k["space"])

    def sample(self, noise, text, steps, shift=1.0, given=None):
        """Euler along sigma = 1 - i/steps, all unknown frames together. `given` [T0,H,W,3] is kept clean at the front."""
        x = noise.copy()
        _, _, f, h, w = x.shape
        tokens_a_frame = (h // self.patch[1]) * (w // self.patch[2])
        known = 0
        if given is not None:
            clean = self.encode(given)
            known = clean.shape[2]
            x[:, :, :known] = clean
        groups = f // self.patch[0]
        known_groups = known // self.patch[0]
        ramp = 1 - np.arange(steps + 1) / steps
        ramp = (ramp * shift / (1 + (shift - 1) * ramp)).astype(np.float32)
        for now, after in zip(ramp[:-1], ramp[1:]):
            levels = np.where(np.arange(groups) < known_groups, np.float32(0), now)
            timestep = np.repeat(np.float32(1000) * levels, tokens_a_frame)[None]
            y = self.predict(x, timestep, text)
            velocity = (x - y) / now if self.x0 else y
            x[:, :, known:] += (after - now) * velocity[:, :, known:]
        return self.decode(x)

    def decode(self, x):
        """Latents [1,C,F,H,W] to frames [T,H,W,3] u8."""
        k = self.codec
        t, s = k["time"], k["space"]
        _, _, f, h, w = x.shape
        blocks = x[0].transpose(1, 2, 3, 0).reshape(f, h, w, t, s, s, 3)
        if k["kind"] == "haar":
            for axis in (5, 4, 3):
                blocks = haar_inverse(blocks, axis)
        pixels = blocks.transpose(0, 3, 1, 4, 2, 5, 6).reshape(f * t, h * s, w * s, 3).astype(np.float64)
        return np.clip(np.floor((pixels * k["deviation"] + k["mean"]) * 255 + 0.5), 0, 255).astype(np.uint8)

    def encode(self, frames):
        """Frames [T,H,W,3] u8 to latents [1,C,F,H,W]."""
        k = self.codec
        t, s = k["time"], k["space"]
        n, height, width, _ = frames.shape
        v = ((frames.astype(np.float32) / 255 - k["mean"]) / k["deviation"]).astype(np.float32)
        blocks = v.reshape(n // t, t, height // s, s, width // s, s, 3).transpose(0, 2, 4, 1, 3, 5, 6)
        if k["kind"] == "haar":
            for axis in (3, 4, 5):
                blocks = haar_forward(blocks, axis)
        return np.ascontiguousarray(blocks.reshape(n // t, height // s, width // s, -1).transpose(3, 0, 1, 2)[None])


def haar_forward(x, axis):
    x = np.moveaxis(x, axis, -1).copy()
    n = x.shape[-1]
    while n > 1:
        a, b = x[..., 0:n:2].copy(), x[..., 1:n:2].copy()
        x[..., : n // 2], x[..., n // 2 : n] = (a + b) * np.float32(0.5**0.5), (a - b) * np.float32(0.5**0.5)
        n //= 2
    return np.moveaxis(x, -1, axis)


def haar_inverse(x, axis):
    x = np.moveaxis(x, axis, -1).copy()
    n = 2
    while n <= x.shape[-1]:
        a, d = x[..., : n // 2].copy(), x[..., n // 2 : n].copy()
        x[..., 0:n:2], x[..., 1:n:2] = (a + d) * np.float32(0.5**0.5), (a - d) * np.float32(0.5**0.5)
        n *= 2
    return np.moveaxis(x, -1, axis)


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--out", default="frames.npy")
    p.add_argument("--caption", type=int, help="index into the stored captions; none by default")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--steps", type=int, default=20)
    a = p.parse_args()
    model = Exported(a.folder)
    null, captions, names = model.embeddings()
    text = null if a.caption is None else captions[a.caption]
    noise = np.random.default_rng(a.seed).standard_normal(model.latent_shape()).astype(np.float32)
    frames = model.sample(noise, text[None], a.steps)
    np.save(a.out, frames)
    print(f"{a.out}: {frames.shape}, caption {'none' if a.caption is None else repr(names[a.caption])}")
