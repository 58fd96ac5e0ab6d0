#!/usr/bin/env python3
"""Recompute a draw of the waiting room from its two public files.

    verify.py DIR [--ticket ID] [--place N] [--commitment HEX] [--beacon HEX]

DIR holds draw.json and roll.bin as they were published. To fetch both:

    curl --create-dirs -fo DIR/draw.json http://HOST/draw/CAMPAIGN/draw.json
    curl --create-dirs -fo DIR/roll.bin http://HOST/draw/CAMPAIGN/roll.bin

Nothing but Python's
standard library is used, and nothing of the program that held the draw, so
that anybody can read this page and write their own. The layout of every byte
is in docs/rules/gate.md.

What is NOT checked here: the Ed25519 signature of the roll (the standard
library has none; `naru draw verify` checks it), and the value of an
independent beacon (look the round up yourself and give it as --beacon).
Exit status: 0 nothing is wrong, 1 something is wrong, 2 the files cannot be read.
"""

import argparse
import hashlib
import hmac
import json
import pathlib
import struct
import sys


def sha(data):
    return hashlib.sha256(data).digest()


def part(data):
    """A length-prefixed part: 4 bytes big-endian, then the bytes."""
    return struct.pack(">I", len(data)) + data


def number(n):
    return part(struct.pack(">Q", n))


def leaf_of(ticket_id):
    return sha(b"naru/leaf/1" + ticket_id)


def merkle_root(leaves):
    """RFC 6962: leaves are hashed behind 0x00, nodes behind 0x01."""
    row = [sha(b"\x00" + leaf) for leaf in leaves]
    if not row:
        return sha(b"")
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [sha(b"\x01" + row[i] + row[i + 1]) for i in range(0, len(row) - 1, 2)] + odd
    return row[0]


def seed_of(campaign, epoch, commitment, root, size, secret, beacon_round, beacon):
    return sha(
        part(b"naru/draw/1") + part(campaign.encode()) + number(epoch) + part(commitment) + part(root)
        + number(size) + part(secret) + number(beacon_round) + part(beacon)
    )


def draw_number(seed, leaf):
    return int.from_bytes(hmac.new(seed, leaf, hashlib.sha256).digest()[:8], "big")


def place_of(seed, leaf, size):
    return draw_number(seed, leaf) * size >> 64


def development_beacon(beacon_round):
    return sha(b"naru/development-beacon/1" + struct.pack(">Q", beacon_round))


def read_roll(path):
    data = path.read_bytes()
    if data[:8] != b"NARUROL1" or len(data) < 16:
        raise ValueError("roll.bin is not a roll file")
    (count,) = struct.unpack(">Q", data[8:16])
    leaves = [data[i : i + 32] for i in range(16, len(data), 32)]
    if len(leaves) != count or len(data) != 16 + 32 * count:
        raise ValueError("roll.bin does not hold the number of leaves it says")
    if any(a >= b for a, b in zip(leaves, leaves[1:])):
        raise ValueError("roll.bin has leaves out of order, or one twice")
    return leaves


def checks(draw, leaves, args):
    """Yields (name, True or False or None, what was compared); None is "cannot tell"."""
    value = {k: bytes.fromhex(draw.get(k, "")) for k in ("commitment", "root", "secret", "beacon_value", "seed")}
    beacon = draw["beacon"]

    yield "size", draw["L"] == len(leaves), f"document says {draw['L']}, roll holds {len(leaves)}"
    root = merkle_root(leaves)
    yield "root", value["root"] == root, f"computed {root.hex()}"
    yield "signature", None, "not checked by this script: use naru draw verify"
    if args.commitment:
        yield "commitment", value["commitment"].hex() == args.commitment.lower(), "against the one you noted before"
    else:
        yield "commitment", None, f"{value['commitment'].hex()}: compare with the one you noted before the draw"
    if value["secret"]:
        yield "secret", sha(value["secret"]) == value["commitment"], "SHA-256(secret) against the commitment"
    else:
        yield "secret", None, "not revealed"
    if value["beacon_value"] and beacon["name"] == "naru-development":
        yield "beacon", value["beacon_value"] == development_beacon(beacon["round"]), "development beacon"
    elif value["beacon_value"] and args.beacon:
        yield "beacon", value["beacon_value"].hex() == args.beacon.lower(), "against the value you gave"
    else:
        yield "beacon", None, f"look up round {beacon['round']} of {beacon['name']} and give it as --beacon"
    if not value["seed"]:
        yield "seed", None, "the draw has not been held"
        return
    seed = seed_of(
        draw["campaign"], draw["epoch"], value["commitment"], root, len(leaves),
        value["secret"], beacon["round"], value["beacon_value"],
    )
    yield "seed", value["seed"] == seed, f"computed {seed.hex()}"
    if not value["secret"] or not value["beacon_value"] or beacon["name"] == "naru-development":
        honest = draw["verifiable"] is False and draw.get("reason", "").startswith("NOT VERIFIABLE")
        yield "verifiable", honest, "such a draw must say NOT VERIFIABLE"
    if args.ticket:
        yield from ticket_checks(seed, leaves, args)


def ticket_checks(seed, leaves, args):
    leaf = leaf_of(bytes.fromhex(args.ticket))
    yield "member", leaf in leaves, f"leaf {leaf.hex()} (a late ticket is in no roll)"
    place = place_of(seed, leaf, len(leaves))
    if args.place is None:
        yield "place", True, str(place)
    else:
        yield "place", place == args.place, f"computed {place}, shown {args.place}"


def main():
    parser = argparse.ArgumentParser(description="Recompute a draw from draw.json and roll.bin.")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--ticket", help="ticket id, 32 hexadecimal digits")
    parser.add_argument("--place", type=int, help="the place that was shown")
    parser.add_argument("--commitment", help="commitment noted before the draw")
    parser.add_argument("--beacon", help="value of the beacon's round")
    args = parser.parse_args()
    try:
        draw = json.loads((args.dir / "draw.json").read_bytes())
        leaves = read_roll(args.dir / "roll.bin")
        results = list(checks(draw, leaves, args))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        print(f"cannot read the draw: {problem}", file=sys.stderr)
        return 2
    words = {True: "ok", False: "WRONG", None: "cannot tell"}
    for name, result, detail in results:
        print(f"{words[result]:12} {name:11} {detail}")
    if draw.get("reason"):
        print(f"\n{draw['reason']}")
    return 1 if any(result is False for _, result, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main())
