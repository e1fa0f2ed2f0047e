"""Whether this is a real machine: a virtual one, a container, WSL, or a remote session.

Told by files and environment variables; nothing is asked of a hypervisor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from moeplanner_gui.core.words import say
from moeplanner_gui.detect.host_files import LARGE_LIMIT, HostFiles

_SURE: Final = (
    # Written by hypervisors only; the first that is found names it.
    (re.compile(r"vmware", re.I), "VMware"),
    (re.compile(r"innotek|virtualbox", re.I), "VirtualBox"),
    (re.compile(r"\bkvm\b", re.I), "KVM"),
    (re.compile(r"qemu|bochs", re.I), "QEMU"),
    (re.compile(r"parallels", re.I), "Parallels"),
    (re.compile(r"bhyve", re.I), "bhyve"),
    (re.compile(r"\bxen\b", re.I), "Xen"),
    (re.compile(r"ovirt|red ?hat enterprise virtualization", re.I), "oVirt"),
    (re.compile(r"openstack", re.I), "OpenStack"),
    (re.compile(r"proxmox", re.I), "Proxmox"),
    (re.compile(r"apple virtualization|virtualmac", re.I), "Apple Virtualization"),
    (re.compile(r"microsoft corporation.*virtual machine", re.I | re.S), "Hyper-V"),
)
_CLOUDS: Final = (
    # They rent whole machines under the same name, so a hypervisor has to show as well.
    (re.compile(r"amazon ec2", re.I), "Amazon EC2"),
    (re.compile(r"google compute engine|^google$", re.I | re.M), "Google Compute Engine"),
    (re.compile(r"digitalocean", re.I), "DigitalOcean"),
    (re.compile(r"alibaba cloud", re.I), "Alibaba Cloud"),
    (re.compile(r"oraclecloud", re.I), "Oracle Cloud"),
    (re.compile(r"hetzner", re.I), "Hetzner"),
    (re.compile(r"scaleway", re.I), "Scaleway"),
    (re.compile(r"nebius", re.I), "Nebius"),
)
_WHOLE: Final = re.compile(r"\bmetal\b|\.metal|bare ?metal", re.I)
UNNAMED_HYPERVISOR: Final = say("a hypervisor that gives no name")

_CONTAINERS: Final = (
    ("kubepods", "Kubernetes"),
    ("docker", "Docker"),
    ("libpod", "Podman"),
    ("containerd", "containerd"),
    ("/lxc", "LXC"),
)


def hypervisor_named(firmware: str, *, hypervisor_shows: bool | None) -> str | None:
    """The virtual machine that firmware names stand for, None for a real one.

    Args:
        firmware: Vendor, product and BIOS names, one a line.
        hypervisor_shows: Whether the processor says that it runs under a hypervisor; None
            where it cannot say.
    """
    for pattern, name in _SURE:
        if pattern.search(firmware):
            return name
    for pattern, name in _CLOUDS:
        if pattern.search(firmware):
            whole = hypervisor_shows is False or _WHOLE.search(firmware)
            return None if whole else name
    return UNNAMED_HYPERVISOR if hypervisor_shows else None


def linux_virtual_machine(files: HostFiles, cpuinfo: str) -> str | None:
    """The virtual machine that this Linux runs in, None for a real machine."""
    if "control_d" in (files.text("/proc/xen/capabilities") or ""):
        return None
    firmware = "\n".join(
        files.text(f"/sys/class/dmi/id/{name}") or ""
        for name in ("sys_vendor", "product_name", "board_vendor", "bios_vendor", "bios_version")
    )
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.M)
    shows = None if flags is None else "hypervisor" in flags[1].split()
    if files.text("/sys/hypervisor/type") == "xen":
        return hypervisor_named(firmware, hypervisor_shows=True) or "Xen"
    if files.is_there("/proc/device-tree/hypervisor/compatible"):
        shows = True
    return hypervisor_named(firmware, hypervisor_shows=shows)


def linux_container(files: HostFiles, environment: Mapping[str, str]) -> str | None:
    """The container that this program runs in, None outside of one."""
    if environment.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    named = files.text("/run/systemd/container")
    if named and named.split()[0].isprintable():
        return named.split()[0][:40]
    if files.is_there("/run/.containerenv"):
        return "Podman"
    if files.is_there("/.dockerenv"):
        return "Docker"
    if files.is_there("/.singularity.d"):
        return "Apptainer"
    if files.is_there("/.flatpak-info"):
        return "Flatpak"
    groups = files.text("/proc/1/cgroup", LARGE_LIMIT) or ""
    for word, name in _CONTAINERS:
        if word in groups:
            return name
    return None


def is_wsl(version: str | None) -> bool:
    """Whether the text of ``/proc/version`` is that of the Linux inside Windows."""
    return "microsoft" in (version or "").lower()


def remote_session(environment: Mapping[str, str]) -> str | None:
    """How the user comes from another machine, without its address; None when it is here."""
    if environment.get("SESSIONNAME", "").upper().startswith("RDP-"):
        return "Remote Desktop"
    if any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return "SSH"
    if environment.get("XRDP_SESSION"):
        return "xrdp"
    return "VNC" if environment.get("VNCDESKTOP") else None
