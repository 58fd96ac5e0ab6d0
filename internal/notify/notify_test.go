package notify_test

import (
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/i18n"
	"naru/internal/notify"
	"naru/internal/store"
)

func TestTextIsWrittenOutForPeople(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	c, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2021, 7, 26, 5, 0, 0, 0, time.UTC).Format(time.RFC3339)
	booked := map[string]string{"Number": "AB12-CD34-EF56", "Clinic": "가상의원", "Address": "", "Dose1": at}
	two := map[string]string{"Number": "AB12-CD34-EF56", "Clinic": "가상의원", "Address": "서울", "Dose1": at, "Dose2": at}
	moved := map[string]string{
		"Number": "AB12-CD34-EF56", "Clinic": "가상의원", "Nth": "1", "Before": at, "After": at, "Old": at, "New": at, "Why": "clinic.why_staff", "Dose1": at,
	}
	soon := map[string]string{"Number": "AB12-CD34-EF56", "Clinic": "가상의원", "Address": "서울", "Start": at}
	for _, c1 := range []struct {
		kind, lang string
		values     map[string]string
		want       []string
		never      []string
	}{
		{"code", "ko", map[string]string{"Code": "123456"}, []string{"123456을"}, []string{"{{", "⟦", "이(가)"}},
		{"code", "en", map[string]string{"Code": "123456"}, []string{"123456"}, []string{"{{", "⟦"}},
		{"booked", "ko", booked, []string{"AB12-CD34-EF56", "2021. 7. 26.(월) 14:00", "가상의원."}, []string{"2차", "{{", "의원 ."}},
		{"booked", "en", two, []string{"dose 2", "서울"}, []string{"{{"}},
		{"changed", "ko", two, []string{"변경", "2차", "서울"}, []string{"이(가)", "{{"}},
		{"changed", "en", booked, []string{"AB12-CD34-EF56", "changed"}, []string{"dose 2", "{{"}},
		{"cancelled", "ko", two, []string{"취소", "2차"}, []string{"이(가)", "{{"}},
		{"clinic_moved", "ko", moved, []string{"7. 26.(월) 14:00", "의료진 부재", "새 시간", "1차"}, []string{"{{", "clinic.why", "⟦"}},
		{"clinic_moved", "en", moved, []string{"staff away", "Before"}, []string{"{{", "clinic.why"}},
		{"clinic_closed", "ko", moved, []string{"의료진 부재", "예약 조회"}, []string{"{{", "clinic.why"}},
		{"clinic_closed", "en", moved, []string{"staff away"}, []string{"{{", "clinic.why"}},
		{"campaign_moved", "ko", moved, []string{"바뀌기 전", "까닭: 의료진 부재"}, []string{"{{", "⟦"}},
		{"campaign_moved", "en", moved, []string{"before:", "now:"}, []string{"{{", "⟦"}},
		{"withdrawn", "ko", moved, []string{"취소", "까닭: 의료진 부재"}, []string{"{{", "⟦"}},
		{"withdrawn", "en", moved, []string{"cancelled", "why: staff away"}, []string{"{{", "⟦"}},
		{"day_before", "ko", soon, []string{"내일", "14:00", "서울"}, []string{"{{", "⟦"}},
		{"day_before", "en", soon, []string{"tomorrow", "서울"}, []string{"{{", "⟦"}},
		{"same_day", "ko", soon, []string{"오늘", "14:00"}, []string{"{{", "⟦"}},
		{"same_day", "en", soon, []string{"today"}, []string{"{{", "⟦"}},
	} {
		text := notify.Text(c, a, store.Message{Kind: c1.kind, Lang: c1.lang, Values: c1.values})
		for _, want := range c1.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s %s: %q lacks %q", c1.kind, c1.lang, text, want)
			}
		}
		for _, never := range c1.never {
			if strings.Contains(text, never) {
				t.Errorf("%s %s: %q has %q", c1.kind, c1.lang, text, never)
			}
		}
	}
}
