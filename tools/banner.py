#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""For ./run: copies the log of iamd from standard input to standard error, and once iamd is ready
says what to paste, with the addresses that it really has. Arguments: those of "iamd serve".
"""

import json
import os
import signal
import sys

BANNER = """
iamd listens on {url} and keeps its data in {data}
The root access key is {where}

Three commands to paste into another shell:

  export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID="{key_id}" AWS_SECRET_ACCESS_KEY="{secret}"
  aws --endpoint-url {url}{tls} sts get-caller-identity
  aws --endpoint-url {url}{tls} iam create-user --user-name alice

Ctrl-C ends it.

"""


def banner(ready, arguments):
    data = ready["data"]
    credentials = os.path.join(data, "root-credentials")
    if os.environ.get("IAMD_ROOT_ACCESS_KEY_ID"):
        where = "in IAMD_ROOT_ACCESS_KEY_ID and IAMD_ROOT_SECRET_ACCESS_KEY"
        key_id, secret = "$IAMD_ROOT_ACCESS_KEY_ID", "$IAMD_ROOT_SECRET_ACCESS_KEY"
    else:
        where = "in " + credentials
        key_id, secret = ("$(sed -n s/^%s=//p '%s')" % (name, credentials)
                          for name in ("access_key_id", "secret_access_key"))
    tls = " --no-verify-ssl" if "self-signed" in arguments else ""
    return BANNER.format(url=ready["url"], data=data, where=where, key_id=key_id, secret=secret,
                         tls=tls)


def main():
    # iamd decides when it ends; what it says until then is still copied.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for line in sys.stdin:
        sys.stderr.write(line)
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and record.get("msg") == "ready":
            sys.stderr.write(banner(record, sys.argv[1:]))
        sys.stderr.flush()


if __name__ == "__main__":
    main()
