package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"naru/internal/fault"
)

// maxForm is the most a form may send, in bytes.
const maxForm = 8 << 10

// unsupported is a body of a type that is not read.
const unsupported fault.Code = "unsupported"

// unmeasured is a body that does not say its length.
const unmeasured fault.Code = "unmeasured"

// form reads the named fields of a posted form (rule W7). It refuses a body
// that is too large, of another type, not UTF-8, or with a field given twice;
// a field that is missing is "". Fields that were not asked for are ignored.
func form(w http.ResponseWriter, r *http.Request, names ...string) (map[string]string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fault.New(unsupported, "web.content_type")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, fault.New(fault.TooLarge, "web.too_large")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	return fields(string(body), names)
}

// query reads the named parameters of the address, under the same rule.
func query(r *http.Request, names ...string) (map[string]string, error) {
	return fields(r.URL.RawQuery, names)
}

func fields(encoded string, names []string) (map[string]string, error) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, fault.New(fault.Malformed, "web.malformed") // the cause quotes what was typed
	}
	out := make(map[string]string, len(names))
	for name, given := range values {
		if len(given) > 1 || !readable(name) || !readable(given[0]) {
			return nil, fault.New(fault.Malformed, "web.malformed")
		}
	}
	for _, name := range names {
		out[name] = strings.TrimSpace(values.Get(name))
	}
	return out, nil
}

// readable is UTF-8 without control characters.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
