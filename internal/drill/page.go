package drill

import (
	"bytes"
	"html"
	"strconv"
)

// A page is searched for the few things a citizen needs; reading all of it as
// HTML would cost the generator more than the page costs the server.

// between is the text after the last of the marks, found one after another, up
// to end; "" when a mark is not there.
func between(page []byte, end string, marks ...string) string {
	for _, mark := range marks {
		i := bytes.Index(page, []byte(mark))
		if i < 0 {
			return ""
		}
		page = page[i+len(mark):]
	}
	if i := bytes.Index(page, []byte(end)); i >= 0 {
		return html.UnescapeString(string(page[:i]))
	}
	return ""
}

// hidden is the value of a hidden field.
func hidden(page []byte, name string) string {
	return between(page, `"`, `name="`+name+`" value="`)
}

// number is an attribute as a number; known is false when it is not there.
func number(page []byte, attribute string) (n uint64, known bool) {
	n, err := strconv.ParseUint(between(page, `"`, attribute+`="`), 10, 63)
	return n, err == nil
}

// options are what a list offers, without the empty line.
func options(page []byte, list string) []option {
	_, page, _ = bytes.Cut(page, []byte(`<select id="`+list+`"`))
	page, _, _ = bytes.Cut(page, []byte("</select>"))
	var all []option
	for {
		_, rest, found := bytes.Cut(page, []byte(`<option value="`))
		if !found {
			return all
		}
		value, rest, _ := bytes.Cut(rest, []byte(`"`))
		_, rest, _ = bytes.Cut(rest, []byte(">"))
		text, rest, _ := bytes.Cut(rest, []byte("<"))
		if len(value) > 0 {
			all = append(all, option{html.UnescapeString(string(value)), weightOf(string(text))})
		}
		page = rest
	}
}

// values are all non-empty attribute values that follow the mark.
func values(page []byte, mark string) []string {
	var all []string
	for {
		_, rest, found := bytes.Cut(page, []byte(mark))
		if !found {
			return all
		}
		value, after, closed := bytes.Cut(rest, []byte(`"`))
		if !closed {
			return all
		}
		if len(value) > 0 {
			all = append(all, html.UnescapeString(string(value)))
		}
		page = after
	}
}

// startTimes are the times of a page that can still be chosen.
func startTimes(page []byte) []string {
	var all []string
	const mark = `name="start" value="`
	for {
		_, rest, found := bytes.Cut(page, []byte(mark))
		if !found {
			return all
		}
		tag, after, closed := bytes.Cut(rest, []byte(">"))
		if !closed {
			return all
		}
		value, more, _ := bytes.Cut(tag, []byte(`"`))
		if !bytes.Contains(more, []byte("disabled")) {
			all = append(all, html.UnescapeString(string(value)))
		}
		page = after
	}
}

// blank says that a page shows a reader nothing.
func blank(page []byte) bool { return !bytes.Contains(page, []byte("<main")) }
