#!/usr/bin/env python3
"""Small files in the layouts docs/LAYOUTS.md names, and what they must read as (expected.json).

    python make.py            # needs numpy h5py hdf5plugin pillow av pyarrow; writes beside itself

Every picture is a slope of greens with a bright square that moves right; red is brighter at the top, so turned, swapped or shuffled
axes change the hash. A clip's entry holds SHA-256 of its upright RGB bytes and its actions as stored.
"""
import csv, hashlib, io, json, os, tarfile
import av, h5py, hdf5plugin, numpy as np, pyarrow as pa, pyarrow.parquet as pq
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
H, W = 12, 20
entries, bad = {}, {}


def picture_run(count, seed=0, h=H, w=W):
    y, x = np.mgrid[:h, :w]
    out = np.zeros((count, h, w, 3), np.uint8)
    for t in range(count):
        out[t, ..., 0], out[t, ..., 1], out[t, ..., 2] = 200 - 9 * y, 40 + 6 * x + seed, 20 + 5 * t
        at = (2 + 2 * t + seed) % (w - 4)
        out[t, h // 2:h // 2 + 3, at:at + 3] = (250, 240, 30 + seed)
    return out


def moves(count, width, seed=0):
    return np.round(np.sin(np.arange(count * width).reshape(count, width) * .7 + seed), 3)


def room(name):
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def entry(name, layout, read=(), at=None):
    entries[name] = {"layout": layout, "read": list(read), "clips": [], **({"open": at} if at else {})}
    return room(name)


def clip(name, id, frames, actions=None, alignment="frame t, then action t", **said):
    frames = np.ascontiguousarray(frames)
    one = {"id": id, "camera": None, "fps": None, "split": None, "caption": None, **said, "shape": list(frames.shape),
           "frames_sha256": hashlib.sha256(frames.tobytes()).hexdigest()}
    if actions is not None:
        rows = np.asarray(actions).reshape(len(actions), -1)
        one["actions"] = {"shape": list(np.asarray(actions).shape), "alignment": alignment,
                          "values": [[None if v != v else v for v in row] for row in rows.tolist()]}
    entries[name]["clips"].append(one)


def as_jpeg(rgb, swapped=False, comment=None):
    room = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb[..., ::-1] if swapped else rgb)).save(
        room, "JPEG", quality=92, subsampling=0, **({"comment": comment} if comment else {}))
    return room.getvalue()


def seen(data, swapped=False):
    rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    return rgb[..., ::-1] if swapped else rgb


def film(frames, fps=10):
    """Lossless, so that every decoder gives the same bytes."""
    room = io.BytesIO()
    with av.open(room, "w", format="mp4") as out:
        stream = out.add_stream("libx264rgb", rate=fps, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = frames.shape[2], frames.shape[1], "rgb24", 1
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        out.mux(stream.encode())
    return room.getvalue()


def lists(group, name, rows):
    data = group.create_dataset(name, (len(rows),), h5py.vlen_dtype(np.uint8))
    for i, row in enumerate(rows):
        data[i] = np.frombuffer(row, np.uint8)


def rate(n):
    return json.dumps({"env_name": "Push", "type": 1, "env_kwargs": {"control_freq": n}})


# Demonstrations -----------------------------------------------------------------------------------------------------------------
with h5py.File(entry("robomimic.hdf5", "robomimic"), "w") as f:
    f.create_group("data").attrs["env_args"] = rate(20)
    for k, split in ((1, "train"), (2, "validation"), (11, "train")):
        v, a, g = picture_run(3, k), moves(3, 4, k), f.create_group(f"data/demo_{k}")
        g["actions"] = a
        g.create_dataset("obs/front_image", data=v, compression="gzip")
        clip("robomimic.hdf5", f"demo_{k}", v, a, camera="front_image", fps="20/1", split=split)
    f["mask/train"], f["mask/valid"] = np.array(["demo_1", "demo_11", "demo_2"], "S"), np.array(["demo_2"], "S")

with h5py.File(entry("libero.hdf5", "libero"), "w") as f:
    d = f.create_group("data")
    d.attrs["env_args"], d.attrs["macros_image_convention"] = rate(20), "opengl"
    d.attrs["problem_info"] = json.dumps({"language_instruction": "push it"})
    v, a = picture_run(4, 3), moves(4, 2)
    d["demo_0/obs/agentview_rgb"], d["demo_0/actions"] = v[:, ::-1], a
    clip("libero.hdf5", "demo_0", v, a, "action t, then frame t", camera="agentview_rgb", fps="20/1", caption="push it")

with h5py.File(entry("isaaclab.hdf5", "isaaclab", ["fps=30"]), "w") as f:
    v, a, g = picture_run(3, 5), moves(3, 3).astype("f4"), f.create_group("data/demo_0")
    f["data"].attrs["env_args"], g.attrs["success"] = json.dumps({"type": 2}), False
    g["actions"], g["obs/wrist"], g["obs/pose"], g["initial_state/x"] = a, v, np.zeros((3, 3), "f4"), np.zeros((1, 2))
    clip("isaaclab.hdf5", "demo_0", v, a, camera="wrist", fps="30/1")

# Episodes -----------------------------------------------------------------------------------------------------------------------
for name, swapped in (("aloha/episode_0.hdf5", False), ("aloha_bgr/episode_0.hdf5", True)):
    with h5py.File(entry(name, "aloha", ["jpeg_channels=bgr"] if swapped else []), "w") as f:
        v, a = picture_run(3, 7), moves(3, 14).astype("f4")
        rows = [as_jpeg(x, swapped) for x in v]
        pad = np.zeros((3, max(map(len, rows)) + 9), np.uint8)
        for i, r in enumerate(rows):
            pad[i, :len(r)] = np.frombuffer(r, np.uint8)
        f["observations/images/cam_high"], f["observations/images/cam_high_depth"] = pad, np.zeros((3, H, W), np.uint16)
        f["observations/qpos"], f["action"] = a, a
        clip(name, "episode_0", np.stack([seen(r, swapped) for r in rows]), a, camera="cam_high")

name = "robotwin/episode3.hdf5"
with h5py.File(entry(name, "robotwin"), "w") as f:
    v, a = picture_run(3, 9), moves(3, 4)
    rows = [as_jpeg(x, comment=b"XPL-RGB1") for x in v]
    f.create_dataset("observation/head/rgb", data=np.array(rows, f"S{max(map(len, rows))}"))
    f["joint_action/vector"] = a
    clip(name, "episode3", np.stack([seen(r) for r in rows]), a, camera="head")

name = "robomind/task/success_episodes/val/run_7/data/trajectory.hdf5"
with h5py.File(entry(name, "robomind"), "w") as f:
    v, a = picture_run(3, 2), moves(3, 5)
    lists(f, "observations/rgb_images/camera_top", [as_jpeg(x) for x in v])
    f["master/joint_position"] = a
    clip(name, "run_7", np.stack([seen(as_jpeg(x)) for x in v]), a, camera="camera_top", split="validation")

with h5py.File(entry("minari.hdf5", "minari"), "w") as f:
    v, a = picture_run(4, 1), np.arange(3)
    f["episode_0/observations/image"], f["episode_0/actions"] = v, a
    clip("minari.hdf5", "episode_0", v, a, "frame t, then action t; one frame more", camera="image")

with h5py.File(entry("csgo.hdf5", "csgo"), "w") as f:
    v, a = picture_run(3, 4), np.eye(51)[:3]
    for i in range(3):
        f[f"frame_{i}_x"], f[f"frame_{i}_y"] = v[i, ..., ::-1], a[i]
    clip("csgo.hdf5", "csgo", v, a, fps="16/1")

name = "droid/one/trajectory.h5"
with h5py.File(entry(name, "droid", ["action=action/joint_velocity + action/gripper_position"]), "w") as f:
    v, a, b = picture_run(4, 6), moves(4, 3), np.linspace(0, 1, 4)
    f["action/joint_velocity"], f["action/gripper_position"], f["action/cartesian_velocity"] = a, b, moves(4, 6)
    f.attrs["current_task"] = "open it"
    open(room("droid/one/recordings/MP4/123.mp4"), "wb").write(film(v, 15))
    clip(name, "droid/one", v, np.concatenate([a, b[:, None]], 1), camera="123", fps="15/1", caption="open it")

# Flat columns ---------------------------------------------------------------------------------------------------------------------
packings = {"none": {}, "lzf": dict(compression="lzf"), "szip": dict(compression="szip"),
            "gzip": dict(compression="gzip", shuffle=True, fletcher32=True), "zstd": hdf5plugin.Zstd(), "lz4": hdf5plugin.LZ4(),
            "bitshuffle": hdf5plugin.Bitshuffle(cname="lz4"), "bitshuffle_zstd": hdf5plugin.Bitshuffle(cname="zstd"),
            "blosc": hdf5plugin.Blosc(cname="lz4"), "bzip2": hdf5plugin.BZip2()}
for packing, options in packings.items():
    name = f"steps_{packing}.h5"
    with h5py.File(entry(name, "stable-worldmodel"), "w") as f:
        v, a = np.concatenate([picture_run(3, 1), picture_run(2, 2)]), moves(5, 2).astype("f4")
        a[[0, 3]] = np.nan
        f.create_dataset("pixels", data=v, chunks=(2, H, W, 3), **options)
        f["action"], f["ep_len"], f["ep_offset"] = a, np.array([3, 2], "i4"), np.array([0, 3])
        for i, r in enumerate((slice(0, 3), slice(3, 5))):
            clip(name, f"episode_00000{i}", v[r], a[r], camera="pixels")

with h5py.File(entry("d4rl.hdf5", "d4rl"), "w") as f:
    v, a = picture_run(5, 3), moves(5, 2).astype("f4")
    f["observations"], f["actions"], f["terminals"], f["timeouts"] = v, a, [False, True, False, False, False], [False] * 5
    for i, r in enumerate((slice(0, 2), slice(2, 5))):
        clip("d4rl.hdf5", f"episode_00000{i}", v[r], a[r], camera="observations")

with h5py.File(entry("vd4rl.hdf5", "v-d4rl"), "w") as f:
    v, a = picture_run(4, 8), moves(4, 2).astype("f4")
    f["observation"], f["action"], f["step_type"] = v.transpose(0, 3, 1, 2), a, [0., 1., 1., 2.]
    clip("vd4rl.hdf5", "episode_000000", v, a, "action t, then frame t", camera="observation")

with h5py.File(entry("videogpt.h5", "videogpt"), "w") as f:
    v, t = picture_run(5, 3), picture_run(2, 4)
    f["train_data"], f["train_idx"], f["test_data"], f["test_idx"] = v, np.array([0, 3]), t, np.array([0])
    clip("videogpt.h5", "train_000000", v[:3], split="train")
    clip("videogpt.h5", "train_000001", v[3:], split="train")
    clip("videogpt.h5", "test_000000", t, split="validation")

# Arrays of clips ------------------------------------------------------------------------------------------------------------------
two = np.stack([picture_run(4, 1), picture_run(4, 2)])
for name, order, make, read, attrs in (
        ("array_nthwc.h5", "NTHWC", lambda v: v, [], {"fps": 29.97}), ("array_ntchw.h5", "NTCHW", lambda v: v, [], {}),
        ("array_half.h5", "NTHWC", lambda v: (v / 255).astype("f4"), [], {}),
        ("array_signed.h5", "NCTHW", lambda v: (v / 127.5 - 1).astype("f8"), [], {}),
        ("array_bgr.h5", "NTHWC", lambda v: v[..., ::-1], [], {"color_order": "bgr"}),
        ("array_upside.h5", "NTHWC", lambda v: v[:, :, ::-1, ::-1], ["flip=rows+columns"], {}),
        ("array_sixteen.h5", "NTHWC", lambda v: (v.astype(">u2") * 257).astype(">u2"), [], {})):
    with h5py.File(entry(name, "videos", read), "w") as f:
        d = f.create_dataset("videos", data=make(two).transpose(["NTHWC".index(x) for x in order]), compression="gzip")
        d.attrs.update(attrs)
        f["captions"], f["actions"] = ["first", "second"], np.stack([moves(4, 2), moves(4, 2, 1)])
        for i in range(2):
            clip(name, f"00000{i}", two[i], moves(4, 2, i), fps="30000/1001" if "fps" in attrs else None, caption=("first", "second")[i])

with h5py.File(entry("moving_mnist.h5", "moving-mnist", ["axes=TNHW"]), "w") as f:
    f["moving_mnist"] = two[..., 0].transpose(1, 0, 2, 3)
    for i in range(2):
        clip("moving_mnist.h5", f"00000{i}", np.repeat(two[i, ..., :1], 3, -1))

with h5py.File(entry("phyworld.hdf5", "phyworld"), "w") as f:
    lists(f, "video_streams", [film(v) for v in two])
    for i in range(2):
        clip("phyworld.hdf5", str(i), two[i], fps="10/1")

name = "classes/open_door/clip_3.hdf5"
with h5py.File(entry(name, "jpeg-video"), "w") as f:
    rows = [as_jpeg(x) for x in picture_run(3)]
    lists(f, "video", rows + [b"", b""])
    clip(name, "open_door/clip_3", np.stack([seen(r) for r in rows]), caption="open door")

# Folders --------------------------------------------------------------------------------------------------------------------------
runs = [picture_run(4, 1), picture_run(3, 2)]
acts = [moves(4, 2).astype("f4"), moves(3, 2, 1).astype("f4")]
features = {"observation.images.top": {"dtype": "video", "shape": [H, W, 3]},
            "action": {"dtype": "float32", "shape": [2], "names": ["x", "y"]}}
cam = "observation.images.top"


def rows_of(k, first=0):
    n = len(acts[k])
    return {"action": pa.array(list(acts[k]), pa.list_(pa.float32())), "episode_index": pa.array([k] * n, pa.int64()),
            "frame_index": pa.array(range(n), pa.int64()), "index": pa.array(range(first, first + n), pa.int64())}


for name, third in (("lerobot_v3", True), ("lerobot_v21", False)):
    entry(name, "lerobot")
    info = {"codebase_version": "v3.0" if third else "v2.1", "fps": 10, "features": features, "splits": {"train": "0:1", "val": "1:2"}}
    json.dump(info, open(room(name + "/meta/info.json"), "w"))
    if third:
        both = {k: pa.concat_arrays([rows_of(0)[k], rows_of(1, 4)[k]]) for k in rows_of(0)}
        pq.write_table(pa.table(both), room(name + "/data/chunk-000/file-000.parquet"), compression="zstd")
        pq.write_table(pa.table({
            "episode_index": [0, 1], "length": [4, 3], "data/chunk_index": [0, 0], "data/file_index": [0, 0],
            "dataset_from_index": [0, 4], "dataset_to_index": [4, 7], "tasks": [["push"], ["pull"]],
            f"videos/{cam}/chunk_index": [0, 0], f"videos/{cam}/file_index": [0, 0],
            f"videos/{cam}/from_timestamp": [0.0, 0.4], f"videos/{cam}/to_timestamp": [0.4, 0.7]}),
            room(name + "/meta/episodes/chunk-000/file-000.parquet"), compression="gzip")
        open(room(f"{name}/videos/{cam}/chunk-000/file-000.mp4"), "wb").write(film(np.concatenate(runs)))
    else:
        with open(room(name + "/meta/episodes.jsonl"), "w") as out:
            for k, task in enumerate(("push", "pull")):
                out.write(json.dumps({"episode_index": k, "tasks": [task], "length": len(runs[k])}) + "\n")
                pq.write_table(pa.table(rows_of(k)), room(f"{name}/data/chunk-000/episode_00000{k}.parquet"),
                               compression="snappy", data_page_version="2.0", use_dictionary=k == 0)
                open(room(f"{name}/videos/chunk-000/{cam}/episode_00000{k}.mp4"), "wb").write(film(runs[k]))
    for k, task in enumerate(("push", "pull")):
        clip(name, f"episode_00000{k}", runs[k], acts[k], camera=cam, fps="10/1", split=("train", "validation")[k], caption=task)


def packed(array):
    room = io.BytesIO()
    np.save(room, array)
    return room.getvalue()


entry("webdataset", "webdataset")
with tarfile.open(room("webdataset/shard-000.tar"), "w") as tar:
    for k in range(2):
        for ending, data in (("mp4", film(runs[k])), ("txt", f"run {k}\n".encode()), ("actions.npy", packed(acts[k]))):
            member = tarfile.TarInfo(f"clips/run_{k}.{ending}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        clip("webdataset", f"clips/run_{k}", runs[k], acts[k], fps="10/1", caption=f"run {k}")

for name, way in (("films_list", "json"), ("films_csv", "csv"), ("films_lines", "txt"), ("films_beside", "beside")):
    entry(name, "captioned-films")
    for k in range(2):
        inner = "videos/" if way == "json" else ""
        open(room(f"{name}/{inner}f{k}.mp4"), "wb").write(film(runs[k]))
        clip(name, f"{inner}f{k}", runs[k], acts[k] if way == "json" else None, fps="10/1", caption=f"a {k}")
        if way == "json": np.save(room(f"{name}/f{k}.npy"), acts[k])
        if way == "beside": open(room(f"{name}/f{k}.txt"), "w").write(f"a {k}\nanother\n")
    if way == "json":
        json.dump([{"path": f"f{k}.mp4", "cap": [f"a {k}"], "action_path": f"f{k}.npy"} for k in range(2)],
                  open(room(name + "/videos2caption.json"), "w"))
    if way == "csv":
        with open(room(name + "/metadata.csv"), "w", newline="") as out:
            csv.writer(out).writerows([["video", "prompt"]] + [[f"f{k}.mp4", f"a {k}"] for k in range(2)])
    if way == "txt":
        open(room(name + "/videos.txt"), "w").write("f0.mp4\nf1.mp4\n")
        open(room(name + "/prompt.txt"), "w").write("a 0\na 1\n")

entry("pictures", "image-folders", ["fps=12"])
for i, frame in enumerate(runs[0]):
    Image.fromarray(frame).save(room(f"pictures/run/frame_{i:03d}.png"))
clip("pictures", "run", runs[0], fps="12/1")

# What must be refused, and words of the reason -------------------------------------------------------------------------------------


def refused(name, *words):
    bad["bad/" + name] = list(words)
    return room("bad/" + name)


with h5py.File(refused("gap.hdf5", "frame 1 is missing"), "w") as f:
    f["frame_0_x"], f["frame_2_x"] = runs[0][0], runs[0][1]
with h5py.File(refused("circle.hdf5", "in a circle"), "w") as f:
    f["data/demo_0/actions"] = acts[0]
    f["data/demo_0/obs/up"] = h5py.SoftLink("/data")
with h5py.File(refused("outside.hdf5", "does not lie beside the file"), "w") as f:
    f["videos"] = h5py.ExternalLink("../robomimic.hdf5", "/data/demo_1/obs/front_image")
with h5py.File(refused("axes.h5", "more than one way", "--read axes="), "w") as f:
    f["videos"] = np.zeros((4, 3, H, W, 3), np.uint8)
with h5py.File(refused("range.h5", "no range", "--read range="), "w") as f:
    f["videos"] = np.linspace(-9, 9, 2 * 4 * H * W * 3).reshape(2, 4, H, W, 3)
with h5py.File(refused("nan.h5", "no number"), "w") as f:
    v = (two / 255).astype("f4")
    v[1, 2, 0, 0, 0] = np.nan
    f["videos"] = v
with h5py.File(refused("end.h5", "claims"), "w") as f:
    f["train_data"], f["train_idx"] = runs[0], np.array([0, 9])
with h5py.File(refused("alignment.hdf5", "fit no alignment"), "w") as f:
    f["data/demo_0/obs/a_image"], f["data/demo_0/actions"] = runs[0], moves(9, 2)
for name, change, words in (("cut", lambda r: r[:len(r) // 2], "cut or damaged"), ("empty", lambda r: b"", "is empty"),
                            ("sizes", lambda r: as_jpeg(picture_run(1, h=8, w=8)[0]), "8x8, the first one 20x12")):
    with h5py.File(refused(f"{name}.hdf5", words), "w") as f:
        rows = [as_jpeg(x) for x in runs[0]]
        rows[2] = change(rows[2])
        lists(f, "observations/rgb_images/top", rows)
with h5py.File(refused("states.hdf5", "states and no pictures", "obs/pose"), "w") as f:
    f["data/demo_0/obs/pose"], f["data/demo_0/actions"] = np.zeros((4, 3)), acts[0]
with h5py.File(refused("flow.hdf5", "optical flow"), "w") as f:
    lists(f, "video_u", [as_jpeg(x) for x in runs[0]])
    lists(f, "video_v", [as_jpeg(x) for x in runs[0]])
with h5py.File(refused("blosc2.h5", "Blosc2", "h5repack"), "w") as f:
    f.create_dataset("videos", data=two, chunks=(1, 4, H, W, 3), **hdf5plugin.Blosc2())
with h5py.File(refused("latest.h5", "libver", "layout (version 5)"), "w", libver="latest") as f:
    f.create_dataset("videos", data=two, chunks=(1, 4, H, W, 3), compression="gzip")
with h5py.File(refused("unmarked.hdf5", "--read jpeg_channels=bgr"), "w") as f:
    rows = [as_jpeg(x) for x in runs[0]]
    f.create_dataset("observation/head/rgb", data=np.array(rows, f"S{max(map(len, rows))}"))
    f["joint_action/vector"] = acts[0]
for number in (0, 1, 3):
    Image.fromarray(runs[0][number]).save(room(f"bad/numbers/{number}.png"))
bad["bad/numbers"] = ["go from 1 to 3"]
room("bad/pickled/a.mp4")
open(room("bad/pickled/a.mp4"), "wb").write(film(runs[0]))
np.save(room("bad/pickled/a.actions.npy"), np.array([{"x": 1}], dtype=object), allow_pickle=True)
bad["bad/pickled"] = ["never opened", "numpy.save"]

json.dump({"schema": "orrery.layout-cases/1", "read": entries, "refused": bad}, open(room("expected.json"), "w"), indent=1)
