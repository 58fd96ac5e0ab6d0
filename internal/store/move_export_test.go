package store

import (
	"context"
	"slices"
)

// Before calls f with the name of each step of a move; an error from it stops
// the move there.
func (m *Mover) Before(f func(step string) error) { m.before = f }

// MovedTables are the tables a move takes along, as it reads them from the
// catalogues.
func (m Mover) MovedTables(ctx context.Context) (names []string, err error) {
	if err := m.openSource(ctx); err != nil {
		return nil, err
	}
	defer func() { _ = m.source.Close() }()
	if m.target, err = connectTarget(ctx, m.To); err != nil {
		return nil, err
	}
	defer m.target.close()
	plan, err := m.plan(ctx)
	for _, t := range plan {
		names = append(names, t.String())
	}
	return slices.Sorted(slices.Values(names)), err
}
