package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Payload types of G.711 at 8 kHz (RFC 3551, table 4).
const (
	pcmu = 0
	pcma = 8
)

// maxSDP bounds a session description, in bytes.
const maxSDP = 8192

var errSDP = errors.New("no sound can be agreed on")

// media is where the other side wants to hear, and how.
type media struct {
	to      netip.AddrPort
	payload uint8    // pcmu or pcma
	lines   []string // its media lines, without "m="
	taken   int      // which of them
}

// section is the session's part of a description, or that of one medium.
type section struct {
	line  string
	at    netip.Addr
	hears bool
}

// parseSDP reads an offer or an answer (RFC 4566, as far as a call needs it): the first
// audio over RTP/AVP that takes G.711 and hears, at a plain unicast address.
func parseSDP(body []byte) (m media, err error) {
	if len(body) == 0 || len(body) > maxSDP {
		return m, errSDP
	}
	sections, err := sectionsOf(strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n"))
	if err != nil {
		return m, err
	}
	m.taken = -1
	for i, s := range sections[1:] {
		m.lines = append(m.lines, s.line)
		payload, port, ok := g711(s.line)
		if ok && m.taken < 0 && s.hears && s.at.IsValid() {
			m.taken, m.payload, m.to = i, payload, netip.AddrPortFrom(s.at, port)
		}
	}
	if m.taken < 0 {
		return m, errSDP
	}
	return m, nil
}

// sectionsOf parts a description; what stands before the first medium holds for all.
func sectionsOf(lines []string) ([]section, error) {
	if lines[0] != "v=0" {
		return nil, errSDP
	}
	sections := []section{{hears: true}}
	for _, line := range lines[1:] {
		kind, value, ok := strings.Cut(line, "=")
		last := &sections[len(sections)-1]
		switch {
		case line == "":
		case !ok || len(kind) != 1 || len(sections) > maxMedia:
			return nil, errSDP
		case kind == "m":
			sections = append(sections, section{value, sections[0].at, sections[0].hears})
		case kind == "c":
			at, err := connection(value)
			if err != nil {
				return nil, err
			}
			last.at = at
		case kind == "a" && (value == "inactive" || value == "sendonly"):
			last.hears = false
		case kind == "a" && (value == "sendrecv" || value == "recvonly"):
			last.hears = true
		}
	}
	return sections, nil
}

const maxMedia = 16

// g711 says whether a media line is audio that takes G.711, and in which form.
func g711(line string) (payload uint8, port uint16, ok bool) {
	f := strings.Fields(line)
	if len(f) < 4 || f[0] != "audio" || f[2] != "RTP/AVP" {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(f[1], 10, 16)
	if err != nil || n == 0 {
		return 0, 0, false
	}
	for _, format := range f[3:] {
		switch format {
		case strconv.Itoa(pcmu):
			return pcmu, uint16(n), true
		case strconv.Itoa(pcma):
			return pcma, uint16(n), true
		}
	}
	return 0, 0, false
}

// connection is the address of a "c=" line. A name is not looked up, and sound is sent
// to one machine, not to a group.
func connection(value string) (netip.Addr, error) {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "IN" || !slices.Contains([]string{"IP4", "IP6"}, f[1]) {
		return netip.Addr{}, errSDP
	}
	addr, err := netip.ParseAddr(f[2])
	if err != nil || addr.Zone() != "" || addr.Is4() != (f[1] == "IP4") || addr.IsMulticast() || addr.IsUnspecified() || addr == broadcast {
		return netip.Addr{}, errSDP
	}
	return addr, nil
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// answer is what is said to an offer; m without lines makes an offer of its own. from
// is where the sound comes from.
func (m media) answer(from netip.AddrPort, session uint64) []byte {
	family := "IP4"
	if from.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d 1 IN %s %s\r\ns=-\r\nc=IN %[2]s %[3]s\r\nt=0 0\r\n", session, family, from.Addr())
	if len(m.lines) == 0 {
		fmt.Fprintf(&b, "m=audio %d RTP/AVP 0 8\r\n%s%sa=ptime:20\r\na=sendonly\r\n", from.Port(), rtpmap(pcmu), rtpmap(pcma))
	}
	for i, line := range m.lines {
		if i == m.taken {
			fmt.Fprintf(&b, "m=audio %d RTP/AVP %d\r\n%sa=ptime:20\r\na=sendonly\r\n", from.Port(), m.payload, rtpmap(m.payload))
			continue
		}
		f := append(strings.Fields(line), "", "", "", "")
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", f[0], f[2], f[3]) // refused (RFC 3264, 6)
	}
	return []byte(b.String())
}

func rtpmap(payload uint8) string {
	name := "PCMU"
	if payload == pcma {
		name = "PCMA"
	}
	return fmt.Sprintf("a=rtpmap:%d %s/8000\r\n", payload, name)
}
