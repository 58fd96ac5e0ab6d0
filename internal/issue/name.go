package issue

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"naru/internal/credential"
)

// familyOfTwo are Korean family names of two syllables.
var familyOfTwo = []string{"남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방", "망절", "어금"}

// nameOf splits a name as the record has it, in one, into what the form asks for. A Korean
// name begins with the family name; another is not split: nobody knows which part is which.
func nameOf(full string) credential.Name {
	family, given := full, ""
	if letters := []rune(full); len(letters) >= 2 && len(letters) <= 5 && isHangul(full) {
		n := 1
		for _, two := range familyOfTwo {
			if len(letters) > 2 && strings.HasPrefix(full, two) {
				n = 2
			}
		}
		family, given = string(letters[:n]), string(letters[n:])
	}
	return credential.Name{Family: family, FamilyStandard: standard(family), Given: given, GivenStandard: standard(given)}
}

func isHangul(s string) bool {
	for _, r := range s {
		if r < '가' || r > '힣' {
			return false
		}
	}
	return true
}

// Romanisation of 2000 (Notification 2000-8 of the Ministry of Culture), syllable by
// syllable, as names are written. A passport may spell a name otherwise: the certificate
// also has it in Korean.
var (
	initials = strings.Split("G KK N D TT R M B PP S SS - J JJ CH K T P H", " ")
	vowels   = strings.Split("A AE YA YAE EO E YEO YE O WA WAE OE YO U WO WE WI YU EU UI I", " ")
	finals   = strings.Split("- K K K N N N T L K M L L L P L M P P T T NG T T K T P T", " ")
)

// standard writes a name in the letters of passports (ICAO 9303): A to Z, and < between
// parts. Letters of other scripts, for which there is no table here, are left out.
func standard(name string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(name) {
		switch {
		case r >= '가' && r <= '힣':
			n := int(r - '가')
			b.WriteString(strings.ReplaceAll(initials[n/588]+vowels[n%588/28]+finals[n%28], "-", ""))
		case unicode.IsSpace(r) || r == '-' || r == '\'' || r == '·':
			b.WriteByte('<')
		default:
			for _, l := range norm.NFD.String(string(r)) {
				if u := unicode.ToUpper(l); u >= 'A' && u <= 'Z' {
					b.WriteRune(u)
				}
			}
		}
	}
	out := b.String()
	return strings.Trim(out[:min(len(out), 80)], "<")
}
