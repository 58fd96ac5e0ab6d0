package gate

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// vectors are the shared test vectors, made by an independent implementation
// and also run in JavaScript (ui/test/place.test.mjs).
type vectors struct {
	Leaves []struct{ Ticket, Leaf string }
	Places []struct{ Seed, Leaf, L, U, Place string }
	Spread []struct{ U, L, Place string }
	Seeds  []struct {
		Campaign                                         string
		Epoch                                            uint32
		Commitment, Root, L, Secret, Round, Beacon, Seed string
	}
	Roots []struct {
		Tickets int `json:"tickets_0_to"`
		Root    string
	}
	Tickets []struct {
		Text       string
		Kind       Kind
		Epoch      uint32
		Number, ID string
	}
	BadTickets []struct{ Why, Text string } `json:"bad_tickets"`
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/place.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func bytesOf(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func uintOf(t testing.TB, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLeafVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t).Leaves {
		id, err := ParseTicketID(v.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		if got := Leaf(id); hex.EncodeToString(got[:]) != v.Leaf {
			t.Errorf("leaf of %s is %x, want %s", v.Ticket, got, v.Leaf)
		}
	}
}

func TestPlaceVectors(t *testing.T) {
	t.Parallel()
	vs := readVectors(t)
	if len(vs.Places) < 40 {
		t.Fatalf("only %d vectors", len(vs.Places))
	}
	for _, v := range vs.Places {
		place, u := Place([32]byte(bytesOf(t, v.Seed)), [32]byte(bytesOf(t, v.Leaf)), uintOf(t, v.L))
		if place != uintOf(t, v.Place) || u != uintOf(t, v.U) {
			t.Errorf("L %s: place %d, u %d; want %s, %s", v.L, place, u, v.Place, v.U)
		}
	}
	for _, v := range vs.Spread {
		if got := spread(uintOf(t, v.U), uintOf(t, v.L)); got != uintOf(t, v.Place) {
			t.Errorf("u %s over %s is %d, want %s", v.U, v.L, got, v.Place)
		}
	}
}

func TestSeedVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t).Seeds {
		got := Seed(SeedParts{
			Campaign: v.Campaign, Epoch: v.Epoch, Commitment: [32]byte(bytesOf(t, v.Commitment)),
			Root: [32]byte(bytesOf(t, v.Root)), L: uintOf(t, v.L), Secret: bytesOf(t, v.Secret),
			Round: uintOf(t, v.Round), Beacon: bytesOf(t, v.Beacon),
		})
		if hex.EncodeToString(got[:]) != v.Seed {
			t.Errorf("seed of %s round %s is %x, want %s", v.Campaign, v.Round, got, v.Seed)
		}
	}
}

func TestRootVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t).Roots {
		if got := rollOf(t, v.Tickets).Root(); hex.EncodeToString(got[:]) != v.Root {
			t.Errorf("root of %d leaves is %x, want %s", v.Tickets, got, v.Root)
		}
	}
}

func TestTicketVectors(t *testing.T) {
	t.Parallel()
	vs := readVectors(t)
	for _, v := range vs.Tickets {
		p, err := PeekTicket(v.Text)
		if err != nil {
			t.Fatalf("%s: %v", v.Text, err)
		}
		if p.Kind != v.Kind || p.Epoch != v.Epoch || p.Number != uintOf(t, v.Number) || p.ID.String() != v.ID || !p.Of("2021-07-12") {
			t.Errorf("%s reads as %+v", v.Text, p)
		}
	}
	for _, v := range vs.BadTickets {
		if p, err := PeekTicket(v.Text); err == nil {
			t.Errorf("%s: accepted as %+v", v.Why, p)
		}
	}
}

// ticketNumber is the synthetic ticket whose id is n, big-endian.
func ticketNumber(n int) (id TicketID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// rollOf is the roll of the synthetic tickets 0 to n-1.
func rollOf(t testing.TB, n int) *Roll {
	t.Helper()
	leaves := make([][32]byte, n)
	for i := range leaves {
		leaves[i] = Leaf(ticketNumber(i))
	}
	roll, err := NewRoll(leaves)
	if err != nil {
		t.Fatal(err)
	}
	return roll
}
