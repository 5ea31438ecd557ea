"""Runs a command in a terminal of 80 columns: python3 terminal.py MARKER PRESSES COMMAND…

Once MARKER stands in the output, Ctrl-C is pressed PRESSES times; where PRESSES is "hangup", the command is told that the terminal
closes. Prints what the terminal received, byte for byte; on stderr the
exit code, that of a signal negative.
"""
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time

marker, command = sys.argv[1].encode(), sys.argv[3:]
hangs_up = sys.argv[2] == "hangup"
presses = 1 if hangs_up else int(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(command[0], command)
received = b""
while True:
    try:
        received += os.read(terminal, 65536)
    except OSError:
        break
    if presses > 0 and marker in received:
        for _ in range(presses):
            if hangs_up:
                os.kill(pid, signal.SIGHUP)
            else:
                os.write(terminal, b"\x03")
            time.sleep(0.05)
        presses = 0
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(received)
sys.stderr.write(str(os.waitstatus_to_exitcode(status)))
