"""Makes Tests/Fixtures/tiny: two small autoencoders in TAEHV's layout with random weights, and what PyTorch makes of a clip.

    python3 Tests/Interop/make_tiny_autoencoders.py Tests/Fixtures/tiny

Needs torch and safetensors. The network is written here from the layout's description: pictures [T,C,H,W], each block of three
convolutions sees its input and the one of the frame before.
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file


def weights(z, patch, wide, enc, times_down, times_up):
    """Names and values, drawn so that nothing dies or explodes."""
    w = {}

    def conv(name, o, i, k=3, bias=True):
        w[f"{name}.weight"] = torch.randn(o, i, k, k) * (1.8 / (i * k * k)) ** 0.5
        if bias:
            w[f"{name}.bias"] = torch.randn(o).abs() * 0.2

    def block(name, c):
        conv(f"{name}.conv.0", c, 2 * c)
        conv(f"{name}.conv.2", c, c)
        conv(f"{name}.conv.4", c, c)

    pixels = 3 * patch * patch
    conv("encoder.0", enc, pixels)
    for first, t in zip((2, 7, 12), times_down):
        conv(f"encoder.{first}.conv", enc, enc * t, 1, bias=False)
        conv(f"encoder.{first + 1}", enc, enc, bias=False)
        for i in range(3):
            block(f"encoder.{first + 2 + i}", enc)
    conv("encoder.17", z, enc)
    conv("decoder.1", wide[0], z)
    for first, t, c, after in zip((3, 9, 15), times_up, wide, wide[1:]):
        for i in range(3):
            block(f"decoder.{first + i}", c)
        conv(f"decoder.{first + 4}.conv", c * t, c, 1, bias=False)
        conv(f"decoder.{first + 5}", after, c, bias=False)
    conv("decoder.22", pixels, wide[3])
    return w


def run(w, half, x, times):
    """x [T,C,H,W]; layers by their place in the list."""
    def conv(n, y, stride=1):
        return F.conv2d(y, w[f"{half}.{n}.weight"], w.get(f"{half}.{n}.bias"), stride=stride, padding=1)

    def block(n, y):
        past = torch.cat([torch.zeros_like(y[:1]), y[:-1]])
        h = torch.relu(conv(f"{n}.conv.0", torch.cat([y, past], 1)))
        h = conv(f"{n}.conv.4", torch.relu(conv(f"{n}.conv.2", h)))
        return torch.relu(h + y)

    if half == "encoder":
        x = torch.relu(conv(0, x))
        for first, t in zip((2, 7, 12), times):
            n, c, h, v = x.shape
            x = F.conv2d(x.reshape(n // t, t * c, h, v), w[f"encoder.{first}.conv.weight"])
            x = conv(first + 1, x, stride=2)
            for i in range(3):
                x = block(first + 2 + i, x)
        return conv(17, x)
    x = torch.relu(conv(1, 3 * torch.tanh(x / 3)))
    for first, t in zip((3, 9, 15), times):
        for i in range(3):
            x = block(first + i, x)
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        n, c, h, v = x.shape
        x = F.conv2d(x, w[f"decoder.{first + 4}.conv.weight"]).reshape(n * t, c, h, v)
        x = conv(first + 5, x)
    return conv(22, torch.relu(x))


def case(out, seed, z, patch, wide, enc, down, up, frames, height, width):
    torch.manual_seed(seed)
    w = weights(z, patch, wide, enc, down, up)
    clip = torch.randint(0, 256, (frames, 3, height, width), dtype=torch.uint8)
    x = F.pixel_unshuffle(clip.float() / 255, patch)
    time = 1
    for t in down:
        time *= t
    more = -frames % time
    latents = run(w, "encoder", torch.cat([x, x[-1:].expand(more, -1, -1, -1)]), down)
    given = torch.randn_like(latents) * 2
    decoded = F.pixel_shuffle(run(w, "decoder", given, up), patch).clamp(0, 1)[time - 1:]
    w = {k: v.contiguous() for k, v in w.items()}
    save_file(w, f"{out}.safetensors")
    save_file({"clip": clip.permute(0, 2, 3, 1).contiguous(), "latents": latents.permute(0, 2, 3, 1).contiguous(),
               "z": given.permute(0, 2, 3, 1).contiguous(), "decoded": decoded.permute(0, 2, 3, 1).contiguous()},
              f"{out}-case.safetensors")


if __name__ == "__main__":
    case(sys.argv[1] + "/plain", 1, 4, 1, (6, 5, 4, 4), 4, (2, 2, 1), (1, 2, 2), 9, 16, 24)
    case(sys.argv[1] + "/folded", 12, 5, 2, (5, 4, 4, 3), 4, (2, 2, 1), (1, 2, 2), 7, 32, 32)
