package sip

import (
	_ "embed"
	"time"
)

// sounds are the sentences, raw G.711 µ-law at 8 kHz; script/sound made them.
type sounds struct {
	registered []byte // 방문 등록이 완료되었습니다.
	withheld   []byte // 번호가 표시되지 않아 방문을 등록할 수 없습니다.
	later      []byte // 지금은 방문을 등록할 수 없습니다. 잠시 후 다시 걸어 주십시오.
}

var (
	//go:embed sound/registered.ulaw
	soundRegistered []byte
	//go:embed sound/withheld.ulaw
	soundWithheld []byte
	//go:embed sound/later.ulaw
	soundLater []byte

	sentences = sounds{soundRegistered, soundWithheld, soundLater}
)

// A packet holds a fiftieth of a second, a byte a sample.
const (
	packetTime  = 20 * time.Millisecond
	packetBytes = 160
)

// encode is a sentence in the form that was agreed on.
func encode(ulaw []byte, payload uint8) []byte {
	if payload == pcmu {
		return ulaw
	}
	alaw := make([]byte, len(ulaw))
	for i, u := range ulaw {
		alaw[i] = toALaw(fromULaw(u))
	}
	return alaw
}

// fromULaw is a sample of 14 bits, scaled to 16 (ITU-T G.711).
func fromULaw(u byte) int {
	u = ^u
	magnitude := (int(u&0x0f)<<3+0x84)<<(u>>4&7) - 0x84
	if u&0x80 != 0 {
		return -magnitude
	}
	return magnitude
}

func toALaw(sample int) byte {
	sign := byte(0x80)
	if sample < 0 {
		sign, sample = 0, -sample-1
	}
	sample >>= 3 // A-law has 13 bits of the 16, the sign among them
	exponent := 0
	for s := sample >> 5; s > 0 && exponent < 7; s >>= 1 {
		exponent++
	}
	code := byte(exponent << 4) //nolint:gosec // at most 7
	if exponent == 0 {
		code |= byte(sample >> 1 & 0x0f) //nolint:gosec // four bits
	} else {
		code |= byte(sample >> exponent & 0x0f) //nolint:gosec // four bits
	}
	return (code | sign) ^ 0x55
}
