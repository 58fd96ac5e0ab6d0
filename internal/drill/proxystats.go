package drill

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// served is how the proxy serves a node.
type served struct {
	up       bool // people are led to it
	sessions int  // requests that are with it
	downs    int  // times it was taken out of service
}

// parseProxyStats reads the proxy's table of servers.
func parseProxyStats(table io.Reader) (map[string]served, error) {
	rows := csv.NewReader(io.LimitReader(table, 1<<20))
	rows.FieldsPerRecord = -1
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("the proxy's table: %w", err)
	}
	name, status := slices.Index(head, "svname"), slices.Index(head, "status")
	sessions, downs := slices.Index(head, "scur"), slices.Index(head, "chkdown")
	if min(name, status, sessions, downs) < 0 {
		return nil, errors.New("the proxy's table has other columns than expected")
	}
	all := map[string]served{}
	for {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("the proxy's table: %w", err)
		case len(row) <= max(name, status, sessions, downs):
			continue
		}
		all[row[name]] = served{strings.HasPrefix(row[status], "UP"), counted(row[sessions]), counted(row[downs])}
	}
}

// counted is a count; the proxy writes nothing where nothing happened.
func counted(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return max(0, n)
}
