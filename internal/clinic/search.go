package clinic

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxQuery is the longest name worth searching for, in characters.
const maxQuery = 60

// Search lists the clinics of a region, of any level, whose name contains the
// query, by name. Spaces, letter case and the way a syllable is encoded make no
// difference. The region "" is the whole country; an empty query finds every
// clinic, one over 60 characters or in broken UTF-8 none.
func (d *Directory) Search(region RegionCode, query string) []*Clinic {
	if !utf8.ValidString(query) || utf8.RuneCountInString(query) > maxQuery {
		return nil
	}
	wanted := fold(query)
	var found []*Clinic
	for i := range d.clinics {
		if strings.Contains(d.folded[i], wanted) && d.lies(&d.clinics[i], region) {
			found = append(found, &d.clinics[i])
		}
	}
	return found
}

func (d *Directory) lies(c *Clinic, region RegionCode) bool {
	if region == "" || region == c.RegionCode || region == c.SigunguCode {
		return true
	}
	sigungu, err := d.regions.Find(c.SigunguCode)
	return err == nil && sigungu.Parent == region
}

// fold brings a name into the form in which names are compared: composed
// (NFKC, which also makes full-width letters ordinary), lower case, no spaces.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}
