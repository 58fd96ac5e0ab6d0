//go:build linux

package faults

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/store"
)

// regions are a place that does not exist, small enough that slots fill up.
const regions = `code,level,parent_code,sido,sigungu,eupmyeondong,lat,lon
T1,sido,,Testshore,,,37.5,127.0
T11,sigungu,T1,Testshore,Faulthaven,,37.5,127.0
T111,eupmyeondong,T11,Testshore,Faulthaven,North,37.5,127.0
T112,eupmyeondong,T11,Testshore,Faulthaven,South,37.4,127.0
`

const clinics = 6

// furnish publishes the clinics and the campaign of 12 July 2021 in an empty
// store, opening at the time given, and leaves it closed.
func furnish(t *testing.T, dir, db string, opens time.Time) {
	t.Helper()
	ctx := context.Background()
	a, err := agency.Load(examples.AgencyYAML)
	must(t, err)
	s, err := store.Open(ctx, store.Options{Dir: dir, DB: db, Agency: a, Now: time.Now, Fatal: func(err error) { panic(err) }})
	must(t, err)
	r, _, err := clinic.ParseRegions(strings.NewReader(regions), 3)
	must(t, err)
	files, err := clinic.Build(r, clinic.Generate(r, clinics, 1), nil)
	must(t, err)
	must(t, s.ImportDirectory(ctx, files))
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	must(t, err)
	c, err := campaign.Parse(text, a)
	must(t, err)
	_, err = s.Publish(ctx, text, c.Shift(opens))
	must(t, err)
	must(t, s.Close())
}

// newFolder is a folder of a test with a short name.
func newFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "")
	must(t, err)
	return dir
}

// copyKeys gives a node the keys of another.
func copyKeys(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.CopyFS(filepath.Join(to, "keys"), os.DirFS(filepath.Join(from, "keys"))))
}
