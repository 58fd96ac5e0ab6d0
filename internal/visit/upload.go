package visit

import "time"

// Bounds of the pause between two uploads of a scanner.
const (
	calmPause = time.Minute      // at least, on a calm day
	busyPause = 10 * time.Minute // at least, when the register can take no more
)

// UploadAfter is how long a scanner waits before its next upload (rule V8). The pause is
// spread over its own length by chance, from 0 to 1, so that scanners which were cut off
// together do not all come back together.
func UploadAfter(busy bool, chance float64) time.Duration {
	least := calmPause
	if busy {
		least = busyPause
	}
	return (least + time.Duration(chance*float64(least))).Truncate(time.Second)
}
