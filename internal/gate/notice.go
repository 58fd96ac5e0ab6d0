package gate

// Notice is the id of a text that the board points to; the text itself is in the
// pages, in every language (rule G44). "" is none.
type Notice = string

// The notices.
const (
	NoticePostponed        Notice = "postponed"
	NoticePostponedSupply  Notice = "postponed_supply"
	NoticePostponedSystem  Notice = "postponed_system"
	NoticePostponedWeather Notice = "postponed_weather"
	NoticeQuotaUsed        Notice = "quota_used" // every dose is held or booked: nobody new enters (rule G47)
)

// Postponements are the reasons that may be given for a later opening.
func Postponements() []Notice {
	return []Notice{NoticePostponed, NoticePostponedSupply, NoticePostponedSystem, NoticePostponedWeather}
}
