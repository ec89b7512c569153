# SPDX-License-Identifier: Apache-2.0
"""What a bench ran on: figures mean nothing without it."""

import os
import platform
import subprocess

PACKAGES = ["libdb5.3", "librdf0", "librasqal3", "libraptor2-0", "libroaring0",
            "virtuoso-opensource-7-bin", "libtracker-sparql-3.0-0", "nodejs"]


def first_value(path, key):
    try:
        with open(path) as stream:
            return next((line.split(":", 1)[1].strip() for line in stream if line.startswith(key)), "")
    except OSError:
        return ""


def versions():
    """Versions of the installed ones among PACKAGES."""
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *PACKAGES],
                              capture_output=True, text=True, check=False)
    except OSError:
        return {}
    pairs = [line.split() for line in done.stdout.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def facts():
    memory = first_value("/proc/meminfo", "MemTotal").split()
    return {"processor": first_value("/proc/cpuinfo", "model name") or platform.machine(),
            "cores": os.cpu_count(), "memory_mib": int(memory[0]) // 1024 if memory else None,
            "system": first_os_line(), "kernel": platform.release(), "packages": versions()}


def first_os_line():
    try:
        with open("/etc/os-release") as stream:
            return next((line.split("=", 1)[1].strip().strip('"') for line in stream
                         if line.startswith("PRETTY_NAME=")), platform.system())
    except OSError:
        return platform.system()


def description():
    known = facts()
    return (f"{known['processor']}, {known['cores']} cores, "
            f"{(known['memory_mib'] or 0) / 1024:.0f} GiB, {known['system']}")
