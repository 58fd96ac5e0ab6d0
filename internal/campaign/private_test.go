package campaign_test

import (
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/campaign"
)

// A campaign is private only when its file says so, in so many words.
func TestPrivateIsReadStrictly(t *testing.T) {
	t.Parallel()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]struct{ private, fault bool }{
		"":               {false, false},
		"private: true":  {true, false},
		"private: false": {false, false},
		"private: yes":   {false, true},
		"private:":       {false, true},
		"private: 1":     {false, true},
		"Private: true":  {false, true},
	} {
		c, err := campaign.Parse([]byte(strings.Replace(string(text), "guardian: false", line+"\nguardian: false", 1)), korea(t))
		if (err != nil) != want.fault || err == nil && c.Private != want.private {
			t.Errorf("%q: %v, %v", line, c, err)
		}
	}
}
