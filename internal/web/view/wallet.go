package view

// Wallet is the page that keeps proofs on a person's device. It is the same for
// everybody: what it shows of a person is on the device alone.
type Wallet struct {
	Page
	Words          string // JSON: the texts of the script
	Tag, Zone      string // of dates: "ko", "Asia/Seoul"
	Worker, Scopes string // the service worker, and JSON of the paths it looks after
	Paper          string // address of certificates on paper; "": there is none
}
