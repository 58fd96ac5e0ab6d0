package paper

import (
	"encoding/binary"
	"testing"
)

// The font has a picture for every letter that is printed, all 11,172 syllables among
// them (rule T62).
func TestTheFontHasEveryLetter(t *testing.T) {
	t.Parallel()
	raw := font()
	tables := tablesOf(raw)
	wide := binary.BigEndian.Uint16(tables["head"][50:]) == 1
	loca := func(glyph int) int {
		if wide {
			return int(binary.BigEndian.Uint32(tables["loca"][4*glyph:]))
		}
		return 2 * int(binary.BigEndian.Uint16(tables["loca"][2*glyph:]))
	}
	syllables := 0
	for _, span := range printable {
		for r := span[0]; r <= span[1]; r++ {
			blank := r == ' ' || r == 0xa0 || r == 0xad || r >= 0x2010 && r <= 0x2027
			glyph := glyphOf(t, tables["cmap"], r)
			if !blank && (glyph == 0 || loca(glyph) == loca(glyph+1)) {
				t.Errorf("the font has no %c (%U)", r, r)
			}
			if r >= '가' && r <= '힣' {
				syllables++
			}
		}
	}
	if syllables != 11172 {
		t.Errorf("%d syllables", syllables)
	}
	if glyph := glyphOf(t, tables["cmap"], '鄭'); glyph != 0 {
		t.Error("the font has Chinese letters: canPrint should know")
	}
}

func tablesOf(raw []byte) map[string][]byte {
	all := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(raw[4:])) {
		row := raw[12+16*i:]
		from := binary.BigEndian.Uint32(row[8:])
		all[string(row[:4])] = raw[from : from+binary.BigEndian.Uint32(row[12:])]
	}
	return all
}

// glyphOf looks a letter up in the Unicode part (format 4) of a cmap table.
func glyphOf(t *testing.T, cmap []byte, r rune) int {
	t.Helper()
	u16 := func(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
	for i := range u16(cmap, 2) {
		part := cmap[binary.BigEndian.Uint32(cmap[4+8*i+4:]):]
		if u16(part, 0) != 4 {
			continue
		}
		twice := u16(part, 6)
		for s := 0; s < twice; s += 2 {
			if end := u16(part, 14+s); int(r) > end {
				continue
			}
			start, delta, offset := u16(part, 16+twice+s), u16(part, 16+2*twice+s), u16(part, 16+3*twice+s)
			switch {
			case int(r) < start:
				return 0
			case offset == 0:
				return (int(r) + delta) & 0xffff
			}
			return u16(part, 16+3*twice+s+offset+2*(int(r)-start))
		}
		return 0
	}
	t.Fatal("no part of format 4")
	return 0
}
