package gate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/fault"
)

func TestRollDoesNotDependOnTheOrderOfJoining(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaves := drawLeaves(t)
		shuffled := rapid.Permutation(leaves).Draw(t, "shuffled")
		a, err1 := NewRoll(leaves)
		b, err2 := NewRoll(shuffled)
		if err1 != nil || err2 != nil || a.Root() != b.Root() || a.L() != uint64(len(leaves)) {
			t.Fatalf("roots %x and %x, errors %v, %v", a.Root(), b.Root(), err1, err2)
		}
	})
}

func TestOneLeafChangedAddedOrLostChangesTheRoot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaves := drawLeaves(t)
		before, _ := NewRoll(leaves)
		i := rapid.IntRange(0, len(leaves)-1).Draw(t, "i")
		bit := rapid.IntRange(0, 255).Draw(t, "bit")
		changed := bytes32(leaves)
		changed[i][bit/8] ^= 1 << (bit % 8)
		lost := append(bytes32(leaves[:i]), leaves[i+1:]...)
		added := append(bytes32(leaves), Leaf(ticketNumber(1<<40)))
		for _, other := range [][][32]byte{changed, lost, added} {
			if after, err := NewRoll(other); err == nil && after.Root() == before.Root() {
				t.Fatal("the root is the same")
			}
		}
	})
}

func TestEveryLeafHasAnInclusionProof(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 40; n++ {
		roll := rollOf(t, n)
		for i := range n {
			leaf, proof := roll.Leaf(i), roll.Proof(i)
			if !VerifyProof(roll.Root(), leaf, uint64(i), uint64(n), proof) {
				t.Fatalf("leaf %d of %d has no proof", i, n)
			}
			refuseProofs(t, roll, i, leaf, proof)
		}
	}
}

func refuseProofs(t *testing.T, roll *Roll, i int, leaf [32]byte, proof [][32]byte) {
	t.Helper()
	n, at := roll.L(), uint64(i)
	for why, ok := range map[string]bool{
		"other leaf":  VerifyProof(roll.Root(), Leaf(ticketNumber(999)), at, n, proof),
		"other root":  VerifyProof(leaf, leaf, at, n, proof) && n > 1,
		"other size":  VerifyProof(roll.Root(), leaf, at, 2*n, proof),
		"beyond":      VerifyProof(roll.Root(), leaf, n, n, proof),
		"longer":      VerifyProof(roll.Root(), leaf, at, n, append(proof[:len(proof):len(proof)], leaf)),
		"shorter":     len(proof) > 0 && VerifyProof(roll.Root(), leaf, at, n, proof[1:]),
		"other place": n > 1 && VerifyProof(roll.Root(), leaf, (at+1)%n, n, proof),
	} {
		if ok {
			t.Errorf("leaf %d of %d: proof accepted with %s", i, n, why)
		}
	}
}

func TestRollRefusesATicketTwice(t *testing.T) {
	t.Parallel()
	_, err := NewRoll([][32]byte{Leaf(ticketNumber(1)), Leaf(ticketNumber(2)), Leaf(ticketNumber(1))})
	wantFault(t, err, fault.Invalid, "gate.roll_duplicate")
}

func TestRollFileReadsAsWritten(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 1000} {
		var file bytes.Buffer
		roll := rollOf(t, n)
		if err := roll.Write(&file); err != nil {
			t.Fatal(err)
		}
		if file.Len() != 16+32*n {
			t.Errorf("%d leaves take %d bytes", n, file.Len())
		}
		got, err := ReadRoll(&file)
		if err != nil || got.Root() != roll.Root() || got.L() != roll.L() {
			t.Errorf("%d leaves: %v", n, err)
		}
		for i := range n {
			if at, found := got.Index(Leaf(ticketNumber(i))); !found || got.Leaf(at) != Leaf(ticketNumber(i)) {
				t.Fatalf("ticket %d is not in the roll", i)
			}
		}
	}
}

func TestRollFileIsReadStrictly(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	if err := rollOf(t, 3).Write(&file); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	count := func(n uint64) []byte {
		b := bytes.Clone(good)
		binary.BigEndian.PutUint64(b[8:], n)
		return b
	}
	swapped := append(append(bytes.Clone(good[:16]), good[48:80]...), good[16:48]...)
	for why, text := range map[string][]byte{
		"empty":          nil,
		"half a head":    good[:10],
		"other magic":    append([]byte("NARUROL2"), good[8:]...),
		"too few":        count(4),
		"too many":       count(2),
		"a huge count":   count(1 << 62),
		"cut off":        good[:len(good)-1],
		"one byte more":  append(bytes.Clone(good), 0),
		"out of order":   append(swapped, good[80:]...),
		"the same twice": append(append(bytes.Clone(good[:48]), good[16:48]...), good[80:]...),
	} {
		_, err := ReadRoll(bytes.NewReader(text))
		t.Log(why)
		wantFault(t, err, fault.Malformed, "gate.roll_bad")
	}
}

// The count alone is refused; the good leaves behind it are not looked at.
func TestRollFileThatIsTooLongIsNotRead(t *testing.T) {
	t.Parallel()
	file := binary.BigEndian.AppendUint64([]byte("NARUROL1"), MaxRoll+1)
	for n := range byte(4) {
		leaf := [32]byte{n}
		file = append(file, leaf[:]...)
	}
	_, err := ReadRoll(bytes.NewReader(file))
	if err == nil || !strings.Contains(err.Error(), "head") {
		t.Errorf("got %v", err)
	}
}

func TestRollFileTellsWhenItCannotBeWritten(t *testing.T) {
	t.Parallel()
	if err := rollOf(t, 1000).Write(&fullDisk{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

type fullDisk struct{}

func (*fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// The draw is even: 64 classes of 200 leaves on average, chi-square with 63
// degrees of freedom, limits at p = 0.001 on both sides, for fixed seeds.
func TestPlacesAreUniform(t *testing.T) {
	t.Parallel()
	const L, classes = 12_800, 64
	for s := range byte(5) {
		var count [classes]float64
		for i := range L {
			place, _ := Place([32]byte{s}, Leaf(ticketNumber(i)), L)
			count[place*classes/L]++
		}
		var chi float64
		for _, n := range count {
			chi += (n - L/classes) * (n - L/classes) / (L / classes)
		}
		if chi < 32.5 || chi > 103.4 {
			t.Errorf("seed %d: chi-square %.1f is outside 32.5 to 103.4", s, chi)
		}
	}
}

func TestPlaceIsBelowLAndFollowsTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		L := rapid.Uint64Range(1, 1<<40).Draw(t, "L")
		var seed [32]byte
		binary.BigEndian.PutUint64(seed[:], rapid.Uint64().Draw(t, "seed"))
		var drawn [2]Drawn
		var places [2]uint64
		for i := range drawn {
			drawn[i].Leaf = Leaf(ticketNumber(rapid.IntRange(0, 1<<30).Draw(t, "ticket")))
			places[i], drawn[i].U = Place(seed, drawn[i].Leaf, L)
			if places[i] >= L {
				t.Fatalf("place %d of %d", places[i], L)
			}
		}
		if places[0] < places[1] && Order(drawn[0], drawn[1]) >= 0 {
			t.Fatal("a lower place comes later")
		}
		if Order(drawn[0], drawn[1]) != -Order(drawn[1], drawn[0]) {
			t.Fatal("the order is not the same from both sides")
		}
	})
}

func TestLateTicketsStandBehindTheLobbyByNumber(t *testing.T) {
	t.Parallel()
	for n := range uint64(3) {
		late := Ticket{ID: ticketNumber(9), Kind: Late, Number: n}
		for _, seed := range [][32]byte{{}, {1}} {
			if got := late.Place(seed, 100); got != 100+n {
				t.Errorf("late number %d has place %d", n, got)
			}
		}
	}
	if got := lobbyTicket(1).Place([32]byte{1}, 100); got >= 100 {
		t.Errorf("lobby ticket has place %d of 100", got)
	}
}

func FuzzReadRoll(f *testing.F) {
	for _, n := range []int{0, 1, 3} {
		var file bytes.Buffer
		if err := rollOf(f, n).Write(&file); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Add([]byte("NARUROL1\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		roll, err := ReadRoll(bytes.NewReader(text))
		if err != nil {
			return
		}
		var file bytes.Buffer
		if err := roll.Write(&file); err != nil || !bytes.Equal(file.Bytes(), text) {
			t.Errorf("a roll of %d reads but writes otherwise", roll.L())
		}
	})
}

func drawLeaves(t *rapid.T) [][32]byte {
	n := rapid.IntRange(1, 50).Draw(t, "n")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	leaves := make([][32]byte, n)
	for i := range leaves {
		leaves[i] = Leaf(ticketNumber(i<<32 | int(r.Uint32())))
	}
	return leaves
}

func bytes32(leaves [][32]byte) [][32]byte { return append([][32]byte(nil), leaves...) }
