package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/internal/clinic"
	"naru/internal/fault"
)

// staticVersion makes the static files of a country of one 시군구 with one clinic.
func staticVersion(t *testing.T, name string) clinic.Files {
	t.Helper()
	list := clinic.RegionsHeader + "\nA,sido,,가도,,,37,127\nB,sigungu,A,가도,나시,,37,127\n"
	regions, faults, err := clinic.ParseRegions(strings.NewReader(list), 2)
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	one := clinic.Clinic{ID: "1", Name: name, Kind: clinic.Practice, RegionCode: "B", SigunguCode: "B", Doctors: 1}
	files, err := clinic.Build(regions, []clinic.Clinic{one}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func publishedName(t *testing.T, dir string) string {
	t.Helper()
	d, err := LoadDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Clinic("1")
	if err != nil {
		t.Fatal(err)
	}
	return c.Name
}

func TestStaticSaveAndLoad(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := LoadDirectory(dir); fault.Of(err).Message != "clinic.directory_missing" {
		t.Fatalf("before the first import: %v", err)
	}
	for _, name := range []string{"가상하나", "가상둘", "가상둘"} {
		if err := SaveStatic(dir, staticVersion(t, name)); err != nil {
			t.Fatal(err)
		}
		if got := publishedName(t, dir); got != name {
			t.Errorf("published %s, want %s", got, name)
		}
	}
}

var errStaticCrash = errors.New("the process ended here")

// An import that ends before any one of its steps leaves the old version whole,
// until the manifest's rename has made the new one whole.
func TestStaticCrashLeavesOneWholeVersion(t *testing.T) {
	t.Parallel()
	steps, renamed := staticSteps(t)
	if len(steps) != 7 {
		t.Fatalf("steps %q, want three files written and renamed, and the removal", steps)
	}
	for crashAt := range steps {
		t.Run(steps[crashAt], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := SaveStatic(dir, staticVersion(t, "가상옛")); err != nil {
				t.Fatal(err)
			}
			at := 0
			err := saveStatic(dir, staticVersion(t, "가상새"), func(string) error {
				if at++; at == crashAt+1 {
					return errStaticCrash
				}
				return nil
			})
			if !errors.Is(err, errStaticCrash) {
				t.Fatalf("the import did not end at step %d: %v", crashAt, err)
			}
			want := "가상옛"
			if crashAt > renamed {
				want = "가상새"
			}
			if got := publishedName(t, dir); got != want {
				t.Errorf("published %s, want %s", got, want)
			}
			if err := SaveStatic(dir, staticVersion(t, "가상새")); err != nil || publishedName(t, dir) != "가상새" {
				t.Errorf("the import cannot be repeated: %v", err)
			}
		})
	}
}

// staticSteps lists the steps of an import and the number of the manifest's rename.
func staticSteps(t *testing.T) (steps []string, renamed int) {
	t.Helper()
	err := saveStatic(t.TempDir(), staticVersion(t, "가상"), func(step string) error {
		if step == "rename "+clinic.ManifestFile {
			renamed = len(steps)
		}
		steps = append(steps, step)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return steps, renamed
}

func TestStaticRemovesWhatNobodyReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := staticVersion(t, "가상옛")
	if err := SaveStatic(dir, old); err != nil {
		t.Fatal(err)
	}
	if err := SaveStatic(dir, staticVersion(t, "가상새")); err != nil {
		t.Fatal(err)
	}
	leftOver := func() (n int) {
		for name := range old {
			if _, err := os.Stat(filepath.Join(dir, staticFolder, name)); err == nil && strings.HasPrefix(name, "clinics/") {
				n++
			}
		}
		return n
	}
	if leftOver() != 1 {
		t.Fatal("a file somebody may still be reading was removed")
	}
	for name := range old {
		past := time.Date(2021, 7, 12, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(dir, staticFolder, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := SaveStatic(dir, staticVersion(t, "가상새")); err != nil {
		t.Fatal(err)
	}
	if leftOver() != 0 {
		t.Error("a file of an old version is still there")
	}
	if publishedName(t, dir) != "가상새" {
		t.Error("the new version was harmed")
	}
}

func TestStaticRefusesDamage(t *testing.T) {
	t.Parallel()
	for what, harm := range map[string]func(path string) error{
		"cut short": func(path string) error { return os.Truncate(path, 20) },
		"missing":   os.Remove,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := staticVersion(t, "가상")
			if err := SaveStatic(dir, files); err != nil {
				t.Fatal(err)
			}
			for name := range files {
				if name == clinic.ManifestFile {
					continue
				}
				if err := harm(filepath.Join(dir, staticFolder, name)); err != nil {
					t.Fatal(err)
				}
				if _, err := LoadDirectory(dir); fault.Of(err).Message != "clinic.directory_damaged" {
					t.Errorf("%s %s: %v", name, what, err)
				}
			}
		})
	}
}

func TestStaticStaysInItsFolder(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../secret", "/etc/hostname", "clinics/../../secret"} {
		if _, err := readStatic(t.TempDir(), name); err == nil || !strings.Contains(err.Error(), "out of the folder") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
