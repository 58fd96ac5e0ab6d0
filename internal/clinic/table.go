package clinic

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"naru/internal/fault"
)

// Bounds of a list (rule K1). They are far above any real one and keep a wrong
// or hostile file from filling the memory.
const (
	maxLineBytes = 8 << 10
	maxRows      = 200_000
)

// table reads a comma-separated list line by line. One row is one line: a
// quoted value cannot hold a line break, so one bad quote spoils one row and
// not the rest of the file.
type table struct {
	in      *bufio.Reader
	line    int
	columns map[string]int
	width   int
}

// openTable reads the header and finds it among the known ones; it returns the
// number of the header that matched exactly.
func openTable(r io.Reader, headers ...string) (*table, int, error) {
	t := &table{in: bufio.NewReaderSize(r, maxLineBytes)}
	line, problem, err := t.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, fault.Wrap(fault.Malformed, "clinic.table_unreadable", err)
	}
	line = strings.TrimPrefix(line, "\ufeff")
	for i, header := range headers {
		if problem == "" && line == header {
			t.setColumns(strings.Split(header, ","))
			return t, i, nil
		}
	}
	cause := fmt.Errorf("line 1: the header %.200q is not known; it must be exactly %s", line, strings.Join(headers, " or "))
	return nil, 0, fault.Wrap(fault.Malformed, "clinic.table_header", cause)
}

func (t *table) setColumns(names []string) {
	t.width = len(names)
	t.columns = make(map[string]int, len(names))
	for i, name := range names {
		t.columns[name] = i
	}
}

// each calls use for every row that can be split into the header's columns, and
// returns the number of rows read and the faults of the others. Blank lines are
// counted as lines and are no rows.
func (t *table) each(use func(*row)) (rows int, faults []RowFault, err error) {
	for {
		line, problem, err := t.next()
		if errors.Is(err, io.EOF) {
			return rows, faults, nil
		}
		if err != nil {
			return 0, nil, fault.Wrap(fault.Malformed, "clinic.table_unreadable", err)
		}
		if line == "" && problem == "" {
			continue
		}
		if rows++; rows > maxRows {
			cause := fmt.Errorf("line %d: more than %d rows; split the list", t.line, maxRows)
			return 0, nil, fault.Wrap(fault.TooLarge, "clinic.table_too_large", cause)
		}
		rec := t.split(line, problem)
		if rec.fault == nil {
			use(rec)
		}
		if rec.fault != nil {
			faults = append(faults, *rec.fault)
		}
	}
}

func (t *table) split(line, problem string) *row {
	rec := &row{line: t.line, columns: t.columns}
	if problem != "" {
		rec.refuse("", problem, "correct the line")
		return rec
	}
	values, problem := splitValues(line)
	rec.values = values
	switch {
	case problem != "":
		rec.refuse("", problem, `write a value with a comma or a quote as "…" with each quote doubled`)
	case len(values) != t.width:
		rec.refuse("", fmt.Sprintf("the row has %d columns, the header %d", len(values), t.width), "add or remove columns")
	}
	return rec
}

// next returns one line without its end, or what is wrong with its bytes.
func (t *table) next() (line, problem string, err error) {
	raw, err := t.in.ReadSlice('\n')
	t.line++
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Sprintf("the line is longer than %d bytes", maxLineBytes), t.skipLine()
	}
	if err != nil && (len(raw) == 0 || !errors.Is(err, io.EOF)) {
		return "", "", err
	}
	raw = bytes.TrimSuffix(raw, []byte("\n"))
	raw = bytes.TrimSuffix(raw, []byte("\r"))
	if !utf8.Valid(raw) {
		return "", "the line is not UTF-8", nil
	}
	line = string(raw)
	if t.line > 1 && strings.ContainsFunc(line, unseen) {
		return "", "the line holds a character that cannot be seen", nil
	}
	return line, "", nil
}

func (t *table) skipLine() error {
	for {
		_, err := t.in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				return nil // the last line; the next read says so
			}
			return err
		}
	}
}

// unseen finds control and format characters: they could hide or turn round a
// name on a page.
func unseen(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }

// splitValues cuts one line into its values (RFC 4180 without line breaks).
func splitValues(line string) (values []string, problem string) {
	for {
		value, rest, problem := firstValue(line)
		if problem != "" {
			return nil, problem
		}
		values = append(values, value)
		if rest == "" {
			return values, ""
		}
		line = rest[1:]
	}
}

// firstValue cuts off the first value; rest is empty or begins with the comma.
func firstValue(line string) (value, rest, problem string) {
	if !strings.HasPrefix(line, `"`) {
		end := strings.IndexByte(line, ',')
		if end < 0 {
			end = len(line)
		}
		if strings.Contains(line[:end], `"`) {
			return "", "", "a quote inside a value that is not quoted"
		}
		return line[:end], line[end:], ""
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] != '"':
			b.WriteByte(line[i])
		case i+1 < len(line) && line[i+1] == '"':
			b.WriteByte('"')
			i++
		case i+1 == len(line) || line[i+1] == ',':
			return b.String(), line[i+1:], ""
		default:
			return "", "", "text after the closing quote"
		}
	}
	return "", "", "a quote is opened and not closed in the same line"
}
