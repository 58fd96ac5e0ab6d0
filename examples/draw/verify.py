#!/usr/bin/env python3
"""Recompute a draw of the waiting room, and the record of who entered, from public files.

    verify.py DIR [--ticket ID] [--place N] [--inclusion FILE] [--earlier FILE]
                  [--commitment HEX] [--beacon HEX]

DIR holds draw.json, roll.bin (a private campaign has none), and, once people
have entered, admitted.json and admitted.csv, as they were published. To fetch them:

    for f in draw.json roll.bin admitted.json admitted.csv; do
        curl --create-dirs -fo DIR/$f http://HOST/draw/CAMPAIGN/$f; done

Nothing but Python's
standard library is used, and nothing of the program that held the draw, so
that anybody can read this page and write their own. The layout of every byte
is in docs/rules/gate.md.

What is NOT checked here: Ed25519 signatures and the signature of a public
beacon (the standard library has neither; `naru draw verify` checks them: look
the beacon's round up yourself and give it as --beacon).
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

    if leaves is None:
        yield "size", None if draw.get("private") else False, "the roll is not here; only a private campaign has none"
    else:
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
        draw["campaign"], draw["epoch"], value["commitment"], value["root"], draw["L"],
        value["secret"], beacon["round"], value["beacon_value"],
    )
    yield "seed", value["seed"] == seed, f"computed {seed.hex()}"
    if not value["secret"] or not value["beacon_value"] or beacon["name"] == "naru-development":
        honest = draw["verifiable"] is False and draw.get("reason", "").startswith("NOT VERIFIABLE")
        yield "verifiable", honest, "such a draw must say NOT VERIFIABLE"
    if args.ticket:
        yield from ticket_checks(value["seed"], draw["L"], leaves, args)
    if args.inclusion:
        yield from inclusion_checks(draw, value, json.loads(args.inclusion.read_bytes()))


def ticket_checks(seed, size, leaves, args):
    leaf = leaf_of(bytes.fromhex(args.ticket))
    if leaves is None:
        yield "member", None, "the roll is not published: give your own proof as --inclusion"
    else:
        yield "member", leaf in leaves, f"leaf {leaf.hex()} (a late ticket is in no roll)"
    place = place_of(seed, leaf, size)
    if args.place is None:
        yield "place", True, str(place)
    else:
        yield "place", place == args.place, f"computed {place}, shown {args.place}"


def under_root(root, leaf, index, size, path):
    """RFC 9162, 2.1.3.2: does the path lead from the leaf to the root?"""
    if index >= size:
        return False
    node, last, h = index, size - 1, sha(b"\x00" + leaf)
    for p in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            h = sha(b"\x01" + p + h)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            h = sha(b"\x01" + h + p)
        node, last = node >> 1, last >> 1
    return last == 0 and h == root


def inclusion_checks(draw, value, proof):
    leaf = leaf_of(bytes.fromhex(proof["ticket"]))
    same = proof["campaign"] == draw["campaign"] and proof["epoch"] == draw["epoch"] and proof["leaf"] == leaf.hex()
    if "late" in proof:
        place = draw["L"] + proof["late"]
        yield "member", same, f"late ticket, number {proof['late']} behind the lobby"
    else:
        place = place_of(value["seed"], leaf, draw["L"])
        path = [bytes.fromhex(p) for p in proof.get("path", [])]
        yield "member", same and under_root(value["root"], leaf, proof["index"], draw["L"], path), f"leaf {leaf.hex()} under the published root"
    yield "place", True, str(place)
    for opened in proof.get("admitted", []):
        mark = sha(part(b"naru/mark/1") + part(bytes.fromhex(opened["salt"])) + part(leaf) + number(opened["entry"]) + number(opened["place"]))
        yield "mark", mark.hex() == opened["mark"] and opened["place"] == place, f"your line of the record is {mark.hex()}"


def record_checks(draw, leaves, directory, earlier):
    """The record of admissions: one line for each session that was opened."""
    try:
        head = json.loads((directory / "admitted.json").read_bytes())
    except FileNotFoundError:
        yield "record", None, "no record of admissions is published yet"
        return
    private, size, seed = head["private"], draw["L"], bytes.fromhex(draw.get("seed", ""))
    roll, heads, lost = set(leaves or []), {}, []
    for saved in earlier:
        heads.setdefault(saved["count"], []).append(saved["head"])
    chain = sha(part(b"naru/admitted/1") + part(draw["campaign"].encode()) + number(draw["epoch"]))
    disorder = misplaced = ""
    lanes, tickets, numbers, count = {}, {}, {}, 0
    lost += [count for known in heads.pop(0, []) if known != chain.hex()]
    with open(directory / "admitted.csv", "rb") as lines:
        while count < head["count"]:
            line = lines.readline()
            if not line.endswith(b"\n"):
                break
            count += 1
            chain = sha(chain + line[:-1])
            lost += [count for known in heads.pop(count, []) if known != chain.hex()]
            n, mark, entry, lane, place, serving, minute = line[:-1].decode("ascii").split(",")
            serving_before, minute_before = lanes.get(lane, (0, ""))
            lanes[lane] = (int(serving), minute)
            if int(n) != count or int(serving) < serving_before or minute < minute_before:
                disorder = disorder or f"line {count} is out of order"
            if private:
                continue
            place, entry = int(place), int(entry)
            if place >= int(serving):
                disorder = disorder or f"line {count}: place {place} was admitted while places below {serving} were called"
            leaf = bytes.fromhex(mark)
            drawn = place_of(seed, leaf, size) if leaf in roll else None
            jumps = lane == "web" and (place != drawn if drawn is not None else place < size)  # other lanes have orders of their own
            if jumps or place != numbers.setdefault((lane, leaf), place) or entry not in (1, tickets.get(leaf, 0) + 1):
                misplaced = misplaced or f"line {count}: place {place}, by the draw {drawn}"
            tickets[leaf] = entry
    lost += list(heads)
    whole = count == head["count"] and chain.hex() == head["head"] and head["campaign"] == draw["campaign"] and private == draw.get("private", False)
    yield "record", whole, f"{count} lines lead to {chain.hex()} (its signature: naru draw verify)"
    if earlier:
        yield "earlier", not lost, f"the lines do not lead to the head saved at {lost[0]} lines" if lost else "the lines lead to what you saved before"
    else:
        yield "earlier", None, "save admitted.json now and give it the next time"
    yield "order", False if disorder else None if private else True, disorder or "every place was called before it was admitted"
    if private or leaves is None:
        yield "places", None, "not public in a private campaign"
    else:
        yield "places", not misplaced, misplaced or "every place follows from roll and seed, or is behind the lobby"
    booked = head.get("booked")
    if booked:
        yield "reservations", booked["unadmitted"] == 0, f"{booked['reservations']} reservations, {booked['unadmitted']} without an admission"
    else:
        yield "reservations", None, "not counted yet"


def main():
    parser = argparse.ArgumentParser(description="Recompute a draw from draw.json and roll.bin.")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--ticket", help="ticket id, 32 hexadecimal digits")
    parser.add_argument("--place", type=int, help="the place that was shown")
    parser.add_argument("--inclusion", type=pathlib.Path, help="your own proof, proof.json")
    parser.add_argument("--earlier", type=pathlib.Path, action="append", default=[], help="an admitted.json saved before")
    parser.add_argument("--commitment", help="commitment noted before the draw")
    parser.add_argument("--beacon", help="value of the beacon's round")
    args = parser.parse_args()
    try:
        draw = json.loads((args.dir / "draw.json").read_bytes())
        leaves = None if draw.get("private") else read_roll(args.dir / "roll.bin")
        earlier = [json.loads(saved.read_bytes()) for saved in args.earlier]
        results = list(checks(draw, leaves, args)) + list(record_checks(draw, leaves, args.dir, earlier))
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
