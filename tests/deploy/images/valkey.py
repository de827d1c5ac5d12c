#!/usr/bin/python3
"""Send one command to the server of this container: `valkey-cli ping`."""

import socket
import sys

with socket.create_connection(("127.0.0.1", 6379), timeout=2) as connection:
    connection.sendall(f"{' '.join(sys.argv[1:])}\r\n".encode())
    answer = connection.recv(64).decode()
print(answer.strip())
sys.exit(not answer.startswith("+"))
