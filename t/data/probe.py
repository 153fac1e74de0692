# What a job tries and must not get. Prints "NAME: refused (why)" or "NAME: REACHED what".
import ctypes, errno, glob, os, resource, socket, subprocess, sys

libc = ctypes.CDLL(None, use_errno=True)


def tried(name, act):
    try:
        got = act()
    except ValueError as e:
        print(f"{name}: refused ({e})")
    except OSError as e:
        print(f"{name}: refused ({errno.errorcode.get(e.errno, e.errno)})")
    except subprocess.CalledProcessError as e:
        print(f"{name}: refused (status {e.returncode})")
    else:
        print(f"{name}: REACHED {got!r}" if got else f"{name}: refused (nothing there)")
    sys.stdout.flush()


def syscall(*args):
    r = libc.syscall(*args)
    if r < 0:
        raise OSError(ctypes.get_errno(), "")
    return f"returned {r}"


def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(2)
        s.connect(address)
        return address


def write(path):
    with open(path, "w") as f:
        f.write("x")
    return path


def processes():
    mine = {os.getpid(), os.getppid()}
    return [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in mine
            and int(p) > 3 and os.path.exists(f"/proc/{p}/exe")]


tried("tcp to the host", lambda: connect(socket.AF_INET, ("127.0.0.1", int(os.environ.get("PORT", "22")))))
tried("tcp6 socket", lambda: connect(socket.AF_INET6, ("::1", 22)))
tried("udp socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM) and "socket")
tried("raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and "socket")
tried("packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) and "socket")
tried("netlink socket", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) and "socket")
tried("vsock socket", lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) and "socket")
tried("interfaces", lambda: [i for i in os.listdir("/sys/class/net")])
tried("sped's socket", lambda: connect(socket.AF_UNIX, sys.argv[1] + "/run/sped.sock"))
tried("sped's abstract sockets", lambda: connect(socket.AF_UNIX, "\0spe"))
tried("state directory", lambda: os.listdir(sys.argv[1] + "/state"))
tried("holdings", lambda: os.listdir("/var/lib/spe"))
tried("host's /etc/shadow", lambda: open("/etc/shadow").read())
tried("host's /etc/passwd", lambda: [l for l in open("/etc/passwd") if "aino" in l])
tried("host's /root", lambda: os.listdir("/root"))
tried("host's /home", lambda: os.listdir("/home"))
tried("host's /run", lambda: os.listdir("/run"))
tried("host's /sys", lambda: os.listdir("/sys"))
tried("other processes", processes)
tried("pid 1's memory", lambda: open("/proc/1/mem", "rb").read(1))
tried("pid 1's root", lambda: os.listdir("/proc/1/root"))
tried("signal to pid 1", lambda: os.kill(1, 9) or (os.path.exists("/proc/self") and None))
tried("/proc/sysrq-trigger", lambda: write("/proc/sysrq-trigger"))
tried("/proc/sys/kernel/core_pattern", lambda: write("/proc/sys/kernel/core_pattern"))
tried("write to /data", lambda: write("/data/x"))
tried("write over data", lambda: [write(p) for p in glob.glob("/data/*/*.csv")[:1]])
tried("write to /code", lambda: write("/code/x"))
tried("write to /usr", lambda: write("/usr/x"))
tried("write to /etc", lambda: write("/etc/x"))
tried("write to /", lambda: write("/x"))
tried("block device", lambda: os.mknod("/work/d", 0o60600, os.makedev(8, 0)) or "made")
tried("character device", lambda: os.mknod("/work/m", 0o20600, os.makedev(1, 1)) or "made")
tried("host's /dev", lambda: [d for d in os.listdir("/dev") if d not in (
    "null zero full urandom random fd stdin stdout stderr shm".split())])
tried("chroot", lambda: os.chroot("/work") or "done")
tried("setuid root", lambda: os.setuid(0) or "done")
tried("set-user-id program", lambda: subprocess.run(["su", "-c", "id"], check=True, capture_output=True).stdout)
tried("mount", lambda: syscall(165, b"none", b"/work", b"tmpfs", 0, None))
tried("umount", lambda: syscall(166, b"/data", 2))
tried("unshare user", lambda: syscall(272, 0x10000000))
tried("unshare mount", lambda: syscall(272, 0x00020000))
tried("clone user namespace", lambda: syscall(56, 0x10000000 | 17, 0, 0, 0, 0))
tried("clone3", lambda: syscall(435, 0, 0))
tried("setns", lambda: syscall(308, 0, 0))
tried("ptrace", lambda: syscall(101, 16, os.getppid(), 0, 0))
tried("process_vm_readv", lambda: syscall(310, 1, 0, 0, 0, 0, 0))
tried("bpf", lambda: syscall(321, 0, 0, 0))
tried("io_uring_setup", lambda: syscall(425, 1, ctypes.create_string_buffer(256)))
tried("userfaultfd", lambda: syscall(323, 0))
tried("perf_event_open", lambda: syscall(298, ctypes.create_string_buffer(128), 0, -1, -1, 0))
tried("keyctl", lambda: syscall(250, 0, -3, 0, 0, 0))
tried("add_key", lambda: syscall(248, b"user", b"a", b"b", 1, -3))
tried("init_module", lambda: syscall(175, 0, 0, b""))
tried("kexec_load", lambda: syscall(246, 0, 0, 0, 0))
tried("open_by_handle_at", lambda: syscall(304, -100, ctypes.create_string_buffer(64), 0))
tried("inotify", lambda: syscall(294, 0))
tried("inotify watch on /usr", lambda: syscall(254, 0, b"/usr/bin", 0x20))
tried("flock", lambda: syscall(73, 0, 2))
tried("sync", lambda: syscall(162))
tried("settimeofday", lambda: syscall(164, ctypes.create_string_buffer(16), 0))
tried("sethostname", lambda: syscall(170, b"x", 1))
tried("reboot", lambda: syscall(169, 0xfee1dead, 672274793, 0, 0))
tried("swapon", lambda: syscall(167, b"/work", 0))
tried("personality", lambda: syscall(135, 0x0040000))
tried("prctl dumpable", lambda: syscall(157, 4, 1, 0, 0, 0))
tried("TIOCSTI", lambda: syscall(16, 0, 0x5412, b"x"))
tried("TIOCSTI with high bits", lambda: syscall(16, 0, 0x100005412, b"x"))
tried("TIOCLINUX", lambda: syscall(16, 0, 0x541c, b"\x02"))
tried("raise the core limit", lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20)) or "done")
tried("raise the file size limit", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 50, 1 << 50)) or "done")
tried("leaked descriptors", lambda: [f for f in os.listdir("/proc/self/fd") if int(f) > 2
      and "/proc/" not in os.readlink(f"/proc/self/fd/{f}") and "probe.py" not in os.readlink(f"/proc/self/fd/{f}")])
tried("a terminal", lambda: os.isatty(0) or os.isatty(1) or None)
status = open("/proc/self/status").read()
for line in ("CapEff", "CapPrm", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"):
    print([l for l in status.splitlines() if l.startswith(line + ":")][0].replace("\t", " "))
print("namespaces:", " ".join(os.readlink(f"/proc/self/ns/{n}") for n in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")))
