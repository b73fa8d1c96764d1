"""A cluster of one node, this machine: the daemons of Slurm, with all their files in one folder.

Nothing of the machine is changed but a link in ``/run``, by which commands find the configuration:
those in a job have no environment that could name it.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol")
LINK = Path("/run/slurm/conf")
"""Where the commands of Slurm look for a configuration if nothing else names one."""
CONFIGURATIONS = (Path("/etc/slurm/slurm.conf"), LINK / "slurm.conf")
PATIENCE = 60
"""Seconds that a busy machine may take to start or to end the daemons."""
LOCK = Path(tempfile.gettempdir()) / "snakewebb-slurm.lock"
"""Locked by the test that runs Slurm: there is one link for all."""
MEGABYTE = 2**20


def why_not():
    """Return why Slurm cannot be started here, or nothing if it can."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            return f"there is no {program} (Debian packages munge and slurm-wlm)"
    if os.geteuid() != 0:
        return "only root may start the daemons of Slurm"
    if "SLURM_CONF" in os.environ or any(path.exists() for path in CONFIGURATIONS):
        return "this machine has a Slurm of its own"
    return ""


def free_port():
    """Return a port that nobody listens to."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def configuration(folder):
    """Return the text of ``slurm.conf`` for this machine."""
    name = socket.gethostname().partition(".")[0]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    return f"""
ClusterName=test
SlurmctldHost={name}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
MinJobAge=3600
KillWait=2
NodeName={name} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} RealMemory={memory * 9 // 10}
PartitionName=test Nodes={name} Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def process(*command, log):
    """Run a daemon, and end it."""
    with open(log, "w") as told:
        daemon = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            daemon.terminate()
            try:
                daemon.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def until(condition, seconds=PATIENCE):
    """Wait until a condition holds, and return what it says then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds := condition():
            return holds
        time.sleep(0.2)
    raise TimeoutError(condition.__doc__)


def told(*command):
    """Return the lines that a command prints, none if it fails."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.stdout.splitlines() if run.returncode == 0 else []


def state():
    """Return the state of the node, as in idle or drained."""
    return "".join(told("sinfo", "--noheader", "--format=%T"))


def jobs():
    """Return what Slurm knows of each job, the oldest first."""
    names = ("id", "state", "comment", "memory", "time")
    lines = told("squeue", "--states=all", "--noheader", "--sort=i", "--format=%i|%T|%k|%m|%l")
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]


def jobs_that_are(state):
    """Return the jobs that are in a state, as in PENDING or RUNNING."""
    return [job for job in jobs() if job["state"] == state]


def update(setting):
    """Give the node another state."""
    name = socket.gethostname().partition(".")[0]
    command = ["scontrol", "update", f"nodename={name}", f"state={setting}", "reason=test"]
    subprocess.run(command, check=True)


def unlink():
    """Remove the link, and its folder if there is nothing else in it."""
    LINK.unlink(missing_ok=True)
    with suppress(OSError):
        LINK.parent.rmdir()


@contextmanager
def running():
    """Run Slurm on this machine for a while."""
    with ExitStack() as stack:
        fcntl.flock(stack.enter_context(open(LOCK, "w")), fcntl.LOCK_EX)
        if reason := why_not():
            raise RuntimeError(reason)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "slurm.conf").write_text(configuration(folder))
        (folder / "munge.key").write_bytes(os.urandom(64))
        (folder / "munge.key").chmod(0o400)
        munge = [f"--{name}={folder}/munge.{name}" for name in ("socket", "pid-file", "seed-file")]
        munge += [f"--key-file={folder}/munge.key", "--foreground", "--force"]

        stack.callback(unlink)
        unlink()  # that of a test that was killed
        LINK.parent.mkdir(exist_ok=True)
        LINK.symlink_to(folder)
        stack.enter_context(process("munged", *munge, log=folder / "munge.log"))
        until((folder / "munge.socket").exists)
        for daemon in ("slurmctld", "slurmd"):
            command = [daemon, "-D", "-f", f"{folder}/slurm.conf"]
            stack.enter_context(process(*command, log=folder / f"{daemon}.log"))
        until(lambda: state() == "idle")
        stack.callback(told, "scancel", "--me")
        yield
