package store

import (
	"time"

	"naru/internal/gate"
)

// pace is what the leader remembers of a line between its steps. Losing it at a
// restart costs a few seconds of measuring, never a place.
type pace struct {
	last    time.Time // of the last step
	sampled time.Time
	counted int64         // unix seconds up to which overdue sessions were counted
	within  time.Duration // gate.StartWithin
	asked   time.Time     // when within was last found out
	lanes   map[gate.Lane]*lanePace
}

func newPace() pace { return pace{lanes: map[gate.Lane]*lanePace{}} }

// lanePace is what the leader remembers of a lane.
type lanePace struct {
	carry   float64
	samples []gate.Sample // of the serving number, one a second for keptSamples
	ended   []gate.Sample // of the sessions that ended, the same seconds
	control gate.Control
	flow    gate.Flow
}

// askStarting is how often the leader looks how long people take to begin.
const askStarting = 5 * time.Second

// keptSamples is how many seconds are remembered.
const keptSamples = 600

func (p *pace) of(lane gate.Lane) *lanePace {
	if p.lanes == nil {
		*p = newPace()
	}
	if p.lanes[lane] == nil {
		p.lanes[lane] = &lanePace{}
	}
	return p.lanes[lane]
}

// ago is what was sampled last at least so long ago; 0 when nothing was.
func ago(samples []gate.Sample, now time.Time, span time.Duration) uint64 {
	for i := len(samples) - 1; i >= 0; i-- {
		if now.Sub(samples[i].At) >= span {
			return samples[i].Serving
		}
	}
	return 0
}

// rateOf is how many places a second are called in a lane: what the operator allows
// it, or less as the control says.
func (p *lanePace) rateOf(most float64, fixed bool) float64 {
	if fixed || p.control.Rate <= 0 {
		return most
	}
	return min(most, p.control.Rate)
}

// note takes in a step that was made: once a second a sample, and the control.
func (p *pace) note(now time.Time, a *serveAct) {
	p.counted = a.at
	if a.asks {
		p.within, p.asked = a.within, now
	}
	sample := now.Sub(p.sampled) >= time.Second
	for i := range a.lanes {
		step := &a.lanes[i]
		of := p.of(step.lane)
		of.carry = step.rest
		if !sample {
			continue
		}
		of.samples = keep(of.samples, gate.Sample{At: now, Serving: step.serving})
		of.ended = keep(of.ended, gate.Sample{At: now, Serving: step.ended})
		of.flow = gate.Flow{
			Pressure: a.pressure, Called: step.called(), Came: step.came,
			Ended: int(step.ended - max(ago(of.ended, now, gate.FlowFor), of.ended[0].Serving)), //nolint:gosec // counts
		}
		of.control = of.control.Next(of.flow, step.most, now.Sub(p.sampled))
	}
	if sample {
		p.sampled = now
	}
}

func keep(all []gate.Sample, s gate.Sample) []gate.Sample {
	all = append(all, s)
	return all[max(0, len(all)-keptSamples):]
}
