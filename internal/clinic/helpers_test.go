package clinic

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naru/examples"
)

// smallRegions is a country small enough to read: two provinces of three
// levels, with 세종's one pseudo-시군구 and a city district without a space.
const smallRegions = RegionsHeader + `
3600000000,sido,,세종특별자치시,,,36.50486,127.25677
3611000000,sigungu,3600000000,세종특별자치시,세종시,,36.50486,127.25677
3611025000,eupmyeondong,3611000000,세종특별자치시,세종시,조치원읍,36.60756,127.28550
3611031000,eupmyeondong,3611000000,세종특별자치시,세종시,연기면,36.50774,127.29404
4100000000,sido,,경기도,,,37.53000,127.15000
4128100000,sigungu,4100000000,경기도,고양시덕양구,,37.66169,126.90070
4128151000,eupmyeondong,4128100000,경기도,고양시덕양구,주교동,37.66189,126.82680
4183000000,sigungu,4100000000,경기도,양평군,,37.51800,127.57900
`

func mustRegions(t testing.TB, list string, levels int) *Regions {
	t.Helper()
	regions, faults, err := ParseRegions(strings.NewReader(list), levels)
	if err != nil || len(faults) > 0 {
		t.Fatalf("ParseRegions: %v %v", err, faults)
	}
	return regions
}

func koreaRegions(t testing.TB) *Regions { return mustRegions(t, string(examples.RegionsCSV), 3) }

// sharedData opens a file of the shared data folder, and skips the test when
// the folder is not on this machine.
func sharedData(t *testing.T, name string) *os.File {
	t.Helper()
	dir := os.Getenv("NARU_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		t.Skip("no folder of shared data; set NARU_DATA to run this test")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
