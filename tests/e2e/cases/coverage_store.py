# SPDX-License-Identifier: Apache-2.0
"""A store that fails: every operation that declares ServiceFailure answers it, and no success.

From the definitions, with the entities that `kinds` makes: what each call names is there, until the
tables are renamed past the running server, so that every statement fails.
"""

import pathlib
import sqlite3

from cases import kinds
from lib import definitions
from lib.case import allow

SERVER = {}
# What its answer says is sealed in the ID of the task: it needs no store.
STORELESS = {"GetServiceLinkedRoleDeletionStatus"}
OPERATIONS = {name: one for name, one in definitions.load().items()
              if "ServiceFailure" in one.errors and name not in STORELESS}
params = {}
callers = {}


def rename_tables(server):
    db = sqlite3.connect(pathlib.Path(server.data) / "iamd.db", isolation_level=None, timeout=10)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND"
                              " name NOT LIKE 'sqlite%'").fetchall():
        db.execute("ALTER TABLE %s RENAME TO gone_%s" % (name, name))
    db.close()


def prepare(t):
    """Makes what the calls name and who calls, and then breaks the store."""
    for name, operation in OPERATIONS.items():
        params[name] = kinds.required(t, operation)
        if "UserName" in operation.inputs:
            params[name].setdefault("UserName", kinds.value_of(t, operation, "UserName"))
    own = t.user("coverage", [allow("iam:ChangePassword")])
    t.root.call("CreateLoginProfile", UserName=own.name, Password=kinds.PLAIN["OldPassword"])
    callers["ChangePassword"] = own.client
    rename_tables(t.server)


def fails(operation):
    def run(t):
        if not params:
            prepare(t)
        t.fails("ServiceFailure", callers.get(operation.name, t.root).call, operation.name,
                status=500, **params[operation.name])
    return run


def generated():
    return [("test_" + name, fails(operation)) for name, operation in sorted(OPERATIONS.items())]
