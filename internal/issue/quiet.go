package issue

import "time"

// busy are the hours in which people show certificates at doors: nothing is issued in bulk
// then (rule T48).
var busy = [][2]int{{11, 14}, {17, 21}}

// QuietAt is when bulk work may go on: now itself, or the end of the busy hours that now
// is in.
func QuietAt(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	for _, span := range busy {
		if h := local.Hour(); h >= span[0] && h < span[1] {
			y, m, d := local.Date()
			return time.Date(y, m, d, span[1], 0, 0, 0, zone)
		}
	}
	return now
}
