# SPDX-License-Identifier: Apache-2.0
"""A process that imports the AWS CLI once, and for each request on the socket whose number is its
argument forks a child that runs the program (aws_cli.py asks).

A request is one byte with four files: [arguments, environment, directory] in JSON, and the standard
input, output and error. The answer is the exit code of the child.
"""

import gc
import json
import os
import runpy
import socket
import sys

import awscli.clidriver


def requests(channel):
    """Answers requests. Returns the files of one in the child that it is for, None at the end."""
    while True:
        data, files, _, _ = socket.recv_fds(channel, 1, 4)
        if not data:
            return None
        child = os.fork()
        if child == 0:
            return files
        for file in files:
            os.close(file)
        channel.sendall(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def become(told, *streams):
    """Takes the arguments, environment, directory and files of a request."""
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    with open(told, encoding="utf-8") as file:
        sys.argv, env, directory = json.load(file)
    by_import = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
    os.environ.clear()
    os.environ.update(env, **by_import)
    os.chdir(directory)
    sys.path.insert(0, os.path.dirname(sys.argv[0]))


def main():
    awscli.clidriver.create_clidriver()  # imports the CLI's own plugins, too
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        files = requests(channel)
    if files:
        become(*files)
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
