package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"naru/internal/fault"
)

// MaxLine is the longest line of a bulk file, in bytes.
const MaxLine = 16 << 10

// FileLine is a line of a bulk file: a row, or why it is none.
type FileLine struct {
	No    int    // from 1
	Raw   string // as it stands in the file; of a line that is too long its beginning
	Row   Row
	Fault error // code Invalid, Malformed or TooLarge
}

// Reader reads a bulk file line by line, NDJSON or CSV, in bounded memory. CSV has a
// header of the names of Row's columns in any order; a field may be quoted, and ends on
// its line.
type Reader struct {
	from   *bufio.Reader
	header []string // of CSV
	no     int
}

// NewReader reads the header of CSV; csv says which of the two forms it is. Code
// Malformed for a header that cannot be used.
func NewReader(r io.Reader, csv bool) (*Reader, error) {
	f := &Reader{from: bufio.NewReaderSize(r, MaxLine)}
	if b, _ := f.from.Peek(3); string(b) == "\ufeff" {
		_, _ = f.from.Discard(3)
	}
	if !csv {
		return f, nil
	}
	text, err := f.line()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, headerFault(err)
	}
	if f.header, err = splitCSV(text); err != nil {
		return nil, headerFault(err)
	}
	seen := map[string]bool{}
	for _, name := range f.header {
		if columns[name] == nil || seen[name] {
			return nil, headerFault(fmt.Errorf("column %.40q is not known, or is there twice", name))
		}
		seen[name] = true
	}
	if !seen["kind"] {
		return nil, headerFault(errors.New("the column kind is missing"))
	}
	return f, nil
}

func headerFault(err error) error { return fault.Wrap(fault.Malformed, "record.file_header", err) }

// Next gives the next line that is not empty; io.EOF at the end. An error is of the
// reading itself: what is wrong with a line is in the line.
func (f *Reader) Next() (FileLine, error) {
	for {
		text, err := f.line()
		if err != nil && fault.CodeOf(err) != fault.TooLarge {
			return FileLine{}, err
		}
		if err == nil && strings.TrimSpace(text) == "" {
			continue
		}
		l := FileLine{No: f.no, Raw: text, Fault: err}
		if err == nil {
			l.Fault = f.parse(text, &l.Row)
		}
		return l, nil
	}
}

// line reads one line without its end. Code TooLarge, with its beginning, for one that is
// too long: the next call goes on after it.
func (f *Reader) line() (string, error) {
	raw, err := f.from.ReadSlice('\n')
	if len(raw) == 0 && err != nil {
		return "", err
	}
	f.no++
	text := strings.TrimRight(string(raw), "\r\n")
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = f.from.ReadSlice('\n')
		}
		return text[:200], fault.New(fault.TooLarge, "record.line_long")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return text, nil
}

func (f *Reader) parse(text string, into *Row) error {
	if !utf8.ValidString(text) {
		return fault.New(fault.Malformed, "record.line_bad")
	}
	if f.header == nil {
		return parseJSON(text, into)
	}
	fields, err := splitCSV(text)
	if err != nil || len(fields) != len(f.header) {
		return fault.New(fault.Malformed, "record.line_bad")
	}
	for i, value := range fields {
		if err := into.set(f.header[i], value); err != nil {
			return err
		}
	}
	return nil
}

func parseJSON(text string, into *Row) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.New(fault.Malformed, "record.line_bad") // the decoder's words may quote what is there
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Malformed, "record.line_bad")
	}
	return nil
}

// splitCSV splits a line as RFC 4180 says, but for fields of several lines.
func splitCSV(line string) ([]string, error) {
	var all []string
	for {
		var field string
		if !strings.HasPrefix(line, `"`) {
			plain, rest, more := strings.Cut(line, ",")
			if strings.Contains(plain, `"`) {
				return nil, errors.New("a quote inside a field without quotes")
			}
			all = append(all, plain)
			if !more {
				return all, nil
			}
			line = rest
			continue
		}
		line = line[1:]
		for {
			part, rest, closed := strings.Cut(line, `"`)
			if !closed {
				return nil, errors.New("a quote that is not closed on its line")
			}
			field, line = field+part, rest
			if !strings.HasPrefix(line, `"`) {
				break
			}
			field, line = field+`"`, line[1:]
		}
		all = append(all, field)
		if line == "" {
			return all, nil
		}
		if line[0] != ',' {
			return nil, errors.New("text after a quoted field")
		}
		line = line[1:]
	}
}
