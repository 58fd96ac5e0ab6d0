package agency_test

import (
	"slices"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/message"
)

func TestMessagePlan(t *testing.T) { // rule A10
	t.Parallel()
	p := load(t, examples.AgencyYAML).Messages
	text, ok := p.Provider("text")
	if !ok || text.Channel != message.Text || text.URL != message.Development || text.Deadline != 5*time.Second ||
		!slices.Equal(p.Codes, []message.ProviderID{"text"}) || p.Quiet != (message.Quiet{From: 21 * 60, To: 8 * 60}) ||
		!slices.Equal(p.Reminders, []message.Reminder{{Days: 1, At: 600}, {Days: 0, At: 480}}) {
		t.Errorf("Korea's messages are %+v", p)
	}
	none := load(t, examples.SecondAgencyYAML).Messages
	if len(none.Providers) != 1 || none.Providers[0].URL != message.Development || len(none.Route(message.Code)) != 1 || len(none.Reminders) != 0 {
		t.Errorf("a file that says nothing has %+v", none)
	}
}
