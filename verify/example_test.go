package verify_test

import (
	"errors"
	"fmt"
	"time"

	"naru/verify"
)

// A text from a QR code is judged with a trust list and a time. Without a key
// nothing genuine can be told from what is not, and the answer says so.
func ExampleJudge() {
	result := verify.Judge(verify.NoTrust(), time.Date(2021, 12, 13, 11, 40, 0, 0, time.UTC), "HC1:6BF")
	fmt.Println(result.Verdict, result.Reason)
	// Output: NOT VALID malformed
}

// Parsing says nothing about anybody; its error says what to do next.
func ExampleParse() {
	_, err := verify.Parse("shc:/1/2/5676")
	var refusal *verify.Refusal
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Verdict, refusal.Reason)
	}
	// Output: CANNOT TELL incomplete
}
