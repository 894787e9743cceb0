"""LPIPS, FVD and KVD with the published weights, against the package lpips, an I3D in PyTorch and scipy: 1e-4.

    python check_learnt.py ORRERY WORK DATASETS

WORK gets two rendered datasets of 33 clips; DATASETS is where datasets/lpips and datasets/i3d lie (their recipes made them).
"""
import json
import pathlib
import pickle
import subprocess
import sys
import warnings

import h5py
import numpy as np
import torch

warnings.filterwarnings("ignore")
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Fixtures/learnt"))
from make import I3D, frechet, kvd  # noqa: E402

orrery, work, weights = sys.argv[1:]


def run(*words):
    return json.loads(subprocess.run([orrery, *words, "--json", "--features", weights], check=True, capture_output=True, text=True).stdout)


def clips(path):
    with h5py.File(path) as f:
        pixels = f["pixels"][:].astype(np.uint8)
    return pixels.reshape(33, -1, *pixels.shape[1:])


paths = []
for i, scenario in enumerate(("projectile", "free-fall")):
    paths.append(f"{work}/{scenario}.h5")
    subprocess.run([orrery, "worlds", "render", "--scenario", scenario, "--count", "33", "--frames", "16", "--size", "64", "--out", paths[-1]],
                   check=True, capture_output=True)
a, b = (clips(p) for p in paths)
worst = {}


def compare(name, found, wanted):
    worst[name] = abs(found - wanted) / abs(wanted)
    print(f"  {name}: {found:.7g}, theirs {wanted:.7g}, {worst[name]:.2g} apart")


import lpips  # noqa: E402

said = run("score", paths[0], "--reference", paths[1], "--metric", "lpips", "--metric", "lpips_vgg")["items"][0]["metrics"]
for net, file, key, metric in (("alex", "alexnet", "AlexNet_0", "lpips"), ("vgg", "vgg16", "VGG16_0", "lpips_vgg")):
    d = pickle.load(open(f"{weights}/lpips/{file}.ckpt", "rb"))
    m = lpips.LPIPS(net=net, pnet_rand=True, verbose=False).eval()
    for i, layer in enumerate(l for l in m.net.modules() if isinstance(l, torch.nn.Conv2d)):
        layer.weight.data = torch.tensor(d[key][f"Conv_{i}"]["kernel"]).permute(3, 2, 0, 1).contiguous()
        layer.bias.data = torch.tensor(d[key][f"Conv_{i}"]["bias"])
    for i in range(5):
        assert np.array_equal(m.lins[i].model[1].weight.detach().numpy().ravel(), d[f"NetLinLayer_{i}"]["Conv_0"]["kernel"].ravel()), "the heads differ"
    pictures = [[torch.tensor(c).permute(0, 3, 1, 2).float() / 127.5 - 1 for c in v] for v in (a, b)]
    with torch.no_grad():
        compare(metric, said[metric]["value"], float(np.mean([m(x, y).mean() for x, y in zip(*pictures)])))
net = I3D(pickle.load(open(f"{weights}/i3d/i3d-kinetics-400.ckpt", "rb")))
logits = [np.stack([net(c) for c in v]).astype(np.float64) for v in (a, b)]
said = run("metrics", "distance", *paths)["metrics"]
compare("fvd", said["fvd"]["value"], frechet(*logits))
compare("kvd", said["kvd"]["value"], kvd(*logits))
if max(worst.values()) > 1e-4:
    sys.exit("over 1e-4")
