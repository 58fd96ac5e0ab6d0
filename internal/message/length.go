package message

import (
	"golang.org/x/text/encoding/korean"
)

// shortMost is how many bytes of EUC-KR one SMS of the Korean networks holds.
const shortMost = 90

// Short says that a text fits into one SMS (rule M10). What EUC-KR cannot write
// never does.
func Short(text string) bool {
	b, err := korean.EUCKR.NewEncoder().String(text)
	return err == nil && len(b) <= shortMost
}
