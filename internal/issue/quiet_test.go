package issue

import (
	"testing"
	"time"
)

func TestQuietHours(t *testing.T) {
	t.Parallel()
	seoul := time.FixedZone("KST", 9*3600)
	for clock, want := range map[string]string{"10:59": "10:59", "11:00": "14:00", "13:59": "14:00", "14:00": "14:00", "17:30": "21:00", "21:00": "21:00", "03:00": "03:00"} {
		now, err := time.ParseInLocation("2006-01-02 15:04", "2021-12-13 "+clock, seoul)
		if err != nil {
			t.Fatal(err)
		}
		if got := QuietAt(now.UTC(), seoul).In(seoul).Format("15:04"); got != want {
			t.Errorf("%s: %s, want %s", clock, got, want)
		}
	}
}
