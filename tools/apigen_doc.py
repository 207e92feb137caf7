# SPDX-License-Identifier: Apache-2.0
"""Writes api.md, the reference page of the API."""
PROTOCOLS = {"query": "AWS Query (form in, XML out)", "json-1.1": "AWS JSON 1.1",
             "rest-json": "REST with JSON bodies"}
BY = {"public": "anyone, without a signature", "evidence": "the evidence in the request",
      "authenticated": "any authenticated caller",
      "undenied": "any authenticated caller whom no policy denies it", "policy": "the caller's policies",
      "trust": "the role's trust policy, and the caller's policies"}


def bounds(shape):
    """The constraints of a shape in words."""
    unit = {"string": " characters", "blob": " bytes", "list": " items", "map": " entries"}
    words = []
    if shape.min is not None and shape.max is not None:
        words.append(f"{shape.min} to {shape.max}{unit.get(shape.kind, '')}")
    elif shape.min is not None:
        words.append(f"at least {shape.min}{unit.get(shape.kind, '')}")
    elif shape.max is not None:
        words.append(f"at most {shape.max}{unit.get(shape.kind, '')}")
    if shape.pattern:
        words.append("pattern `" + shape.pattern.replace("|", "\\|") + "`")
    if shape.enum:
        words.append("one of " + ", ".join(f"`{v}`" for v in shape.enum))
    if shape.sensitive:
        words.append("secret")
    return "; ".join(words)


def type_text(shape, service):
    """The type in words; structures are links to their section."""
    if shape.kind in ("structure", "union"):
        return f"[{shape.name}](#{service.name}-{shape.name.lower()})"
    if shape.kind == "list":
        return f"list of {type_text(shape.item, service)}"
    if shape.kind == "map":
        return f"map of {type_text(shape.item, service)}"
    return shape.kind


def member_rows(shape, service):
    rows = []
    for m in shape.members:
        where = "" if m.location == "body" else f" ({m.location}: `{m.location_name}`)"
        notes = [bounds(m.shape)]
        if m.shape.kind == "list" and m.shape.item.kind not in ("structure", "union"):
            item = bounds(m.shape.item)
            notes.append(f"each: {item}" if item else "")
        notes.append("idempotency token" if m.idempotency else "")
        notes.append("deprecated" if m.deprecated else "")
        rows.append(f"| `{m.name}`{where} | {type_text(m.shape, service)} | "
                    f"{'yes' if m.required else ''} | {'; '.join(n for n in notes if n)} |")
    return rows


def table(shape, service):
    if not shape.members:
        return ["No members.", ""]
    return ["| member | type | required | bounds |", "|---|---|---|---|",
            *member_rows(shape, service), ""]


def source_text(source):
    if source.member is not None:
        return f"from `{source.member.name}`"
    if source.kind.startswith("evidence_"):
        return "of the evidence"
    return "of the resource" if source.value is None else f"`{source.value}`"


def denial_text(denial):
    """What a client reads when the permission is denied."""
    texts = ["".join(value if kind == "text" else
                     "{" + (value.name if value is not None else kind.replace("_", ":")) + "}"
                     for kind, value in parts) for parts in denial.texts]
    shown = " or ".join(f"`{text}`" for text in texts if text)
    if denial.is_sentence:
        return f" A denial says {shown}."
    return f" A denial names {shown}." if shown else " A denial names no resource."


def condition_text(condition):
    if condition.entry is not None:
        return "`{}` has `{}` with `{}`".format(condition.member.name, *condition.entry)
    if condition.member is not None:
        return f"`{condition.member.name}` is given"
    return f"the calling session has {condition.fact.replace('_', ' ')}"


def permission_text(p, number):
    """A few words for each permission that a call needs."""
    names = " and ".join(f"`{m.name}`" for m in (p.current, p.name, p.path) if m is not None)
    if p.resource is not None:
        what = "the " + p.resource.replace("_", " ") + (f" ({names})" if names else "")
    else:
        what = "`*`" if number == 0 else "the same resource"
    when = [condition_text(c) for c in p.when]
    keys = ", ".join(f"`{k.key}` {source_text(k)}" for k in p.keys)
    return (("Action" if number == 0 else "Also") + f" `{p.action}` on {what}"
            + (f", when {' or '.join(when)}" if when else "") + "." + denial_text(p.denial)
            + (f" Granted by the account to whom `{p.grant}` says." if p.grant else "")
            + (f" Condition keys: {keys}." if keys and number == 0 else ""))


def refusal_text(refusal):
    callers = ", ".join(caller.replace("_", " ") for caller in refusal.callers)
    return f"Refused to {callers}: `{refusal.error}`, `{refusal.message}`."


def operation(op):
    out = [f"### {op.name}", "", op.doc, ""]
    if op.service.protocol == "rest-json":
        out += [f"`{op.http_method} {op.http_path}`", ""]
    out.append(f"Permitted by {BY[op.by]}. Access level {op.access}.")
    out += [refusal_text(refusal) for refusal in op.refusals]
    out += [permission_text(p, n) for n, p in enumerate(op.permissions)]
    out += ["", "Request:", "", *table(op.input, op.service)]
    if op.output:
        out += ["Response:", "", *table(op.output, op.service)]
    if op.errors:
        out += ["Errors: " + ", ".join(f"`{code}`" for code in op.errors) + ".", ""]
    return out


def shape_section(shape, service):
    kind = "Exactly one member is set." if shape.kind == "union" else ""
    text = " ".join(t for t in (shape.doc, kind) if t)
    return [f'### <a id="{service.name}-{shape.name.lower()}"></a>{shape.name}', "",
            *([text, ""] if text else []), *table(shape, service)]


def service_section(service):
    out = [f"## {service.name}", "", service.doc, "",
           f"Protocol: {PROTOCOLS[service.protocol]}. Signing name `{service.signing_name}`."
           + (f" Version {service.version}." if service.version else ""),
           *(refusal_text(refusal) for refusal in service.refusals), ""]
    for op in service.operations:
        out += operation(op)
    structures = [s for s in service.shapes.values() if s.kind in ("structure", "union")]
    if structures:
        out += [f"## Types of {service.name}", ""]
    for shape in sorted(structures, key=lambda s: s.name):
        out += shape_section(shape, service)
    return out


def page(services, errors):
    out = ["# API reference", "",
           "Every operation that iamd answers, generated from the definitions under `api/`.", ""]
    for service in services:
        out += service_section(service)
    out += ["## Errors", "", "| code | HTTP status | in JSON | HTTP status | meaning |",
            "|---|---|---|---|---|"]
    out += [f"| `{code}` | {row['status']} | `{row['json']}` | {row['json_status']} "
            f"| {row.get('doc', '')} |" for code, row in errors.items()]
    return "\n".join(out) + "\n"
