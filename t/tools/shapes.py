#!/usr/bin/python3
"""shapes.py SHAPES.ttl DATA.jsonld: the part of SHACL that t/data/healthdcat.ttl uses, by rdflib.  One line for whatever does not
fit; exit status 1 then, and where no data set is there at all."""
import sys

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

shapes = rdflib.Graph().parse(sys.argv[1], format="turtle")
data = rdflib.Graph().parse(sys.argv[2], format="json-ld")
problems = []


def kind_fits(value, kind):
    return {SH.IRI: rdflib.URIRef, SH.Literal: rdflib.Literal, SH.BlankNode: rdflib.BNode}[kind] is type(value)


def check_property(node, rule):
    path = shapes.value(rule, SH.path)
    values = list(data.objects(node, path))
    least, most = shapes.value(rule, SH.minCount), shapes.value(rule, SH.maxCount)
    if least is not None and len(values) < int(least):
        problems.append("%s has %d of %s; at least %s" % (node.n3(), len(values), path, least))
    if most is not None and len(values) > int(most):
        problems.append("%s has %d of %s; at most %s" % (node.n3(), len(values), path, most))
    want = shapes.value(rule, SH.hasValue)
    if want is not None and want not in values:
        problems.append("%s: %s is not %s" % (node.n3(), path, want))
    for value in values:
        kind, datatype, shape = (shapes.value(rule, p) for p in (SH.nodeKind, SH.datatype, SH.node))
        if kind is not None and not kind_fits(value, kind):
            problems.append("%s: %s is of another kind: %s" % (node.n3(), path, value.n3()))
        if datatype is not None and getattr(value, "datatype", None) != datatype:
            problems.append("%s: %s is of another type: %s" % (node.n3(), path, value.n3()))
        if shape is not None:
            check_node(value, shape)


def problems_of(node, shape):
    before = len(problems)
    check_node(node, shape)
    told = problems[before:]
    del problems[before:]
    return told


def check_node(node, shape):
    for rule in shapes.objects(shape, SH.property):
        check_property(node, rule)
    for choice in shapes.objects(shape, SH["or"]):
        told = [problems_of(node, one) for one in Collection(shapes, choice)]
        if all(told):
            problems.extend(told[0])


found = 0
for shape, target in shapes.subject_objects(SH.targetClass):
    for node in data.subjects(RDF.type, target):
        found += 1
        check_node(node, shape)
print("\n".join(problems) if problems else "%d fit" % found)
sys.exit(1 if problems or found == 0 else 0)
