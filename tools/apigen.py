#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates the API's code and data from the definitions under api/.

    apigen.py --api DIR --errors FILE --out DIR [--stubs] [SERVICE ...]

DIR holds one directory per service: service.json and one file per resource family. The format is
described in api/README.md, the checks are in apigen_model.py. Written into --out:

    api_SERVICE.gen.h           the C structs of a service, and the prototypes of its handlers
    api_SERVICE_shapes.gen.h/.c the descriptors of its shapes
    api_SERVICE_table.gen.c     its operations, what they need, the adapters around the handlers
    api_services.gen.c          the table of services
    api_patterns.gen.c          the patterns of all shapes
    api_errors.gen.h/.c         codes of the errors and their table
    api_stubs.gen.c             with --stubs: handlers and resolvers that do nothing, for tests
    api.md                      the API reference page
    negative.jsonl              requests that must be refused, with the expected code and message

A definition that breaks a rule stops the build with the place and the rule. Files whose content
would not change are not rewritten. Python 3.9 or newer, standard library only.
"""
import argparse
import os
import sys

import apigen_c
import apigen_doc
import apigen_model
import apigen_negative


def write_if_changed(path, text):
    """Keeps the time stamp of an unchanged file, so that nothing is rebuilt without a reason."""
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def outputs(services, errors, with_stubs):
    """The generated files: name to text."""
    patterns = apigen_c.PatternTable()
    files = {
        "api_services.gen.c": apigen_c.services_source(services),
        "api_errors.gen.h": apigen_c.errors_header(errors),
        "api_errors.gen.c": apigen_c.errors_source(errors),
        "api.md": apigen_doc.page(services, errors),
        "negative.jsonl": apigen_negative.lines(services),
    }
    for service in services:
        api, shapes = apigen_c.api_name(service), apigen_c.shapes_name(service)
        files[api + ".h"] = apigen_c.api_header(service)
        files[shapes + ".h"] = apigen_c.shapes_header(service)
        files[shapes + ".c"] = apigen_c.shapes_source(service, patterns)
        files[f"api_{service.c_name}_table.gen.c"] = apigen_c.table_source(service)
    files["api_patterns.gen.c"] = apigen_c.patterns_source(patterns)
    if with_stubs:
        files["api_stubs.gen.c"] = apigen_c.stubs_source(services)
    return files


def main():
    parser = argparse.ArgumentParser(description="generate the API from its definitions")
    parser.add_argument("--api", required=True, help="directory with one directory per service")
    parser.add_argument("--errors", required=True, help="the errors table, a JSON file")
    parser.add_argument("--out", required=True, help="directory for the generated files")
    parser.add_argument("--stubs", action="store_true", help="also write handlers that do nothing")
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these services")
    args = parser.parse_args()
    try:
        errors = apigen_model.load_errors(args.errors)
        services = apigen_model.load_services(args.api, args.services, errors)
        files = outputs(services, errors, args.stubs)
    except apigen_model.DefinitionError as e:
        sys.exit(f"apigen: {e}")
    os.makedirs(args.out, exist_ok=True)
    for name, text in files.items():
        write_if_changed(os.path.join(args.out, name), text)


if __name__ == "__main__":
    main()
