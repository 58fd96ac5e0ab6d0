package drill

import (
	"math/rand/v2"
	"time"
)

// Shares of the arrivals. On 12 July 2021 60,000 waited at 23:30 and more than
// 100,000 had come a minute after 00:00.
const (
	lobbyShare = 60 // of 100, before the opening
	stepShare  = 30 // in the first seconds after it; the rest over the duration
)

// lobbyPace is how many people a second come into the lobby, at most: the step
// at the opening remains the peak.
const lobbyPace = 400

// Spans around the opening. The campaign's own lobby of half an hour is played
// in seconds.
const (
	lobbyShortest = 3 * time.Second
	closesBefore  = 3 * time.Second        // the lobby, before the opening: roll and draw
	lobbyQuiet    = 500 * time.Millisecond // nobody is planned just before the close
)

// lobbyLength is how long people come before the lobby closes.
func lobbyLength(citizens int) time.Duration {
	n := citizens * lobbyShare / 100
	return max(lobbyShortest, time.Duration(n)*time.Second/lobbyPace).Round(time.Second)
}

// stepLength is the span of the first rush after the opening.
func stepLength(duration time.Duration) time.Duration { return duration / 6 }

// arrivals fixes when each citizen means to come, relative to the opening.
func arrivals(citizens int, lobby, closes, duration time.Duration, rnd *rand.Rand) []time.Duration {
	all := make([]time.Duration, citizens)
	for i := range all {
		switch share := i * 100 / citizens; {
		case share < lobbyShare:
			all[i] = -closes - lobbyQuiet - time.Duration(rnd.Float64()*float64(lobby-lobbyQuiet))
		case share < lobbyShare+stepShare:
			u := rnd.Float64()
			all[i] = time.Duration(u * u * float64(stepLength(duration))) // steep at first
		default:
			all[i] = time.Duration(rnd.Float64() * float64(duration))
		}
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}
