package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/clinic"
	"naru/internal/store"
)

// A file of 13,000 clinics is judged whole, its codes are for their owner alone, and a
// second run goes on where the first ended.
func TestStaffInvite(t *testing.T) {
	dir := servedFolder(t)
	regions, _, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	if err != nil {
		t.Fatal(err)
	}
	all := clinic.Generate(regions, 300, 1)
	files, err := clinic.Build(regions, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SaveStatic(dir, files); err != nil {
		t.Fatal(err)
	}
	file, codes := filepath.Join(dir, "staff.csv"), filepath.Join(dir, "codes.csv")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("clinic,name,role\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first, second := string(all[0].ID)+",김간호,clinic", string(all[1].ID)+",이간호,clinic"
	write(first, "nowhere,박간호,clinic", string(all[0].ID)+",최관리,admin", first)
	status, _, said := naru("staff", "invite", file, "--out", codes, "--data", dir)
	wantSaid(t, "bad rows", status, StatusFailed, said, "3 rows are refused")
	if _, err := os.Stat(codes); err == nil {
		t.Error("somebody was invited although rows are refused")
	}
	status, out, said := naru("staff", "invite", file, "--out", codes, "--data", dir, "--keep-going")
	wantSaid(t, "keep going", status, StatusOK, out+said, "1 invited, 0 had been before")
	write(first, second)
	status, out, _ = naru("staff", "invite", file, "--out", codes, "--data", dir)
	wantSaid(t, "again", status, StatusOK, out, "1 invited, 1 had been before")
	text, err := os.ReadFile(codes)
	info, _ := os.Stat(codes)
	if err != nil || strings.Count(string(text), "\n") != 2 || info.Mode().Perm() != 0o600 {
		t.Errorf("the codes: %v, %s, %q", err, info.Mode(), text)
	}
}
