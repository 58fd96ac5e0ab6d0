package fhir

import "time"

// Status is whether the places of a Slot can still be had.
type Status string

// The states of a slot.
const (
	Free Status = "free"
	Busy Status = "busy"
)

// Slot is places of one time that are alike: all free, or all taken.
type Slot struct {
	Type      string      `json:"resourceType"`
	ID        string      `json:"id"`
	Extension []Extension `json:"extension"`
	Schedule  Reference   `json:"schedule"`
	Status    Status      `json:"status"`
	Start     string      `json:"start"`
	End       string      `json:"end"`
}

// Places is what is known of one span of a schedule.
type Places struct {
	Start, End      time.Time
	Capacity, Taken int // 0 <= Taken; more taken than there are is none left
}

// NewSlots are the free and the busy places of a span, each with its number; a
// span without places of one kind has no such slot. page is where booking begins:
// for everybody at the campaign's waiting room.
func NewSlots(schedule, page string, p Places) []Slot {
	free := max(0, p.Capacity-p.Taken)
	var all []Slot
	for _, part := range []struct {
		status Status
		count  int
	}{{Free, free}, {Busy, p.Capacity - free}} {
		if part.count > 0 {
			all = append(all, newSlot(schedule, page, p, part.status, part.count))
		}
	}
	return all
}

func newSlot(schedule, page string, p Places, s Status, count int) Slot {
	slot := Slot{
		Type: "Slot", ID: SlotID(schedule, p.Start, s), Schedule: Reference{"Schedule/" + schedule}, Status: s,
		Start: instant(p.Start), End: instant(p.End), Extension: []Extension{{URL: capacity, Count: &count}},
	}
	if s == Free {
		slot.Extension = append(slot.Extension, Extension{URL: deepLink, Link: page})
	}
	return slot
}
