"""Holds our verdicts on content credentials against libc2pa's, over good files and every kind of damage.

    ORRERY_HOME=… .venv-credentials/bin/python Tests/Interop/check_credentials.py ORRERY WORK [TABLE.md]

WORK holds what orrery made: samples/*.mp4 continued/*.mp4 bench/*.mp4 again.mp4 model/. Exits 1 when a verdict or a failure code
differs from what is expected here, or ours from libc2pa's.
"""
import base64
import datetime
import glob
import json
import os
import struct
import subprocess
import sys

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

orrery, work = sys.argv[1], sys.argv[2]
home = os.environ["ORRERY_HOME"] + "/credentials"
PEM = serialization.Encoding.PEM
now = datetime.datetime.now(datetime.timezone.utc)
UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def ours(path, roots):
    """(state, failure codes, report) by our reader."""
    done = subprocess.run([orrery, "credentials", "verify", path, "--trust", roots, "--json"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"orrery ended with {done.returncode} on {path}: {done.stderr}")
    if not done.stdout.strip():
        return "unreadable", [], None
    report = json.loads(done.stdout)
    assert (done.returncode == 0) == (report["state"] == "Trusted"), (done.returncode, report["state"])
    return report["state"], sorted({f["code"] for f in report["findings"] if f["kind"] == "failure"}), report


def theirs(path, roots, kind="video/mp4", manifest=None):
    """The same by libc2pa."""
    settings = c2pa.Settings.from_dict({"verify": {"verify_trust": True}, "trust": {"trust_anchors": open(roots).read()}})
    try:
        with open(path, "rb") as f:
            reader = c2pa.Reader(kind, f, manifest, context=c2pa.Context(settings)) if manifest else c2pa.Reader(kind, f, context=c2pa.Context(settings))
            report = json.loads(reader.json())
    except c2pa.C2paError as error:
        return "unreadable", [], str(error)
    results = report.get("validation_results", {})
    codes = {f["code"] for f in results.get("activeManifest", {}).get("failure", [])}
    for delta in results.get("ingredientDeltas", []):
        codes |= {f["code"] for f in delta["validationDeltas"].get("failure", [])}
    return report["validation_state"], sorted(codes), report


# --- certificates of other people

def name(common):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Another tool"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def authority(key):
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return (x509.CertificateBuilder().subject_name(name("Another root")).issuer_name(name("Another root")).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=900)).not_valid_after(now + datetime.timedelta(days=900))
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(key, algorithm))


def certificate(key, root_key, days=(-1, 300), without=(), common="Another signer"):
    algorithm = None if isinstance(root_key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    builder = (x509.CertificateBuilder().subject_name(name(common)).issuer_name(name("Another root")).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now + datetime.timedelta(days=days[0])).not_valid_after(now + datetime.timedelta(days=days[1]))
               .add_extension(x509.BasicConstraints(False, None), True))
    if "key usage" not in without:
        builder = builder.add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
    if "eku" not in without:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    if "aki" not in without:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
    return builder.sign(root_key, algorithm)


KEYS = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()), "es384": lambda: ec.generate_private_key(ec.SECP384R1()), "es512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate, "ps256": lambda: rsa.generate_private_key(65537, 2048),
}


def signer(algorithm="es256"):
    """(c2pa signer, path of its root)"""
    key, root_key = KEYS[algorithm](), KEYS["es256"]()
    chain = certificate(key, root_key).public_bytes(PEM) + authority(root_key).public_bytes(PEM)
    path = f"{work}/root-{len(glob.glob(work + '/root-*'))}.pem"
    open(path, "wb").write(authority(root_key).public_bytes(PEM))
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain, private, None)), path


def their_file(source, out, algorithm="es256", kind="video/mp4", settings=None, more=(), parent=None):
    sign, roots = signer(algorithm)
    actions = {"actions": [{"action": "c2pa.created", "digitalSourceType": SOURCE + "digitalCapture"}]}
    manifest = {"claim_generator_info": [{"name": "another tool", "version": "1"}], "assertions": [{"label": "c2pa.actions.v2", "data": actions}, *more]}
    if parent:
        manifest["assertions"] = list(more)
    builder = c2pa.Builder(json.dumps(manifest), c2pa.Context(c2pa.Settings.from_dict(settings))) if settings else c2pa.Builder(json.dumps(manifest))
    if parent:
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    with open(source, "rb") as i, open(out, "w+b") as o:
        builder.sign(sign, kind, i, o)
    return roots


def adopted(out, days=(-1, 300), without=()):
    """A file orrery signed with somebody's chain. Its own checks refuse bad chains, so those are put in afterwards, without them."""
    key, root_key = KEYS["es256"](), KEYS["es256"]()
    chain, folder = f"{work}/chain.pem", f"{work}/home-{os.path.basename(out)}"
    # A long name leaves room for whatever certificate takes its place.
    open(chain, "wb").write(certificate(key, root_key, common="Another signer, " + 40 * "-").public_bytes(PEM))
    os.umask(0o077)
    open(f"{work}/chain.key", "wb").write(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    environment = {**os.environ, "ORRERY_HOME": folder}
    subprocess.run([orrery, "credentials", "init", "--certificate", chain, "--key", f"{work}/chain.key"], check=True, capture_output=True, env=environment)
    subprocess.run([orrery, "credentials", "sign", plain, "--out", out, "--generated"], check=True, capture_output=True, env=environment)
    roots = f"{work}/root-adopted-{os.path.basename(out)}.pem"
    open(roots, "wb").write(authority(root_key).public_bytes(PEM))
    if days != (-1, 300) or without:
        # The chain is signed with the claim, so both are made again: a small signer of our own, over the same claim.
        resign(out, key, certificate(key, root_key, days, without).public_bytes(serialization.Encoding.DER))
    return roots


def going_on_from(film, out):
    """A sample that continues a film somebody else signed, under a manifest that lets it."""
    manifest = f"{work}/film.optin.json"
    subprocess.run([orrery, "consent", "init", film, "--licensor", "me", "--out", manifest], check=True, capture_output=True)
    draft = json.load(open(manifest))
    draft["grants"] = [draft.pop("x-example-grant")]
    draft["assets"][0]["grants"] = ["g1"]
    json.dump(draft, open(manifest, "w"))
    run = glob.glob(f"{work}/runs/tiny-*")[0]
    done = subprocess.run([orrery, "sample", run, "--count", "1", "--steps", "2", "--out", out, "--video", film, "--manifest", manifest, "--unsigned", "own-work"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return glob.glob(out + "/*.mp4")[0]


# --- boxes

def boxes(data, start, end):
    while start < end:
        length, kind = struct.unpack(">I4s", data[start:start + 8])
        yield kind, start, length
        start += length


def find(data, label, kind=b"cbor"):
    """(start, length) of the content box inside the superbox with that label."""
    at = data.rindex(label.encode() + b"\0")
    at = data.index(kind, at) - 4
    return at + 8, struct.unpack(">I", data[at:at + 4])[0] - 8


def text(n, major=0x40):
    return bytes([major | n]) if n < 24 else bytes([major | 24, n]) if n < 256 else bytes([major | 25]) + struct.pack(">H", n)


def resign(path, key, der):
    """Replaces certificate and signature in place. Lengths of the store's boxes follow; so do chunk offsets and the hash they enter."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    data = bytearray(open(path, "rb").read())
    start, length = find(data, "c2pa.signature")
    claim_start, claim_length = find(data, "c2pa.claim.v2")
    protected = b"\xa2\x01\x26\x18\x21" + text(len(der)) + der
    structure = b"\x84\x6aSignature1" + text(len(protected)) + protected + b"\x40" + text(claim_length) + bytes(data[claim_start:claim_start + claim_length])
    r, s = decode_dss_signature(key.sign(structure, ec.ECDSA(hashes.SHA256())))
    message = b"\xd2\x84" + text(len(protected)) + protected + b"\xa0\xf6\x58\x40" + r.to_bytes(32, "big") + s.to_bytes(32, "big")
    # The size of the box must stay, or everything behind it would move: padding goes where COSE allows it, in the unprotected header.
    room = length - len(message)
    if room:
        filler = room - 5 if room - 5 < 24 else room - 6 if room - 6 < 256 else room - 7
        header = b"\xa1\x63pad" + text(filler) + bytes(filler)
        message = message.replace(b"\xa0\xf6\x58\x40", header + b"\xf6\x58\x40", 1)
    assert len(message) == length, (len(message), length, room)
    data[start:start + length] = message
    open(path, "wb").write(data)


def changed(name, edit, source=None):
    out = f"{work}/{name}.mp4"
    data = bytearray(open(source or good, "rb").read())
    open(out, "wb").write(edit(data) or data)
    return out


def flip(offset, bit=0):
    def edit(data):
        data[offset(data) if callable(offset) else offset] ^= 1 << bit
    return edit


def in_box(kind, inside):
    def offset(data):
        return next(start + inside for k, start, _ in boxes(data, 0, len(data)) if k == kind)
    return offset


def in_text(word):
    return lambda data: data.rindex(word)


def two_stores(data):
    kind, start, length = next(b for b in boxes(data, 0, len(data)) if b[0] == b"uuid")
    return data + data[start:start + length]


good = glob.glob(f"{work}/samples/*.mp4")[0]
plain, png, jpeg = f"{work}/plain.mp4", f"{work}/plain.png", f"{work}/plain.jpg"
root = home + "/root.pem"


def without_credentials(data):
    _, start, length = next(b for b in boxes(data, 0, len(data)) if b[0] == b"uuid")
    data = data[:start] + data[start + length:]
    at = data.index(b"stco") + 4
    count = struct.unpack(">I", data[at + 4:at + 8])[0]
    for i in range(count):
        here = at + 8 + 4 * i
        data[here:here + 4] = struct.pack(">I", struct.unpack(">I", data[here:here + 4])[0] - length)
    return data


open(plain, "wb").write(without_credentials(bytearray(open(good, "rb").read())))
# Eight by eight grey pixels.
open(jpeg, "wb").write(base64.b64decode(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/////xABKAAEA"
    "AAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgACAAIAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8AAA//2Q=="))
open(png, "wb").write(open(glob.glob(f"{work}/samples/*.png")[0], "rb").read())

UNTRUSTED = "signingCredential.untrusted"
cases = []  # (case, path, roots, expected state, code that must be among the failures)


def case(what, path, roots, state, code=None, kind="video/mp4", manifest=None, stricter=None):
    """stricter: libc2pa's verdict, where ours is meant to be the harder."""
    cases.append((what, path, roots, state, code, kind, manifest, stricter))


def box(kind, data):
    return struct.pack(">I", 8 + len(data)) + kind + data


def behind(name, extra):
    """The film with one box more, which the hash leaves out."""
    return changed("behind-" + name, lambda d: d + extra)


case("sample, our root", good, root, "Trusted")
case("sample going on from a clip", glob.glob(f"{work}/continued/*.mp4")[0], root, "Trusted")
case("bench film", glob.glob(f"{work}/bench/*.mp4")[0], root, "Trusted")
case("signed again, the old store carried", f"{work}/again.mp4", root, "Trusted")
case("signed by us with another authority's chain", f"{work}/adopted.mp4", adopted(f"{work}/adopted.mp4"), "Trusted")
other = signer()[1]
case("unknown root", good, other, "Valid", UNTRUSTED)
case("a bit in mdat", changed("mdat", flip(in_box(b"mdat", 200))), root, "Invalid", "assertion.bmffHash.mismatch")
case("a bit in moov", changed("moov", flip(in_box(b"moov", 40))), root, "Invalid", "assertion.bmffHash.mismatch")
case("a box put behind", changed("behind", lambda d: d + b"\0\0\0\x0cfree\0\0\0\0"), root, "Invalid", "assertion.bmffHash.mismatch")
CREDENTIALS = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
PROOF = b"\xa4\x68uniqueId\x00\x67localId\x00\x68location\x00\x66hashes\x81\x58\x20" + bytes(32)
INDEX = box(b"tfra", bytes(16)) + box(b"mfro", bytes(4) + struct.pack(">I", 48))
MISMATCH = "assertion.bmffHash.mismatch"
case("a foreign uuid put behind", behind("uuid", box(b"uuid", bytes(16) + b"B" * 20)), root, "Invalid", MISMATCH)
case("a second ftyp put behind", behind("ftyp", box(b"ftyp", b"isom\0\0\0\0")), root, "Invalid", stricter="Trusted")
case("an mfra that holds no boxes", behind("mfra", box(b"mfra", b"A" * 5000)), root, "Invalid", stricter="unreadable")
case("an mfra with another box in it", behind("mfra-foreign", box(b"mfra", box(b"free", b"A" * 8) + INDEX)), root, "Invalid", stricter="Trusted")
case("an mfra of a film without fragments", behind("mfra-whole", box(b"mfra", INDEX)), root, "Invalid", stricter="Trusted")
case("a box of Merkle proofs, junk", behind("merkle", box(b"uuid", CREDENTIALS + b"\0\0\0\0merkle\0" + b"B" * 200)), root, "Invalid", stricter="unreadable")
case("a box of Merkle proofs of no map", behind("merkle-whole", box(b"uuid", CREDENTIALS + b"\0\0\0\0merkle\0" + PROOF)), root, "Invalid", stricter="Trusted")
case("a box of credentials for nothing we know", behind("purpose", box(b"uuid", CREDENTIALS + b"\0\0\0\0notes\0" + b"B" * 20)), root, "Invalid", stricter="Trusted")
case("a bit in the claim", changed("claim", flip(lambda d: d.rindex(b"dc:title") + 12)), root, "Invalid", "claimSignature.mismatch")
case("a bit in an assertion", changed("assertion", flip(in_text(b"notAllowed"), 1)), root, "Invalid", "assertion.hashedURI.mismatch")
case("a bit in our assertion", changed("generation", flip(lambda d: d.rindex(b"ledger_head") + 20)), root, "Invalid", "assertion.hashedURI.mismatch")
case("a bit in the binding", changed("binding", flip(lambda d: find(d, "c2pa.hash.bmff.v3")[0] + d[find(d, "c2pa.hash.bmff.v3")[0]:].index(b"hashX ") + 10)), root, "Invalid", "assertion.hashedURI.mismatch")
case("a bit in the signature", changed("signature", flip(lambda d: sum(find(d, "c2pa.signature")) - 5)), root, "Invalid", "claimSignature.mismatch")
case("a bit in the certificate's name", changed("certificate", flip(in_text(b"orrery claim signer"))), root, "Invalid", "claimSignature.mismatch")
case("a bit in the certificate's key", changed("key", flip(lambda d: d.rindex(bytes.fromhex("03420004")) + 20)), root, "Invalid", None)
case("cut off in mdat", changed("cut", lambda d: d[:len(d) - 100]), root, None)
case("cut off in the store", changed("cut-store", lambda d: d[:1000]), root, "unreadable")
case("two manifest stores", changed("two", two_stores), root, "unreadable")
case("no credentials", plain, root, "unreadable")
case("expired certificate", f"{work}/expired.mp4", adopted(f"{work}/expired.mp4", days=(-300, -2)), "Invalid", "signingCredential.expired")
case("certificate not valid yet", f"{work}/future.mp4", adopted(f"{work}/future.mp4", days=(5, 200)), "Invalid", "signingCredential.expired")
for what, left in [("no extended key usage", "eku"), ("no key usage", "key usage"), ("no authority key identifier", "aki")]:
    path = f"{work}/without-{left.replace(' ', '-')}.mp4"
    case("certificate with " + what, path, adopted(path, without=(left,)), "Invalid", "signingCredential.invalid")

mining = {"label": "cawg.training-mining", "data": {"entries": {"cawg.ai_generative_training": {"use": "notAllowed"}}}}
for algorithm in KEYS:
    path = f"{work}/their-{algorithm}.mp4"
    roots = their_file(plain, path, algorithm, more=[mining])
    case(f"another tool, {algorithm}", path, roots, "Trusted")
    if algorithm == "es256":
        theirs_good, theirs_root = path, roots
case("another tool, unknown root", theirs_good, root, "Valid", UNTRUSTED)
case("another tool, a bit in mdat", changed("their-mdat", flip(in_box(b"mdat", 200)), theirs_good), theirs_root, "Invalid", "assertion.bmffHash.mismatch")
path = f"{work}/their-merkle.mp4"
roots = their_file(plain, path, settings={"core": {"merkle_tree_chunk_size_in_kb": 1, "merkle_tree_max_proofs": 5}})
case("another tool, mdat in Merkle blocks", path, roots, "Trusted")
case("… and a bit in mdat", changed("their-merkle-mdat", flip(in_box(b"mdat", 200)), path), roots, "Invalid", "assertion.bmffHash.mismatch")
both = f"{work}/both-roots.pem"
open(both, "w").write(open(root).read() + open(theirs_root).read())
composite = going_on_from(theirs_good, f"{work}/composite")
case("sample going on from another tool's film", composite, root, "Trusted")
case("… and both roots given", composite, both, "Trusted")
path = f"{work}/their-edit.mp4"
case("ours, edited by another tool", path, their_file(good, path, parent=True), "Trusted")
path = f"{work}/their.png"
case("another tool, PNG", path, their_file(png, path, kind="image/png"), "Trusted", None, "image/png")
path = f"{work}/their.jpg"
case("another tool, JPEG", path, their_file(jpeg, path, kind="image/jpeg"), "Trusted", None, "image/jpeg")
weights = f"{work}/model/transformer/diffusion_pytorch_model"
SIDE = ("application/octet-stream", open(weights + ".c2pa", "rb").read())
case("exported weights with sidecar", weights + ".safetensors", root, "Trusted", None, *SIDE)
bent = f"{work}/bent.safetensors"
data = bytearray(open(weights + ".safetensors", "rb").read())
data[-9] ^= 1
open(bent, "wb").write(data)
open(f"{work}/bent.c2pa", "wb").write(SIDE[1])
case("exported weights, one bit changed", bent, root, "Invalid", "assertion.dataHash.mismatch", *SIDE)

rows, wrong = [], 0
for what, path, roots, state, code, kind, manifest, stricter in cases:
    (a, a_codes, a_report), (b, b_codes, b_report) = ours(path, roots), theirs(path, roots, kind, manifest)
    fine = b == (stricter or a) and (state is None or a == state) and (code is None or (code in a_codes and code in b_codes))
    wrong += not fine
    show = lambda s, codes: s + (": " + ", ".join(f"`{c}`" for c in codes) if codes else "")
    rows.append((what, show(a, a_codes), show(b, b_codes)))
    print(f"  {'ok  ' if fine else 'FAIL'} {what}\n         ours     {show(a, a_codes)}\n         libc2pa  {show(b, b_codes)}" + (f"\n         {b_report}" if b == 'unreadable' and not fine else ""))

report = ours(theirs_good, theirs_root)[2]
said = [e for m in report["manifests"] if m["active"] for e in m["training_mining"]]
assert said == [{"key": "cawg.ai_generative_training", "use": "notAllowed", "constraint": None}], said
report = theirs(good, root)[2]
active = report["manifests"][report["active_manifest"]]
labels = {a["label"] for a in active["assertions"]}
assert {"c2pa.hash.bmff.v3", "c2pa.actions.v2", "cawg.training-mining", "org.orrery.generation"} <= labels, labels
assert {i["relationship"] for i in active["ingredients"]} == {"inputTo"} and len(active["ingredients"]) >= 2, active["ingredients"]
assert ours(f"{work}/again.mp4", root)[2]["manifests"][0]["label"] == report["active_manifest"]

report = ours(composite, both)[2]
active = [m for m in report["manifests"] if m["active"]][0]
assert active["actions"] == ["c2pa.created (compositeWithTrainedAlgorithmicMedia)", "c2pa.placed"], active["actions"]
assert [i["credentials"] for i in active["ingredients"] if i["relationship"] == "componentOf"] == [True], active["ingredients"]
assert len(report["manifests"]) == 2 and report["manifests"][0]["generator"].startswith("another tool"), report["manifests"]

if len(sys.argv) > 3 and sys.argv[3]:
    with open(sys.argv[3], "w") as f:
        f.write("| case | orrery | libc2pa |\n|---|---|---|\n" + "".join("| " + " | ".join(r) + " |\n" for r in rows))
if wrong:
    sys.exit(f"{wrong} of {len(cases)} verdicts differ")
print(f"== all {len(cases)} verdicts agree with libc2pa {c2pa.sdk_version()}")
