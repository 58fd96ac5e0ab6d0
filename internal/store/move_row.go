package store

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// columnKind is what a column holds, whatever its database calls it.
type columnKind byte

const (
	kindInt columnKind = iota + 1
	kindBool
	kindFloat
	kindText
	kindBytes
)

// kinds are the types of PostgreSQL that the migrations use.
var kinds = map[string]columnKind{
	"smallint": kindInt, "integer": kindInt, "bigint": kindInt, "boolean": kindBool,
	"double precision": kindFloat, "text": kindText, "bytea": kindBytes,
}

// plain turns a value as either database gives it into the one Go type of its
// kind; NULL is nil.
func (k columnKind) plain(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int16:
		return k.plain(int64(v))
	case int32:
		return k.plain(int64(v))
	case int64:
		switch {
		case k == kindInt:
			return v, nil
		case k == kindBool && (v == 0 || v == 1):
			return v == 1, nil
		}
	case bool:
		if k == kindBool {
			return v, nil
		}
	case float64:
		if k == kindFloat {
			return v, nil
		}
	case string:
		if k == kindText {
			return v, nil
		}
	case []byte:
		if k == kindBytes {
			return append([]byte{}, v...), nil // not nil, which is NULL
		}
	}
	return nil, fmt.Errorf("a %T in a column of kind %d", v, k)
}

// tableSum counts rows and adds their checksums up: it does not depend on their
// order.
type tableSum struct{ rows, sum int64 }

// add adds one row of plain values: the first 8 bytes of the SHA-256 of their
// encoding.
func (s *tableSum) add(row []any) {
	h := sha256.Sum256(encodeRow(row))
	s.rows++
	s.sum += int64(binary.BigEndian.Uint64(h[:])) //nolint:gosec // wraps around on purpose
}

func (s tableSum) String() string { return fmt.Sprintf("%016x", uint64(s.sum)) } //nolint:gosec // bits

// encodeRow writes plain values so that no two rows are written alike.
func encodeRow(row []any) []byte {
	var b []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, 0)
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, byte(kindInt)), uint64(v)) //nolint:gosec // bits
		case bool:
			b = strconv.AppendBool(append(b, byte(kindBool)), v)
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, byte(kindFloat)), math.Float64bits(v))
		case string:
			b = append(binary.BigEndian.AppendUint64(append(b, byte(kindText)), uint64(len(v))), v...)
		case []byte:
			b = append(binary.BigEndian.AppendUint64(append(b, byte(kindBytes)), uint64(len(v))), v...)
		default:
			panic(fmt.Sprintf("a %T is no plain value", v))
		}
	}
	return b
}

// writeKey writes the key of a row of plain values down, for readKey.
func (t tablePlan) writeKey(row []any) (string, error) {
	var all []string
	for _, i := range t.key {
		switch v := row[i].(type) {
		case int64:
			all = append(all, strconv.FormatInt(v, 10))
		case string:
			all = append(all, v)
		case []byte:
			all = append(all, base64.StdEncoding.EncodeToString(v))
		default:
			return "", fmt.Errorf("a %T in a key", v)
		}
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// readKey reads the values of a key back.
func (t tablePlan) readKey(text string) ([]any, error) {
	var parts []string
	if err := json.Unmarshal([]byte(text), &parts); err != nil {
		return nil, err
	}
	if len(parts) != len(t.key) {
		return nil, fmt.Errorf("%d values in a key of %d", len(parts), len(t.key))
	}
	var all []any
	for n, i := range t.key {
		var v any = parts[n]
		var err error
		switch t.columns[i].kind {
		case kindInt:
			v, err = strconv.ParseInt(parts[n], 10, 64)
		case kindBytes:
			v, err = base64.StdEncoding.DecodeString(parts[n])
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
