package clinic

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// Generate makes n clinics that do not exist, for a demonstration or a drill
// (rule K16). Their names say so. Every 시군구 gets at least one, so n below
// their number is raised to it; the others are shared out by the number of
// regions below each 시군구. The same regions, n and seed always give the same
// clinics; the seed means nothing to anybody else and is no secret.
func Generate(regions *Regions, n int, seed uint64) []Clinic {
	g := &generator{regions: regions, rnd: rand.New(rand.NewPCG(seed, generatorVersion))}
	sigungu := regions.AtLevel(2)
	if len(sigungu) == 0 {
		return nil
	}
	for i, count := range g.shares(sigungu, n) {
		homes := regions.Children(sigungu[i].Code)
		if len(homes) == 0 {
			homes = sigungu[i : i+1]
		}
		for k := range count {
			home := homes[k%len(homes)]
			g.add(home, sigungu[i], k/len(homes)+1)
		}
	}
	return g.clinics
}

// generatorVersion is mixed into the seed; change it when what is drawn changes.
const generatorVersion = 1

type generator struct {
	regions *Regions
	rnd     *rand.Rand
	clinics []Clinic
}

// shares gives one clinic to every 시군구 and the rest by weight, the largest
// remainders first.
func (g *generator) shares(sigungu []Region, n int) []int {
	counts, weights, total := make([]int, len(sigungu)), make([]int, len(sigungu)), 0
	for i, r := range sigungu {
		weights[i] = max(len(g.regions.children[r.Code]), 1)
		total += weights[i]
	}
	rest := max(n-len(sigungu), 0)
	left := rest
	order := make([]int, len(sigungu))
	for i := range sigungu {
		order[i] = i
		counts[i] = 1 + rest*weights[i]/total
		left -= rest * weights[i] / total
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(rest*weights[b]%total, rest*weights[a]%total)
	})
	for _, i := range order[:left] {
		counts[i]++
	}
	return counts
}

// weighted is one outcome and how often it comes.
type weighted[T any] struct {
	value  T
	weight int
}

var (
	specialties = []weighted[string]{{"내과의원", 40}, {"가정의학과의원", 20}, {"이비인후과의원", 15}, {"소아청소년과의원", 15}, {"의원", 7}, {"병원", 3}}
	weekdays    = []weighted[Day]{{Day{540, 1080}, 45}, {Day{540, 1110}, 25}, {Day{540, 1140}, 18}, {Day{570, 1110}, 12}}
	saturdays   = []weighted[Day]{{Day{540, 780}, 60}, {Day{540, 840}, 25}, {Day{540, 900}, 10}, {Day{}, 5}}
	doctors     = []weighted[int]{{1, 70}, {2, 20}, {3, 7}, {4, 3}}
	perDoctor   = []weighted[int]{{8, 1}, {10, 1}, {12, 1}}
)

func pick[T any](rnd *rand.Rand, from []weighted[T]) T {
	total := 0
	for _, w := range from {
		total += w.weight
	}
	at := rnd.IntN(total)
	for _, w := range from {
		if at -= w.weight; at < 0 {
			return w.value
		}
	}
	panic("clinic: weights changed while drawing")
}

func (g *generator) add(home, sigungu Region, number int) {
	specialty, count := pick(g.rnd, specialties), pick(g.rnd, doctors)
	c := Clinic{
		ID: ID(fmt.Sprintf("D%05d", len(g.clinics)+1)), Name: madeUpName(home.Name, number, specialty), Kind: Practice,
		RegionCode: home.Code, SigunguCode: sigungu.Code,
		Lat: g.beside(home.Lat, 0.008, 90), Lon: g.beside(home.Lon, 0.010, 180),
		Lunch: assumedLunch, Doctors: count,
		Capacity: Capacity{PerHour: count * pick(g.rnd, perDoctor)},
	}
	if specialty == "병원" {
		c.Kind = Hospital
	}
	c.Hours = week(pick(g.rnd, weekdays), pick(g.rnd, saturdays))
	g.clinics = append(g.clinics, c)
}

// madeUpName says in the language of the region's name that nobody is there.
func madeUpName(region string, number int, specialty string) string {
	if strings.ContainsFunc(region, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
		return fmt.Sprintf("가상%s%d%s", region, number, specialty)
	}
	return fmt.Sprintf("Imaginary clinic %s %d", region, number)
}

// beside moves a coordinate a little, rounded so that every machine writes the
// same digits.
func (g *generator) beside(degrees, spread, limit float64) float64 {
	// The conversion forbids fused multiply-add, which would round otherwise.
	moved := degrees + float64((g.rnd.Float64()*2-1)*spread)
	return math.Round(min(max(moved, -limit), limit)*1e5) / 1e5
}
