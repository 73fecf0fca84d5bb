"""What threads leave behind in malloc's arenas, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

ARENAS = """
import ctypes, re, sys, threading
from kg.serving.memory import limit_arenas

if sys.argv[1] == "limited":
    limit_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.open_memstream.restype = ctypes.c_void_p
together = threading.Barrier(6)

def take() -> None:
    together.wait()
    libc.malloc(100_000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
text, size = ctypes.c_char_p(), ctypes.c_size_t()
stream = ctypes.c_void_p(libc.open_memstream(ctypes.byref(text), ctypes.byref(size)))
libc.malloc_info(0, stream)
libc.fclose(stream)
print(len(re.findall(rb"<heap nr=", text.value)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's arenas")
def test_threads_of_a_server_share_two_arenas() -> None:
    def arenas(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", ARENAS, how], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    assert arenas("limited") <= 2 < arenas("as it comes")
