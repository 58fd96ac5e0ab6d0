package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"naru/examples"
	"naru/internal/clinic"
	"naru/internal/store"
)

// The operator's export writes every kind, says how much, and leaves nothing half done.
func TestFHIRExport(t *testing.T) {
	t.Parallel()
	dir := servedFolder(t)
	out := filepath.Join(t.TempDir(), "new", "folder")
	status, _, said := naru("fhir", "export", out, "--data", dir)
	wantSaid(t, "export before the import of clinics", status, StatusFailed, said, "")
	regions, _, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	if err != nil {
		t.Fatal(err)
	}
	files, err := clinic.Build(regions, clinic.Generate(regions, 250, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SaveStatic(dir, files); err != nil {
		t.Fatal(err)
	}
	status, told, said := naru("fhir", "export", out, "--data", dir)
	wantSaid(t, "export "+said, status, StatusOK, told, "HealthcareService: 250\nLocation: 250\nSchedule: 250\nSlot: ")
	written, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range written {
		if filepath.Ext(f.Name()) != ".ndjson" {
			t.Errorf("%s was left behind", f.Name())
		}
	}
	if len(written) != 5 {
		t.Errorf("%d files, want one a kind", len(written))
	}
}
