package web

// scanWords are what the scanner's script says beside the reasons of verdicts.
var scanWords = []string{
	"scan.ready", "scan.word_valid", "scan.word_id", "scan.word_not_valid", "scan.word_cannot_tell",
	"scan.todo_valid", "scan.todo_id", "scan.todo_not_valid", "scan.todo_cannot_tell", "scan.todo_ask", "scan.todo_more",
	"scan.say_id", "scan.say_cannot_tell", "scan.until", "scan.other_person", "scan.unknown_reason", "scan.choose", "scan.choose_first",
	"scan.age_hours", "scan.age_days", "scan.no_bundle", "scan.bundle_refused", "scan.hard_on", "scan.hard_offline",
	"scan.camera_denied", "scan.camera_none", "scan.no_offline", "scan.broken",
}
