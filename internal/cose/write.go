package cose

import "encoding/binary"

// SignedBytes appends the Sig_structure (RFC 9052, 4.4).
func SignedBytes(out []byte, context string, protected, external, payload []byte) []byte {
	out = append(out, 0x84)
	out = append(AppendHead(out, MajorText, uint64(len(context))), context...)
	for _, part := range [][]byte{protected, external, payload} {
		out = append(AppendHead(out, MajorBytes, uint64(len(part))), part...)
	}
	return out
}

// AppendHead appends an item's head in its shortest form.
func AppendHead(out []byte, major byte, arg uint64) []byte {
	m := major << 5
	switch {
	case arg < 24:
		return append(out, m|byte(arg))
	case arg <= 0xff:
		return append(out, m|24, byte(arg))
	case arg <= 0xffff:
		return binary.BigEndian.AppendUint16(append(out, m|25), uint16(arg))
	case arg <= 0xffffffff:
		return binary.BigEndian.AppendUint32(append(out, m|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(out, m|27), arg)
}
