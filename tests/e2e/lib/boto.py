# SPDX-License-Identifier: Apache-2.0
"""boto3 of Debian, unchanged. All sessions of a process share what botocore reads its models with, as
the clients of one session do, so that each model is read once."""

import boto3
import botocore.config
import botocore.session

LOADER = botocore.session.Session().get_component("data_loader")


def session(key_id, secret, token=None, region="eu-west-1"):
    own = botocore.session.Session()
    own.register_component("data_loader", LOADER)
    return boto3.session.Session(key_id, secret, token, region, own)


def client(url, service, *whose, **options):
    """A client that calls once; whose: of session(); options: of botocore's Config."""
    return session(*whose).client(service, endpoint_url=url, config=botocore.config.Config(
        retries={"max_attempts": 0}, **options))
