"""Holds orrery's consent reports against other people's readers. See reports.sh, which calls it.

Croissant  mlcroissant: structure, records, and the JSON-LD read back.
SPDX       spdx-python-model: generated from the standard's SHACL; types, properties, values and counts. Then what the AI and Dataset profiles
           ask for beside that, by their pages.
ODRL       rdflib and pyshacl: the file as RDF, against shapes written here from the Information Model 2.2. (No validator of the W3C's could be had.)
Royalties  recomputed with Python's integers and hashlib, sharing no code with orrery.
"""
import csv
import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path


def fail(why):
    sys.exit(f"FAILED: {why}")


def expect(condition, why):
    if not condition:
        fail(why)


def terms(one, two):
    """Gives two rendered datasets' manifests two licensors with terms worth reporting."""
    m = json.loads(Path(one).read_text())
    m["licensor"] = {"id": "did:example:one", "name": "Studio | One", "role": "rightsholder"}
    m["grants"][0].update(
        commercial=False, deny=["pretrain"], max_exposures=5000, attribution="required", terms="https://example.org/terms?a=1", weight=2,
        compensation={"model": "royalty-share", "currency": "EUR", "payee": "=Payee, Ltd"})
    m["grants"][0]["valid"]["until"] = "2090-01-01T00:00:00Z"
    m["assets"][0]["creators"] = ["A <b>Camera</b> Operator"]
    m["likeness"] = [{"id": "p1", "uses": ["training", "evaluation"], "expires": "2089-01-01T00:00:00Z", "represented_by": "union", "intended_use": "research"}]
    m["assets"][1]["likeness"] = ["p1"]
    Path(one).write_text(json.dumps(m))
    m = json.loads(Path(two).read_text())
    m["licensor"] = {"id": "did:example:two", "name": "Two", "role": "agent"}
    m["grants"][0].update(basis="licence", territory=["*"], models=["any"], compensation={"model": "per-exposure", "rate": "0.0123", "currency": "EUR"})
    m["assets"].pop()
    Path(two).write_text(json.dumps(m))


def croissant(path):
    import mlcroissant

    data = json.loads(path.read_text())
    dataset = mlcroissant.Dataset(jsonld=data)
    issues = dataset.metadata.ctx.issues
    expect(not issues.errors, f"{path}: {issues.errors}")
    rows = list(dataset.records("clips"))
    expect(len(rows) == len(data["recordSet"][0]["data"]) and rows, f"{path}: {len(rows)} records")
    expect(dataset.metadata.ctx.conforms_to.value.endswith("croissant/1.1"), f"{path}: conforms to {dataset.metadata.ctx.conforms_to}")
    offers = odrl_graph(json.dumps(data))
    expect(offers, f"{path}: no ODRL offer under usageInfo")
    return f"Croissant 1.1: {len(rows)} records, {len(dataset.metadata.distribution)} files, {offers} offers, {len(issues.warnings)} warnings {sorted(issues.warnings)}"


def spdx(path):
    from spdx_python_model import v3_0_1 as model

    objects = model.SHACLObjectSet()
    with path.open() as file:
        model.JSONLDDeserializer().read(file, objects)
    expect(not objects.missing_ids, f"{path}: nothing has the ids {objects.missing_ids}")
    again = path.with_suffix(".again")
    with again.open("wb") as file:
        model.JSONLDSerializer().write(objects, file)  # checks how many values each property has
    count = len(json.loads(path.read_text())["@graph"])
    back = model.SHACLObjectSet()
    with again.open() as file:
        model.JSONLDDeserializer().read(file, back)
    ids = {o.spdxId for o in objects.foreach_type(model.Element)}
    expect(ids == {o.spdxId for o in back.foreach_type(model.Element)} and len(ids) == count - 1, f"{path}: elements were lost on the way")
    for package in objects.foreach_type(model.ai_AIPackage):
        for field in ("suppliedBy", "software_downloadLocation", "software_packageVersion", "software_primaryPurpose", "releaseTime"):
            expect(getattr(package, field), f"{path}: the AI profile wants {field}")
    for package in objects.foreach_type(model.dataset_DatasetPackage):
        for field in ("originatedBy", "software_downloadLocation", "software_primaryPurpose", "builtTime", "releaseTime", "dataset_datasetType"):
            expect(getattr(package, field), f"{path}: the Dataset profile wants {field}")
    trained = [r for r in objects.foreach_type(model.Relationship) if r.relationshipType.endswith("trainedOn")]
    return f"SPDX 3.0.1: {len(ids)} elements, {len(trained)} trainedOn"


SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix odrl: <http://www.w3.org/ns/odrl/2/> .
[] a sh:NodeShape ; sh:targetClass odrl:Offer ; sh:nodeKind sh:IRI ;
   sh:property [ sh:path odrl:assigner ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
   sh:property [ sh:path odrl:conflict ; sh:hasValue odrl:prohibit ] ;
   sh:property [ sh:path [ sh:alternativePath ( odrl:permission odrl:prohibition odrl:obligation ) ] ; sh:minCount 1 ] .
[] a sh:NodeShape ; sh:targetObjectsOf odrl:permission , odrl:prohibition ;
   sh:property [ sh:path odrl:target ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
   sh:property [ sh:path odrl:action ; sh:minCount 1 ; sh:maxCount 1 ] .
[] a sh:NodeShape ; sh:targetObjectsOf odrl:prohibition ; sh:property [ sh:path odrl:duty ; sh:maxCount 0 ] .
[] a sh:NodeShape ; sh:targetObjectsOf odrl:duty ; sh:property [ sh:path odrl:action ; sh:minCount 1 ; sh:maxCount 1 ] .
[] a sh:NodeShape ; sh:targetObjectsOf odrl:constraint , odrl:refinement ;
   sh:property [ sh:path odrl:leftOperand ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
   sh:property [ sh:path odrl:operator ; sh:minCount 1 ; sh:maxCount 1 ; sh:in ( odrl:eq odrl:lt odrl:lteq odrl:gteq odrl:isAnyOf ) ] ;
   sh:property [ sh:path odrl:rightOperand ; sh:minCount 1 ] .
"""

# The terms of the ODRL context that the files use, by the Vocabulary's own IRIs: the published context is on the network.
ODRL = {
    "odrl": "http://www.w3.org/ns/odrl/2/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "uid": "@id",
    **{t: {"@id": "odrl:" + t, "@type": "@id"} for t in ("target", "assigner", "assignee", "profile", "compensatedParty", "unit")},
    **{t: {"@id": "odrl:" + t, "@type": "@vocab"} for t in ("action", "leftOperand", "operator", "conflict")},
    **{t: "odrl:" + t for t in ("permission", "prohibition", "duty", "constraint", "refinement", "rightOperand", "Offer", "Asset", "AssetCollection")},
    **{t: "odrl:" + t for t in ("use", "attribute", "eq", "lt", "lteq", "gteq", "isAnyOf", "dateTime", "purpose", "spatial", "payAmount", "prohibit")},
}


def odrl_graph(text):
    """Reads JSON-LD and checks every offer in it; returns how many there are."""
    import pyshacl
    import rdflib

    graph = rdflib.Graph().parse(data=text, format="json-ld")
    odrl = rdflib.Namespace("http://www.w3.org/ns/odrl/2/")
    good, _, said = pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(data=SHAPES, format="turtle"))
    expect(good, said)
    return len(set(graph.subjects(rdflib.RDF.type, odrl.Offer)))


def odrl(path):
    data = json.loads(path.read_text())
    context = data["@context"]
    expect(context[0] == "http://www.w3.org/ns/odrl.jsonld", f"{path}: its context is not ODRL's")
    data["@context"] = [ODRL] + context[1:]
    return f"ODRL 2.2: {odrl_graph(json.dumps(data))} offers"


def people(stem):
    text = Path(f"{stem}.md").read_text()
    expect("not influence" in text and "<b>" not in text and "Studio \\| One" in text, f"{stem}.md: names are not disarmed")
    summary = Path(f"{stem}.eu-summary").read_text()
    for head in ("## 1. General information", "### 1.3", "## 2. List of data sources", "### 2.1", "#### 2.2.1", "#### 2.2.2", "### 2.3", "### 2.4", "### 2.5", "### 2.6", "## 3.", "### 3.1", "### 3.2", "### 3.3"):
        expect(head in summary, f"{stem}.eu-summary lacks {head}")
    return f"markdown and summary: {summary.count('TO BE FILLED IN')} gaps for a person"


def spoilt(check, path, change):
    """A check that accepts everything checks nothing: each must refuse a file with one thing wrong."""
    data = json.loads(path.read_text())
    change(data)
    wrong = path.with_suffix(".spoilt")
    wrong.write_text(json.dumps(data))
    try:
        check(wrong)
    except (SystemExit, Exception):
        return
    fail(f"{check.__name__} accepted a spoilt file")


def reports(stem):
    def first(data, kind):
        return next(e for e in data["@graph"] if e["type"] == kind)

    spoilt(croissant, Path(f"{stem}.croissant"), lambda d: d["recordSet"][0]["field"][0].pop("dataType"))
    spoilt(croissant, Path(f"{stem}.croissant"), lambda d: d["distribution"][0].pop("sha256"))
    spoilt(croissant, Path(f"{stem}.croissant"), lambda d: d["usageInfo"][0].pop("odrl:assigner"))
    spoilt(spdx, Path(f"{stem}.spdx"), lambda d: first(d, "Relationship").update(relationshipType="knows"))
    spoilt(spdx, Path(f"{stem}.spdx"), lambda d: first(d, "dataset_DatasetPackage").pop("dataset_datasetType"))
    spoilt(spdx, Path(f"{stem}.spdx"), lambda d: first(d, "dataset_DatasetPackage").update(dataset_colour="red"))
    spoilt(odrl, Path(f"{stem}.odrl"), lambda d: (d["@graph"][0] if "@graph" in d else d).pop("assigner"))
    spoilt(odrl, Path(f"{stem}.odrl"), lambda d: (d["@graph"][0] if "@graph" in d else d)["permission"][0].pop("action"))
    for line in (croissant(Path(f"{stem}.croissant")), spdx(Path(f"{stem}.spdx")), odrl(Path(f"{stem}.odrl")), people(stem)):
        print(f"  {Path(stem).name}: {line}")


def export(folder):
    folder = Path(folder)
    for line in (croissant(folder / "croissant.json"), spdx(folder / "spdx.json")):
        print(f"  export: {line}")
    (folder / "spdx.again").unlink()
    for file in json.loads((folder / "croissant.json").read_text())["distribution"]:
        if file["encodingFormat"] == "application/json":
            expect(hashlib.sha256((folder / file["contentUrl"]).read_bytes()).hexdigest() == file["sha256"], f"{file['name']} is not what croissant.json hashes")
    card = (folder / "README.md").read_text()
    expect("croissant.json" in card and "spdx.json" in card, "the model card does not name them")


def canonical(value):
    """RFC 8785 for documents of texts and integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def merkle(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + merkle(leaves[:k]) + merkle(leaves[k:])).digest()


def from_path(count, places, leaves, path):
    known, path = dict(zip(places, leaves)), list(path)

    def walk(low, high):
        if not any(low <= p < high for p in places):
            return path.pop(0)
        if high - low == 1:
            return known[low]
        k = 1
        while k * 2 < high - low:
            k *= 2
        left = walk(low, low + k)
        return hashlib.sha256(b"\x01" + left + walk(low + k, high)).digest()

    root = walk(0, count)
    expect(not path, "hashes are left over")
    return root


def royalties(statement, table, proof):
    said = json.loads(Path(statement).read_text())
    pool, licensors = round(Fraction(said["pool"]) * 100), said["licensors"]
    scores = {l["licensor"]: sum(int(x["weight"]) * x["frames_seen"] for x in l["lines"] if x["compensation"] in ("royalty-share", "not-stated")) for l in licensors}
    total = sum(scores.values())
    parts = {name: pool * score // total for name, score in scores.items()}
    rest = sorted(scores, key=lambda name: (-(pool * scores[name] % total), name))
    for name in rest[: pool - sum(parts.values())]:
        parts[name] += 1
    expect(sum(parts.values()) == pool, "the parts do not add up")
    for l in licensors:
        expect(round(Fraction(l["share"]) * 100) == parts[l["licensor"]], f"{l['licensor']}: {l['share']}, not {parts[l['licensor']]} cents")
        rate = sum(Fraction(x["rate"]) * x["frames_seen"] for x in l["lines"] if x["compensation"] == "per-exposure")
        expect(Fraction(l["beside"]) * 100 == (rate * 100 + Fraction(1, 2)).__floor__(), f"{l['licensor']}: {l['beside']} beside the pool, not {float(rate)}")
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    expect(len(rows) == said["lines"] and round(sum(Fraction(r["amount"]) for r in rows) * 100) == pool + round(Fraction(said["beside"]) * 100), "the table does not add up")
    expect({r["payee"] for r in rows} == {"'=Payee, Ltd", ""}, "a payee would run as a formula")
    raw = Path(proof).read_bytes()
    p = json.loads(raw)
    expect(raw == canonical(p).encode() + b"\n", "the proof is not canonical JSON")
    entries = [p["statement"], p["account"]] + p["lines"]
    leaves = [hashlib.sha256(b"\x00" + canonical(e).encode()).digest() for e in entries]
    places = [0] + [p["from"] + i for i in range(len(entries) - 1)]
    root = from_path(p["leaves"], places, leaves, [bytes.fromhex(h) for h in p["path"]])
    expect(root.hex() == p["root"] == said["root"], "the proof does not lead to the statement's root")
    expect(b"did:example:one" not in raw and b"projectile" not in raw, "the proof tells of another licensor")
    print(f"  royalties: {len(licensors)} licensors, {said['lines']} lines, {said['pool']} EUR and {said['beside']} beside it; the proof leads to the root")


if __name__ == "__main__":
    {"terms": terms, "reports": reports, "export": export, "royalties": royalties}[sys.argv[1]](*sys.argv[2:])
