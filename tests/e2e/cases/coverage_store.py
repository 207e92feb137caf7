# SPDX-License-Identifier: Apache-2.0
"""A store that fails: every operation that declares ServiceFailure answers it, and no success.

From the definitions, with the entities that `kinds` makes: what each call names is there, until the
tables are renamed past the running server, so that every statement fails.
"""

import pathlib
import sqlite3

from cases import kinds
from lib import definitions
from lib.case import Failed, allow

SERVER = {}
# The answer of the first is sealed in the ID of the task: it needs no store. The other is for users,
# of whom nothing is known once the tables are gone: it has a case of its own.
APART = {"GetServiceLinkedRoleDeletionStatus", "ChangePassword"}
OPERATIONS = {name: one for name, one in definitions.load().items()
              if "ServiceFailure" in one.errors and name not in APART}
params = {}


def rename_tables(server):
    db = sqlite3.connect(pathlib.Path(server.data) / "iamd.db", isolation_level=None, timeout=10)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND"
                              " name NOT LIKE 'sqlite%'").fetchall():
        db.execute("ALTER TABLE %s RENAME TO gone_%s" % (name, name))
    db.close()


def prepare(t):
    """Makes what the calls name, and then breaks the store. An operation of which `kinds` does not
    know a member fails alone, in its own case."""
    kinds.existing(t)
    for name, operation in OPERATIONS.items():
        try:
            params[name] = kinds.required(t, operation)
        except Failed as error:
            params[name] = error
            continue
        if "UserName" in operation.inputs:
            params[name].setdefault("UserName", kinds.value_of(t, operation, "UserName"))
    rename_tables(t.server)


def fails(operation):
    def run(t):
        if not params:
            prepare(t)
        if isinstance(params[operation.name], Failed):
            raise params[operation.name]
        t.fails("ServiceFailure", t.root.call, operation.name, status=500, **params[operation.name])
    return run


def test_a_user_changes_a_password_while_the_store_is_locked(t):
    own = t.user("coverage", [allow("iam:ChangePassword")])
    passwords = {name: kinds.PLAIN[name] for name in ("OldPassword", "NewPassword")}
    t.root.call("CreateLoginProfile", UserName=own.name, Password=passwords["OldPassword"])
    with t.server.writes_wait():
        t.fails("ServiceFailure", own.client.call, "ChangePassword", status=500, **passwords)
    own.client.call("ChangePassword", **passwords)


def generated():
    return [("test_" + name, fails(operation)) for name, operation in sorted(OPERATIONS.items())]
