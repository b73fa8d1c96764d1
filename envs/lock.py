"""Write the exact versions of all packages of each environment into this folder.

- ``lock.txt``: the environment of the project, with all extras and the tools of its developers.
- ``environment.yaml``: what of it the rules need, for ``--software-deployment-method conda``, with
  the Python that the versions were found for.
- ``peer.txt``: the environment of jwst, for the parity tests; ``peer-2.0.1.txt``: that of its last
  release with the trap model of persistence.

Run it with the oldest Python that the project supports: packages drop old Pythons, so that what
is found for the oldest is there for the newer ones too.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {"peer.txt": "jwst==3.0.0", "peer-2.0.1.txt": "jwst==2.0.1"}
NOTE = "# Written by `make lock`.\n"


def resolved(requirements):
    """Return the version of each package that pip would install into an empty environment."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
    command += ["--ignore-installed", "--report", "-", *requirements]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = [package["metadata"] for package in report["install"]]
    return dict(sorted((normal(entry["name"]), entry["version"]) for entry in packages))


def normal(requirement):
    """Return the name of the package that is required, as indexes compare it."""
    name = re.match(r"[\w.-]+", requirement).group()
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(versions):
    """Return one line for each package, with its exact version."""
    return [f"{name}=={version}" for name, version in versions.items()]


def write(name, lines):
    """Write a file of this folder."""
    (HERE / name).write_text(NOTE + "\n".join(lines) + "\n")


def main():
    """Resolve the environments and write the files."""
    table = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    project = table["project"]
    extras = [entry for extra in project["optional-dependencies"].values() for entry in extra]
    versions = resolved([*project["dependencies"], *extras, *table["build-system"]["requires"]])
    write("lock.txt", pinned(versions))
    of_rules = resolved(["--constraint", str(HERE / "lock.txt"), *project["dependencies"]])
    for name, peer in PEERS.items():
        write(name, pinned(resolved([peer])))
    python = f"  - python ={sys.version_info.major}.{sys.version_info.minor}"
    head = ["channels: [conda-forge]", "dependencies:", python, "  - pip", "  - pip:"]
    write("environment.yaml", [*head, *(f"      - {pin}" for pin in pinned(of_rules))])


if __name__ == "__main__":
    main()
