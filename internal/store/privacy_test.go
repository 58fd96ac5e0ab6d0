package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"naru/internal/person"
)

// After everything a person does, neither the databases nor any other file of
// the data folder holds their name, number, birth date or code in clear (P6).
func TestNoNamesPhonesOrCodesOnDisk(t *testing.T) { onBoth(t, testNoNamesPhonesOrCodesOnDisk) }

func testNoNamesPhonesOrCodesOnDisk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(7)
	c.claim.Name, c.claim.Mobile = "홍길동전", "01087654321"
	must(t, c.join())
	h.serve(2)
	must(t, c.enter())
	ctx := context.Background()
	must(t, h.SendCode(ctx, c.ses(), c.claim, "ko"))
	code := c.code()
	token, err := h.Prove(ctx, c.ses(), c.claim, code)
	must(t, err)
	c.session = token
	clinicID := h.anyClinic()
	r, err := c.hold("hold", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	_, err = c.confirm("confirm", r.HoldID)
	must(t, err)
	must(t, h.AddToList(ctx, "teachers", []person.Claim{c.claim}))
	h.dump()
	for what, secret := range map[string]string{
		"name": c.claim.Name, "phone": c.claim.Mobile, "phone with hyphens": "010-8765-4321",
		"birth date": c.claim.Born.String(), "code": code,
	} {
		if found := filesWith(t, h.dir, secret); len(found) > 0 {
			t.Errorf("the %s stands in clear in %v", what, found)
		}
	}
	// The search itself must be able to find: the reservation number is stored in clear.
	if found := filesWith(t, h.dir, string(r.Number)); len(found) == 0 {
		t.Error("the search finds nothing at all: the test proves nothing")
	}
}

func TestNothingPersonalIsLogged(t *testing.T) { onBoth(t, testNothingPersonalIsLogged) }

func testNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newHouse(t)
	must(t, h.Close())
	h.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.open()
	h.openGate()
	c := h.citizen(7).admit()
	if log.Len() == 0 {
		t.Fatal("nothing was logged: the test proves nothing")
	}
	for _, secret := range []string{c.claim.Name, c.claim.Mobile, c.claim.Born.String(), c.ticket, c.session} {
		if bytes.Contains(log.Bytes(), []byte(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// dump writes every table of PostgreSQL into the data folder, bytes as bytes, so
// that a search of the folder finds what is stored.
func (h *house) dump() {
	h.t.Helper()
	if h.db == "" {
		return
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, h.db)
	must(h.t, err)
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('gate', 'booking') AND tablename <> 'static_file'`) // but what is imported: that is public
	must(h.t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(h.t, err)
	for _, name := range tables {
		f, err := os.Create(filepath.Join(h.dir, name+".dump"))
		must(h.t, err)
		_, err = conn.PgConn().CopyTo(ctx, f, "COPY "+name+" TO STDOUT (FORMAT binary)")
		must(h.t, err)
		must(h.t, f.Close())
	}
}
