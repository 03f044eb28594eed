#!/usr/bin/env python3
"""Files that are made to break readers, through the release binary, within a second and 256 MiB each.

    tests/hostile.py PROGRAM [WORD…]     words choose cases by their names

Every run ends with a finding or well (0 or 1), never with a panic (101), a signal or the limits.
"""

import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 1.0
MEBIBYTES = 256
FOLDER = Path("target/hostile")
ECORE = "http://www.eclipse.org/emf/2002/Ecore"
METAMODEL = f"""<?xml version="1.0" encoding="UTF-8"?>
<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:ecore="{ECORE}" name="h" nsURI="http://h" nsPrefix="h">
  <eClassifiers xsi:type="ecore:EClass" name="N">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="name" eType="ecore:EDataType {ECORE}#//EString"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="count" eType="ecore:EDataType {ECORE}#//EInt"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="real" eType="ecore:EDataType {ECORE}#//EDouble"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="big" eType="ecore:EDataType {ECORE}#//EBigInteger"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="a" upperBound="-1" eType="#//N" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="next" eType="#//N"/>
    <eStructuralFeatures xsi:type="ecore:EReference" name="many" upperBound="-1" eType="#//N"/>
  </eClassifiers>
</ecore:EPackage>
"""
HEAD = '<h:N xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" xmlns:h="http://h"'
PACKAGE = (
    '<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    f'xmlns:ecore="{ECORE}" name="p" nsURI="http://p" nsPrefix="p"'
)
N, MANY = 100_000, 1_000_000
# Where a case is right, a second is for its size: a million objects are read and written.
LARGE = {"siblings-right", "names-index"}


def xmi(inside, attributes=""):
    return f"{HEAD}{attributes}>{inside}</h:N>"


def cases():
    """Name and ending, and what makes the bytes."""
    bomb = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 30))
    yield "entity-bomb.xmi", lambda: f'<!DOCTYPE a [<!ENTITY e0 "x">{bomb}]>{HEAD} name="&e29;"/>'
    yield "entity-bomb-text.xmi", lambda: f'<!DOCTYPE a [<!ENTITY e0 "x">{bomb}]>{HEAD}><name>&e29;</name></h:N>'
    yield "entity-loop.xmi", lambda: f'<!DOCTYPE a [<!ENTITY a "&b;"><!ENTITY b "&a;">]>{HEAD} name="&a;"/>'
    wide = "x" * N
    yield "entity-quadratic.xmi", lambda: f'<!DOCTYPE a [<!ENTITY e "{wide}">]>{HEAD}>' + '<a name="&e;"/>' * N + "</h:N>"
    yield "entity-bomb.ecore", lambda: f'<!DOCTYPE a [<!ENTITY e0 "x">{bomb}]>{PACKAGE}><eAnnotations source="&e29;"/></ecore:EPackage>'
    yield "alias-bomb.yaml", lambda: "a0: &a0 [x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30))
    yield "alias-bomb-objects.yaml", lambda: "a:\n  - &a0 {name: x}\n" + "".join(
        f"  - &a{i} {{a: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 30))
    yield "alias-loop.yaml", lambda: "a: &a [*a]\n"
    yield "deep.xmi", lambda: HEAD + ">" + "<a>" * N + "</a>" * N + "</h:N>"
    yield "deep-open.xmi", lambda: HEAD + ">" + "<a>" * N
    yield "deep.ecore", lambda: PACKAGE + ">" + '<eSubpackages name="s">' * N + "</eSubpackages>" * N + "</ecore:EPackage>"
    yield "deep-flow.yaml", lambda: "a: " + "[" * N
    yield "deep-flow-map.yaml", lambda: "{a: " * N + "}" * N
    yield "deep-flow-objects.yaml", lambda: "{a: [" * N + "]}" * N
    yield "deep-block.yaml", lambda: "\n".join(" " * i + "a:" for i in range(8000)) + "\n"
    yield "deep-block-list.yaml", lambda: "- " * N + "x\n"
    yield "deep.json", lambda: '{"a": [' * N + "]}" * N
    yield "deep-open.json", lambda: "[" * N
    yield "attributes.xmi", lambda: HEAD + "".join(f' x{i}="1"' for i in range(N)) + "/>"
    yield "attributes-same.xmi", lambda: HEAD + ' name="1"' * N + "/>"
    yield "attributes.ecore", lambda: PACKAGE + "".join(f' x{i}="1"' for i in range(N)) + "/>"
    yield "keys.yaml", lambda: "".join(f"x{i}: 1\n" for i in range(N))
    yield "keys-same.yaml", lambda: "name: 1\n" * N
    yield "keys.json", lambda: "{" + ",".join(f'"x{i}": 1' for i in range(N)) + "}"
    yield "keys-same.json", lambda: "{" + ",".join('"name": "1"' for i in range(N)) + "}"
    yield "siblings-unknown.xmi", lambda: xmi('<b/>' * MANY)
    yield "siblings-value.xmi", lambda: xmi('<a count="x"/>\n' * MANY)
    yield "siblings-dangling.xmi", lambda: xmi('<a next="//@a.9999999"/>\n' * MANY)
    yield "siblings.ecore", lambda: PACKAGE + ">" + '<eClassifiers xsi:type="ecore:EClas"/>\n' * (MANY // 4) + "</ecore:EPackage>"
    yield "siblings-nameless.ecore", lambda: PACKAGE + ">" + '<eClassifiers xsi:type="ecore:EClass"/>\n' * N + "</ecore:EPackage>"
    yield "siblings-same.ecore", lambda: PACKAGE + ">" + '<eClassifiers xsi:type="ecore:EClass" name="A"/>\n' * N + "</ecore:EPackage>"
    yield "siblings.yaml", lambda: "a:\n" + "- {count: x}\n" * N
    yield "siblings-unknown.yaml", lambda: "a:\n" + "- {cuont: 1}\n" * N
    yield "siblings-dangling.yaml", lambda: "a:\n" + "- {next: nobody}\n" * N
    yield "siblings-types.yaml", lambda: "a:\n" + "- {type: M}\n" * N
    yield "siblings.json", lambda: '{"a": [' + ",\n".join('{"count": "x"}' for _ in range(N)) + "]}"
    yield "siblings-line.xmi", lambda: xmi('<a count="x"/>' * N)
    yield "siblings-line.yaml", lambda: "a: [" + "{count: x}, " * N + "]\n"
    yield "siblings-right.xmi", lambda: xmi('<a name="x"/>\n' * (MANY // 2))
    yield "names-index.yaml", lambda: "a:\n" + "".join(f"- {{name: n{i}, next: n{(i * 7) % N}}}\n" for i in range(N))
    yield "names-ambiguous.yaml", lambda: "a:\n" + "- {name: n, next: n}\n" * N
    yield "utf8-bad.xmi", lambda: (HEAD + ' name="').encode() + b"\xff\xfe\xc0" * N + b'"/>'
    yield "utf8-bad.yaml", lambda: b"name: caf\xe9\n" * N
    yield "utf16-half.xmi", lambda: b"\xff\xfe" + (HEAD + ' name="').encode("utf-16-le") + b"\x00\xd8" * 9 + b"<"
    yield "utf16-half.yaml", lambda: b"\xff\xfea\x00:\x00 \x00\x00\xd8\x00"
    yield "utf16-half.json", lambda: b'{"name": "\\ud800"}'
    for ending in ("xmi", "ecore", "yaml", "json"):
        yield f"random.{ending}", lambda: random.Random(7).randbytes(1 << 20)
        yield f"nul.{ending}", lambda: b"\0" * (1 << 20)
        yield f"empty.{ending}", lambda: b""
        yield f"blank.{ending}", lambda: b" \n" * MANY
        yield f"line.{ending}", lambda: b"x" * 50_000_000
    yield "line-value.xmi", lambda: HEAD + ' name="' + "x" * 50_000_000 + '" count="x"/>'
    yield "line-value.yaml", lambda: "{name: " + "x" * 50_000_000 + ", count: x}\n"
    yield "line-value.json", lambda: '{"name": "' + "x" * 50_000_000 + '", "count": "x"}'
    yield "hrefs-self.xmi", lambda: xmi('<next href="hrefs-self.xmi#/"/><many href="hrefs-self.xmi#//@a.0"/>' * 1000)
    yield "hrefs-gone.xmi", lambda: xmi("".join(f'<many href="gone{i}.xmi#/"/>\n' for i in range(N)))
    yield "hrefs-no-fragment.xmi", lambda: xmi('<a href="hrefs-no-fragment.xmi#/"/>' * 1000)
    yield "hrefs-self.yaml", lambda: "many:\n" + "- hrefs-self.yaml#/\n" * N
    yield "supers-self.ecore", lambda: PACKAGE + '><eClassifiers xsi:type="ecore:EClass" name="A" eSuperTypes="' + "#//A " * N + '"/></ecore:EPackage>'
    yield "supers-file.ecore", lambda: PACKAGE + '><eClassifiers xsi:type="ecore:EClass" name="A" eSuperTypes="supers-file.ecore#//A"/></ecore:EPackage>'
    yield "numbers.xmi", lambda: HEAD + ' count="' + "9" * MANY + '" real="1e' + "9" * MANY + '" big="' + "9" * MANY + '"/>'
    yield "numbers.yaml", lambda: "count: " + "9" * MANY + "\nreal: 1e999999999\nbig: " + "9" * MANY + "\n"
    yield "numbers.json", lambda: '{"count": ' + "9" * MANY + ', "real": 1e999999999, "big": ' + "9" * MANY + "}"
    yield "path.xmi", lambda: xmi("<a/>", ' next="/' + "/@a.0" * N + '"')
    yield "path-index.xmi", lambda: xmi("<a/>", ' next="//@a.' + "9" * N + '"')
    yield "path.yaml", lambda: "next: /" + "/@a.0" * N + "\na: [{}]\n"
    yield "paths-deep.xmi", lambda: xmi("<a>" * 400 + "</a>" * 400 + ('<a next="/' + "/@a.0" * 401 + '"/>') * 2000)
    yield "namespaces.xmi", lambda: HEAD + "".join(f' xmlns:n{i}="http://n/{i}"' for i in range(N)) + "/>"
    yield "namespaces-nested.xmi", lambda: xmi("".join(f'<a xmlns:n{i}="http://n/{i}"/>' for i in range(N)))
    yield "namespaces-types.xmi", lambda: xmi("".join(
        f'<a xmlns:n="http://n/{i}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="n:T"/>' for i in range(N)))
    yield "name.xmi", lambda: f"<{'x' * MANY} {'y' * MANY}='1'/>"
    yield "name-attribute.xmi", lambda: f"{HEAD} {'y' * MANY}='1' name='{'z' * MANY}' next='{'w' * MANY}'/>"
    yield "name.yaml", lambda: f"{'y' * MANY}: 1\nnext: {'w' * MANY}\ntype: {'t' * MANY}\n"
    yield "name.json", lambda: f'{{"{"y" * MANY}": 1, "next": "{"w" * MANY}"}}'
    yield "name.ecore", lambda: PACKAGE + f'><eClassifiers xsi:type="ecore:EClass" name="{"-" * MANY}" instanceClassName="{"a<" * MANY}"/></ecore:EPackage>'
    yield "classes-chain.ecore", lambda: PACKAGE + ">" + "".join(
        f'<eClassifiers xsi:type="ecore:EClass" name="C{i}" eSuperTypes="#//C{i + 1}"/>\n' for i in range(5000)) + "</ecore:EPackage>"
    yield "generics-deep.ecore", lambda: (
        PACKAGE + '><eClassifiers xsi:type="ecore:EClass" name="A"><eOperations name="o"><eGenericType>'
        + "<eTypeArguments>" * 490 + "</eTypeArguments>" * 490 + "</eGenericType></eOperations></eClassifiers></ecore:EPackage>")
    yield "comments.xmi", lambda: HEAD + ">" + "<!-- -->" * N + "<a/>" * 3 + "<b/></h:N>"
    yield "cdata.xmi", lambda: xmi("<name><![CDATA[" + "]" * MANY + "]]></name><count>x</count>")
    yield "anchors.yaml", lambda: "a:\n" + "".join(f"- &x{i} {{cuont: 1}}\n" for i in range(N))
    yield "tags.yaml", lambda: "a:\n" + "".join(f"- !T{i} {{}}\n" for i in range(N))
    yield "documents.yaml", lambda: "---\nname: x\n" * N
    yield "quotes.yaml", lambda: 'name: "' + "\\x41" * MANY + '"\ncount: "' + "\\n" * N + '"\n'
    yield "ids.xmi", lambda: xmi("".join('<a xmi:id="i"/>' for i in range(N)))
    yield "ids-references.xmi", lambda: xmi("<a/>", ' many="' + "".join(f"i{i} " for i in range(N)) + '"')


def run(program, arguments):
    """Exit code, seconds, mebibytes, what was printed."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with open(FOLDER / "out", "wb") as out, open(FOLDER / "err", "wb") as err:
        start = time.monotonic()
        child = subprocess.Popen([program, *arguments], stdout=out, stderr=err, preexec_fn=limit,
                                 env={**os.environ, "NO_COLOR": "1"})
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    # Other work on the machine is not the program's: what counts is the time that it computes.
    return child.returncode, min(seconds, cpu), usage.ru_maxrss / 1024


def main():
    program, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    FOLDER.mkdir(parents=True, exist_ok=True)
    metamodel = FOLDER / "h.ecore"
    metamodel.write_text(METAMODEL)
    failed = runs = 0
    for name, make in cases():
        if words and not any(word in name for word in words):
            continue
        file = FOLDER / name
        content = make()
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        named = [] if name.endswith(".ecore") else ["--metamodel", str(metamodel)]
        size = file.stat().st_size / (1 << 20)
        for verb in (["inspect"], ["convert", "--to", "json"], ["convert", "--to", "xmi"], ["check"], ["check", "--format", "json"]):
            allowed = SECONDS * (3 if name.split(".")[0] in LARGE else 1)
            code, seconds, memory = run(program, [*verb, str(file), *named])
            # A machine that is busy with others is asked again; the fastest of three counts.
            for _ in range(2):
                if seconds > allowed and code in (0, 1):
                    seconds = min(seconds, run(program, [*verb, str(file), *named])[1])
            runs += 1
            wrong = []
            # A model that nests deeper than a form can is not written in it, which is said.
            said = code == 2 and b"nests deeper" in (FOLDER / "err").read_bytes()
            if code not in (0, 1) and not said:
                wrong.append(f"exit {code}")
            if seconds > allowed:
                wrong.append("slow")
            # The text itself is in memory beside what is made of it.
            if memory > MEBIBYTES + size:
                wrong.append("large")
            if code == 1 and b"error[" not in (FOLDER / "out").read_bytes() + (FOLDER / "err").read_bytes() and "json" not in verb:
                wrong.append("no finding")
            failed += bool(wrong)
            if wrong or words:
                print(f"{'FAIL' if wrong else 'ok  '} {name} {' '.join(verb)}: {code}, {seconds:.2f} s, {memory:.0f} MiB of {size:.1f}  {', '.join(wrong)}", flush=True)
        file.unlink()
    print(f"{runs} runs, {failed} failed")
    sys.exit(failed > 0)


main()
