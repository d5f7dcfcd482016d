"""DNS for the cluster: serve_names.py FILE. Each line of FILE: NAME ADDRESS.

A name with ``servfail`` in it is answered with SERVFAIL, one with ``silent`` not at all; whatever is
not in the file does not exist. Nothing is ever asked of another server.
"""

import sys
import time
from pathlib import Path

from dnslib import QTYPE, RCODE, RR, A
from dnslib.server import DNSServer

NAMES = dict(line.split() for line in Path(sys.argv[1]).read_text().splitlines() if line.strip())


class Resolver:
    def resolve(self, request, handler):
        name = str(request.q.qname).rstrip(".").lower()
        reply = request.reply()
        if "silent" in name:
            time.sleep(3600)
        elif "servfail" in name:
            reply.header.rcode = RCODE.SERVFAIL
        elif name in NAMES:
            if request.q.qtype == QTYPE.A:
                reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(NAMES[name]), ttl=1))
        else:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


for tcp in (False, True):
    server = DNSServer(Resolver(), address="", port=53, tcp=tcp)
    server.start_thread()
print("serving", flush=True)
while True:
    time.sleep(3600)
