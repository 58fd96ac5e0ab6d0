package sip

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"
)

// play sends a sentence as RTP, a packet each fiftieth of a second, until its end or
// until stop is closed. A packet that cannot be sent ends it: nobody hears.
func play(ctx context.Context, from *net.UDPConn, to netip.AddrPort, payload uint8, sentence []byte, stop <-chan struct{}) error {
	var start [10]byte
	_, _ = rand.Read(start[:]) // never fails: see crypto/rand
	packet := rtp.Packet{Header: rtp.Header{
		Version: 2, Marker: true, PayloadType: payload,
		SSRC:           binary.BigEndian.Uint32(start[:]),
		Timestamp:      binary.BigEndian.Uint32(start[4:]),
		SequenceNumber: binary.BigEndian.Uint16(start[8:]),
	}}
	tick := time.NewTicker(packetTime)
	defer tick.Stop()
	buf := make([]byte, 12+packetBytes)
	for sound := encode(sentence, payload); len(sound) >= packetBytes; sound = sound[packetBytes:] {
		packet.Payload = sound[:packetBytes]
		n, err := packet.MarshalTo(buf)
		if err == nil {
			_, err = from.WriteToUDPAddrPort(buf[:n], to)
		}
		if err != nil {
			return fmt.Errorf("play: %w", err)
		}
		packet.Marker = false
		packet.SequenceNumber++
		packet.Timestamp += packetBytes
		select {
		case <-tick.C:
		case <-stop:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
