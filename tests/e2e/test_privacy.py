# SPDX-License-Identifier: Apache-2.0
"""Promise 8: no address and no payload of the training capture is in a shipped model."""
import os
import re
import shutil
import subprocess
import sys

from e2e import SHARED, Scratch, check, rows, skip, sosie

TRAINING = {"office": "lab/office.pcap", "iot": "iot/iot.pcap"}
SOURCE = os.environ["SOSIE_SOURCE"]


def model_text(model):
    text = []
    for folder, _, names in os.walk(os.path.join(SOURCE, "models", "trained", model)):
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                text.append(f.read())
    return "\n".join(text)


def tshark_names(capture):
    """Host names, certificates' names and agents: the text of payloads that identifies people and machines."""
    fields = ["dns.qry.name", "tls.handshake.extensions_server_name", "http.host", "http.user_agent", "dhcp.option.hostname",
              "eth.src", "smtp.req.parameter"]
    command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "separator=\t", "-E", "occurrence=a"]
    for field in fields:
        command += ["-e", field]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=300).stdout
    return {word for word in re.split(r"[\t\n,]", out.decode(errors="replace")) if len(word) >= 8}


def main():
    model = sys.argv[1]
    training = os.path.join(SHARED, TRAINING[model])
    if not os.path.exists(training):
        skip(f"{training} is not here")
    text = model_text(model)
    check(len(text) > 10000, "the model is not where the test looks")
    words = set(re.findall(r"[0-9a-fA-F:.]{7,}|[\w.-]{8,}", text))
    with Scratch() as scratch:
        table = scratch.path("t.csv")
        sosie("flows", "-q", training, "-o", table)
        addresses = {r[side] for r in rows(table) for side in ("src_ip", "dst_ip")}
    found = addresses & words
    check(not found, f"addresses of the capture in the model: {sorted(found)[:5]}")
    check(len(addresses) > 20, f"only {len(addresses)} addresses in the capture")
    n_names = 0
    if shutil.which("tshark") is not None:
        names = tshark_names(training)
        n_names = len(names)
        found = {name for name in names if name in words}
        check(not found, f"text of payloads in the model: {sorted(found)[:5]}")
    print(f"{model}: none of {len(addresses)} addresses and {n_names} names is in the model")


main()
