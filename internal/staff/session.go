package staff

import "time"

// How long a sign-in holds (rules S6, S12). Clinics share computers: what nobody has
// touched for a while locks, and coming back is quick.
const (
	LinkLife    = 24 * time.Hour // a link that lets somebody in, once
	SessionIdle = 15 * time.Minute
	SessionLife = 10 * time.Hour // the working day
)

// SessionEnds is when a sign-in that began and was last used at these times locks or
// ends.
func SessionEnds(began, seen time.Time) time.Time {
	ends, idle := began.Add(SessionLife), seen.Add(SessionIdle)
	if idle.Before(ends) {
		return idle
	}
	return ends
}

// Method is how a member of staff proved who they are.
type Method string

// The methods.
const (
	ByLink     Method = "link"     // the first time
	ByProvider Method = "provider" // the agency's sign-in service
	ByPasskey  Method = "passkey"
	ByPIN      Method = "pin" // back to a locked sign-in
)
