"""Pictures as CLIP's processor of transformers prepares them, for Tests/Fixtures/clip-picture.json.

usage: make_clip_picture.py OUT.json      (needs transformers, pillow, numpy)
Each case: a picture of bytes [height, width, 3] from a fixed rule, the side of the square, and the numbers [3, side, side].
"""
import json
import sys

import numpy as np
from PIL import Image
from transformers import CLIPImageProcessor

cases = []
for height, width, side in [(20, 33, 14), (31, 24, 10), (9, 12, 16), (16, 16, 16)]:
    n = np.arange(height * width * 3)
    pixels = ((n * 37 + (n // 7) * 11) % 256).astype(np.uint8).reshape(height, width, 3)
    processor = CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    out = np.asarray(processor(Image.fromarray(pixels), return_tensors="np")["pixel_values"])[0]
    cases.append({"height": height, "width": width, "side": side, "values": [round(float(v), 6) for v in out.reshape(-1)]})
json.dump(cases, open(sys.argv[1], "w"), separators=(",", ":"))
