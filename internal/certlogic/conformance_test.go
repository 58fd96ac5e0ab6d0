package certlogic_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"naru/internal/certlogic"
)

// corpus is a folder of the conformance vectors, or the test is skipped, loudly.
func corpus(t *testing.T, folder string) string {
	t.Helper()
	root := os.Getenv("NARU_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: no corpus in %s; set NARU_CORPUS", dir)
	}
	return dir
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	if len(text) == 0 {
		return nil
	}
	v, err := certlogic.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConformanceOfTheLanguage(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(corpus(t, "certlogic-testsuite"), "testSuite", "*.json"))
	ran := 0
	for _, file := range files {
		var suite struct {
			Cases []struct {
				Name                string
				CertLogicExpression json.RawMessage
				Assertions          []struct{ CertLogicExpression, Data, Expected json.RawMessage }
			}
		}
		read(t, file, &suite)
		for _, c := range suite.Cases {
			for _, a := range c.Assertions {
				ran++
				text := c.CertLogicExpression
				if text == nil {
					text = a.CertLogicExpression
				}
				e, err := certlogic.Parse(text)
				if err != nil {
					t.Errorf("%s, %s: %s: %v", filepath.Base(file), c.Name, text, err)
					continue
				}
				got, err := e.Evaluate(decode(t, a.Data))
				if want := decode(t, a.Expected); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s, %s: %s over %s is %v (%v), want %s", filepath.Base(file), c.Name, text, a.Data, got, err, a.Expected)
				}
			}
		}
	}
	t.Logf("%d cases of %d files ran", ran, len(files))
	if ran < 100 {
		t.Errorf("only %d cases ran", ran)
	}
}

func TestConformanceOfTheValidation(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(corpus(t, "certlogic-testsuite"), "validation-testSuite", "*.json"))
	ran := 0
	for _, file := range files {
		var suite struct {
			Cases []struct {
				CertLogicExpression json.RawMessage
				Issues              []struct {
					Expr    json.RawMessage
					Message string
				}
			}
		}
		read(t, file, &suite)
		for _, c := range suite.Cases {
			ran++
			_, err := certlogic.Parse(c.CertLogicExpression)
			found, _ := err.(certlogic.Issues)
			if len(found) != len(c.Issues) || err != nil && found == nil {
				t.Errorf("%s: %v, want %d issues", c.CertLogicExpression, err, len(c.Issues))
				continue
			}
			for i, want := range c.Issues {
				if found[i].Message != want.Message || !reflect.DeepEqual(found[i].Expr, decode(t, want.Expr)) {
					t.Errorf("%s: %+v, want %+v", c.CertLogicExpression, found[i], want)
				}
			}
		}
	}
	t.Logf("%d cases of %d files ran", ran, len(files))
	if ran < 12 {
		t.Errorf("only %d cases ran", ran)
	}
}

func TestConformanceOfPublishedRules(t *testing.T) {
	t.Parallel()
	dir := corpus(t, "eu-business-rules")
	rules, _ := filepath.Glob(filepath.Join(dir, "*", "*", "rule.json"))
	ran, missed := 0, 0
	for _, file := range rules {
		var rule struct{ Logic json.RawMessage }
		read(t, file, &rule)
		e, err := certlogic.Parse(rule.Logic)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		tests, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "tests", "*.json"))
		for _, test := range tests {
			ran++
			var c struct {
				Name                        string
				Payload, External, Expected json.RawMessage
			}
			read(t, test, &c)
			got, err := e.Evaluate(map[string]any{"payload": decode(t, c.Payload), "external": decode(t, c.External)})
			if want := decode(t, c.Expected); err != nil || !reflect.DeepEqual(got, want) {
				missed++
				t.Errorf("%s, %s: %v (%v), want %s", test[len(dir):], c.Name, got, err, c.Expected)
			}
		}
	}
	t.Logf("%d rules, %d tests ran, %d missed", len(rules), ran, missed)
	if len(rules) < 90 || ran < 600 {
		t.Errorf("only %d rules and %d tests ran", len(rules), ran)
	}
}

// What the language suite leaves out: dates.
func TestDates(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for expr, want := range map[string]time.Time{
		`{"plusTime":["2020-02-29",1,"day"]}`:                     at("2020-03-01T00:00:00Z"),
		`{"plusTime":["2020-02-29",1,"month"]}`:                   at("2020-03-29T00:00:00Z"),
		`{"plusTime":["2020-02-29",1,"year"]}`:                    at("2021-03-01T00:00:00Z"),
		`{"plusTime":["2021-12-31",-1,"month"]}`:                  at("2021-12-01T00:00:00Z"),
		`{"plusTime":["2021",0,"day"]}`:                           at("2021-12-31T00:00:00Z"),
		`{"plusTime":["2020-02",0,"day"]}`:                        at("2020-02-29T00:00:00Z"),
		`{"plusTime":["2021-06-15T12:00:00",-25,"hour"]}`:         at("2021-06-14T11:00:00Z"),
		`{"plusTime":["2021-06-15T12:00:00.123987Z",0,"hour"]}`:   at("2021-06-15T12:00:00.123Z"),
		`{"plusTime":["2021-06-15T12:00:00.5+9",0,"hour"]}`:       at("2021-06-15T03:00:00.5Z"),
		`{"plusTime":["2021-06-15T12:00:00+09",0,"hour"]}`:        at("2021-06-15T03:00:00Z"),
		`{"plusTime":["2021-06-15T12:00:00+0930",0,"hour"]}`:      at("2021-06-15T02:30:00Z"),
		`{"plusTime":["2021-06-15T12:00:00-930",0,"hour"]}`:       at("2021-06-15T21:30:00Z"),
		`{"plusTime":["2021-06-15T12:00:00-9:30",0,"hour"]}`:      at("2021-06-15T21:30:00Z"),
		`{"plusTime":["2021-06-15T12:00:00+09:00",100,"hour"]}`:   at("2021-06-19T07:00:00Z"),
		`{"dccDateOfBirth":["1964"]}`:                             at("1964-12-31T00:00:00Z"),
		`{"dccDateOfBirth":["1964-02"]}`:                          at("1964-02-29T00:00:00Z"),
		`{"dccDateOfBirth":["1964-08-12"]}`:                       at("1964-08-12T00:00:00Z"),
		`{"if":[true,{"plusTime":["2021-06-15",0,"day"]},false]}`: at("2021-06-15T00:00:00Z"),
	} {
		e, err := certlogic.Parse([]byte(expr))
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got, err := e.Evaluate(nil); err != nil || !want.Equal(got.(time.Time)) {
			t.Errorf("%s is %v (%v), want %v", expr, got, err, want)
		}
	}
}

func TestWhatIsAnErrorIsNoValue(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		`{">":[1,"1"]}`, `{">":[{"var":"x"},1]}`, `{"<":[1,2,"3"]}`, `{"<":[2,1,"3"]}`, `{"after":["2021-01-01","2020-01-01"]}`,
		`{"+":[1,"1"]}`, `{"+":[9223372036854775807,1]}`, `{"in":["a","abc"]}`, `{"in":["a",{"var":"x"}]}`,
		`{"plusTime":["2021-02-30",0,"day"]}`, `{"plusTime":["2021-13",0,"day"]}`, `{"plusTime":["noon",0,"day"]}`,
		`{"plusTime":[{"plusTime":["2021",0,"day"]},0,"day"]}`, `{"plusTime":[{"var":"x"},0,"day"]}`, `{"plusTime":["2021-01-01T25:00:00",0,"day"]}`,
		`{"dccDateOfBirth":["2021-01-01T00:00:00Z"]}`, `{"dccDateOfBirth":[1964]}`, `{"reduce":["abc",1,0]}`,
		`{"extractFromUVCI":[1,0]}`, `{"extractFromUVCI":["a","0"]}`, `{"!":[{"plusTime":["2021",0,"day"]}]}`,
		`{"if":[{"plusTime":["2021",0,"day"]},1,2]}`, `{"===":[[1],[1]]}`,
	} {
		e, err := certlogic.Parse([]byte(expr))
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if v, err := e.Evaluate(map[string]any{}); err == nil {
			t.Errorf("%s is %v, not an error", expr, v)
		}
	}
}

func TestBrokenRulesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		`null`, `1.5`, `{}`, `{"var":"x","if":[1,2,3]}`, `{"or":[true,false]}`, `{"var":["x"]}`, `{"var":"x..y"}`, `{"var":".x"}`,
		`{"if":[true,1]}`, `{"if":[true,1,2,3]}`, `{"and":[true]}`, `{"!":[]}`, `{"!":true}`, `{"===":[1,2,3]}`, `{">":[1]}`, `{">":[1,2,3,4]}`,
		`{"plusTime":["2021","1","day"]}`, `{"plusTime":["2021",1,"week"]}`, `{"plusTime":["2021",1.5,"day"]}`, `{"plusTime":["2021",1000000000,"day"]}`,
		`{"reduce":[[],1]}`, `{"dccDateOfBirth":[]}`, `[{"nope":[]}]`, `{"if":[true,true,{"nope":[]}]}`, `{"and":[true,null]}`,
	} {
		if _, err := certlogic.Parse([]byte(expr)); err == nil {
			t.Errorf("%s is taken", expr)
		}
	}
	for _, text := range []string{``, `{`, `1 2`, `"a" x`} {
		if _, err := certlogic.Parse([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"and":[{"var":"a.0"},{">":[1,{"var":"b"}]}]}`, `{"reduce":[{"var":"x"},{"+":[{"var":"current"},{"var":"accumulator"}]},0]}`, `{"plusTime":["2021-06-15T12:00:00.5+9",0,"hour"]}`, `{"extractFromUVCI":[{"var":"a"},1]}`} {
		f.Add([]byte(s), []byte(`{"a":[1,"2021"],"b":2,"x":[1,2]}`))
	}
	f.Fuzz(func(t *testing.T, rule, data []byte) {
		e, err := certlogic.Parse(rule)
		if err != nil {
			return
		}
		v, err := certlogic.Decode(data)
		if err != nil {
			return
		}
		first, err := e.Evaluate(v)
		again, err2 := e.Evaluate(v)
		if (err == nil) != (err2 == nil) || err == nil && !reflect.DeepEqual(first, again) {
			t.Errorf("%s over %s: %v (%v), then %v (%v)", rule, data, first, err, again, err2)
		}
	})
}
