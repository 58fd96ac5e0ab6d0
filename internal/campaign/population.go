package campaign

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"naru/internal/caldate"
)

// Population is the number of residents by year of birth.
type Population map[int]int

// maxPopulationRows bounds the table: more years of birth than people alive
// can have is not a table of birth years.
const maxPopulationRows = 200

// ParsePopulation reads a table of two columns with a header: year of birth,
// residents. It refuses the whole table at the first bad row, by its line.
func ParsePopulation(r io.Reader) (Population, error) {
	rows := csv.NewReader(io.LimitReader(r, 1<<16))
	rows.FieldsPerRecord = 2
	if _, err := rows.Read(); err != nil {
		return nil, fmt.Errorf("read population header: %w", err)
	}
	p := Population{}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read population: %w", err)
		}
		line, _ := rows.FieldPos(0)
		year, yearErr := strconv.Atoi(row[0])
		people, peopleErr := strconv.Atoi(row[1])
		if _, twice := p[year]; yearErr != nil || peopleErr != nil || twice || year < 1800 || year > 2200 || people < 0 || people > maxPeople {
			return nil, fmt.Errorf("population line %d: not a year of birth of its own and a number of people", line)
		}
		if p[year] = people; len(p) > maxPopulationRows {
			return nil, fmt.Errorf("population line %d: more than %d years of birth", line, maxPopulationRows)
		}
	}
	if len(p) == 0 {
		return nil, fmt.Errorf("the population table has no rows")
	}
	return p, nil
}

// Born estimates how many residents were born from one day to another, both
// inclusive; an open edge is nil. Births are taken as even over a year.
func (p Population) Born(from, to *caldate.Date) int {
	sum := 0.0
	for year, people := range p {
		first := caldate.Date{Year: year, Month: time.January, Day: 1}
		last := caldate.Date{Year: year, Month: time.December, Day: 31}
		whole := first.DaysUntil(last) + 1
		if from != nil && from.After(first) {
			first = *from
		}
		if to != nil && to.Before(last) {
			last = *to
		}
		if days := first.DaysUntil(last) + 1; days > 0 {
			sum += float64(people) * float64(days) / float64(whole)
		}
	}
	return int(sum + 0.5)
}
